#include "tests/sdk/world_file_sample.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace tessera::testing {
namespace {

TEST(world_file, every_key_is_read) {
  const auto world = parse_world_file(whole, "worlds/v.toml");
  ASSERT_TRUE(world) << world.error().message;
  EXPECT_EQ(world->name, "valley");
  EXPECT_EQ(world->game, "herds");
  EXPECT_FALSE(world->game_is_module());
  EXPECT_EQ(world->seed, 42u);
  EXPECT_EQ(world->tick_rate_hz, 30u);
  EXPECT_EQ(world->cell_size_m, 32);
  EXPECT_EQ(world->extent_x, 20);
  EXPECT_EQ(world->extent_z, 10);
  EXPECT_EQ(world->terrain, fs::path("worlds/ground/hills.toml"));
  EXPECT_EQ(world->shards, (layout_spec{2, 4, {}}));
  EXPECT_EQ(world->workers, 3u);
  EXPECT_EQ(world->parameters,
            (std::map<std::string, double>{{"grazers", 600}, {"rain", 0.5}, {"winter", 1}}));
  EXPECT_EQ(world->persistence,
            (persistence_spec{durability_mode::interval, 250, 7.5, 72000, false, "kept/valley"}));
  EXPECT_EQ(world->models, (std::map<std::string, std::string>{{"grazer", "models/deer.glb"}}));
  EXPECT_EQ(world->model_path("grazer"), fs::path("worlds/models/deer.glb"));
  EXPECT_EQ(world->path, fs::path("worlds/v.toml"));
}

TEST(world_file, what_is_not_said_has_the_default_of_the_manual) {
  const auto world = parse_world_file("name = 'a'\ngame = 'g'\nextent = [2, 2]\n", "v.toml");
  ASSERT_TRUE(world) << world.error().message;
  EXPECT_FALSE(world->terrain.has_value());
  EXPECT_TRUE(world->parameters.empty());
  EXPECT_FALSE(world->data_path().has_value());
  for (const auto& key : world_file_keys()) {
    if (key.default_value == "required" || key.default_value == "none")
      continue;
    const auto said =
      parse_world_file("name = 'a'\ngame = 'g'\nextent = [2, 2]\n" + std::string(key.key) + " = " +
                         std::string(key.default_value) + "\n",
                       "v.toml");
    ASSERT_TRUE(said) << said.error().message;
    EXPECT_TRUE(*said == *world) << key.key << " has another default";
  }
}

TEST(world_file, required_keys_are_missed_by_name) {
  for (const auto& key : world_file_keys()) {
    if (key.default_value != "required")
      continue;
    const std::string name(key.key);
    EXPECT_EQ(refusal(with(name + " = ", "#")), "worlds/v.toml:1: " + name +
                                                  ": found nothing, the key is missing" +
                                                  allowed(key.key));
  }
}

TEST(world_file, an_unknown_key_names_its_line_and_the_nearest_known_one) {
  EXPECT_EQ(
    refusal(with("tick_rate_hz", "tick_rat_hz")),
    "worlds/v.toml:4: tick_rat_hz: found an unknown key; allowed: the keys of the manual, of "
    "which tick_rate_hz is the nearest");
  EXPECT_EQ(
    refusal(with("flush_interval_ms", "flush_interval")),
    "worlds/v.toml:16: persistence.flush_interval: found an unknown key; allowed: the keys of the "
    "manual, of which persistence.flush_interval_ms is the nearest");
  EXPECT_EQ(refusal(whole + "[[shards.extra]]\n").find("worlds/v.toml:23: not TOML: "), 0u);
}

TEST(world_file, a_key_of_a_table_is_unknown_outside_it) {
  EXPECT_EQ(
    refusal("durability = \"none\"\n" + whole),
    "worlds/v.toml:1: durability: found an unknown key; allowed: the keys of the manual, of "
    "which persistence.durability is the nearest");
  // In TOML this is one name with a dot in it, not a key of a table.
  EXPECT_EQ(refusal("\"persistence.durability\" = \"none\"\n" + whole)
              .find("worlds/v.toml:1: \"persistence.durability\": found an unknown key"),
            0u);
  EXPECT_EQ(refusal(whole + "[persistence.\"a.b\"]\n")
              .find("worlds/v.toml:23: persistence.\"a.b\": found an unknown key"),
            0u);
}

TEST(world_file, a_table_of_keys_is_a_table) {
  const std::string without = whole.substr(0, whole.find("[persistence]"));
  EXPECT_EQ(refusal("persistence = \"sync\"\n" + without),
            "worlds/v.toml:1: persistence: found \"sync\"; allowed: a table [persistence]");
  EXPECT_EQ(refusal(without + "[[persistence]]\ndurability = \"sync\"\n"),
            "worlds/v.toml:14: persistence: found an array of 1; allowed: a table [persistence]");
  EXPECT_EQ(refusal("persistence = { durability = \"none\" }\n" + without), "");
  EXPECT_EQ(refusal("persistence.durability = \"none\"\n" + without), "");
}

TEST(world_file, a_bad_value_names_line_key_what_was_found_and_what_is_allowed) {
  struct bad {
    std::string from;
    std::string to;
    std::string line_and_key;
    std::string found;
    std::string key;
  };
  const std::string long_name(65, 'n');
  const std::vector<bad> values = {
    {"\"valley\"", "\"\"", "1: name", "\"\"", "name"},
    {"\"valley\"", "7", "1: name", "7", "name"},
    {"\"valley\"", "\"" + long_name + "\"", "1: name", "\"" + long_name + "\"", "name"},
    {"\"valley\"", "\"a\\tb\"", "1: name", "\"a?b\"", "name"},
    {"\"valley\"", "\"\xC3\xA4\"", "1: name", "\"\xC3\xA4\"", "name"},
    {"\"herds\"", "\"Herds!\"", "2: game", "\"Herds!\"", "game"},
    {"\"herds\"", "['herds']", "2: game", "an array of 1", "game"},
    {"42", "-1", "3: seed", "-1", "seed"},
    {"42", "4.5", "3: seed", "4.5", "seed"},
    {"42", "18446744073709551615", "3: seed", "a whole number beyond 64 bits", "seed"},
    {"42", "0xFFFFFFFFFFFFFFFF", "3: seed", "a whole number beyond 64 bits", "seed"},
    {"42", "\"18446744073709551616\"", "3: seed", "\"18446744073709551616\"", "seed"},
    {"42", "\"-1\"", "3: seed", "\"-1\"", "seed"},
    {"42", "\"0x\"", "3: seed", "\"0x\"", "seed"},
    {"42", "\"12 \"", "3: seed", "\"12 \"", "seed"},
    {"30", "0", "4: tick_rate_hz", "0", "tick_rate_hz"},
    {"30", "1001", "4: tick_rate_hz", "1001", "tick_rate_hz"},
    {"30", "20.0", "4: tick_rate_hz", "20.0", "tick_rate_hz"},
    {"30", "\"20\"", "4: tick_rate_hz", "\"20\"", "tick_rate_hz"},
    {"= 32", "= 48", "5: cell_size_m", "48", "cell_size_m"},
    {"= 32", "= 4", "5: cell_size_m", "4", "cell_size_m"},
    {"= 32", "= 2048", "5: cell_size_m", "2048", "cell_size_m"},
    {"= 32", "= nan", "5: cell_size_m", "nan", "cell_size_m"},
    {"[20, 10]", "20", "6: extent", "20", "extent"},
    {"[20, 10]", "[20]", "6: extent", "an array of 1", "extent"},
    {"[20, 10]", "[20, 10, 5]", "6: extent", "an array of 3", "extent"},
    {"[20, 10]", "[1, 10]", "6: extent east", "1", "extent"},
    {"[20, 10]", "[20, 65537]", "6: extent south", "65537", "extent"},
    {"[20, 10]", "[20.0, 10.0]", "6: extent east", "20.0", "extent"},
    {"\"ground/hills.toml\"", "true", "7: terrain", "true", "terrain"},
    {"\"2x4\"", "\"2by4\"", "8: shards", "\"2by4\"", "shards"},
    {"\"2x4\"", "\"0x4\"", "8: shards", "\"0x4\"", "shards"},
    {"\"2x4\"", "\"2x4x2\"", "8: shards", "\"2x4x2\"", "shards"},
    {"\"2x4\"", "\"99999x99999\"", "8: shards", "\"99999x99999\"", "shards"},
    {"\"2x4\"", "8", "8: shards", "8", "shards"},
    {"workers = 3", "workers = -1", "9: workers", "-1", "workers"},
    {"workers = 3", "workers = 1025", "9: workers", "1025", "workers"},
    {"workers = 3", "workers = 2025-01-01", "9: workers", "2025-01-01", "workers"},
    {"600", "\"many\"", "11: parameters.grazers", "\"many\"", "parameters"},
    {"600", "inf", "11: parameters.grazers", "inf", "parameters"},
    {"600", "9007199254740993", "11: parameters.grazers", "9007199254740993", "parameters"},
    {"600", "[600]", "11: parameters.grazers", "an array of 1", "parameters"},
    {"\nrain", "\nRain", "12: parameters.Rain", "0.5", "parameters"},
    {"\"interval\"", "\"fsync\"", "15: persistence.durability", "\"fsync\"",
     "persistence.durability"},
    {"\"interval\"", "true", "15: persistence.durability", "true", "persistence.durability"},
    {"250", "0", "16: persistence.flush_interval_ms", "0", "persistence.flush_interval_ms"},
    {"250", "60001", "16: persistence.flush_interval_ms", "60001", "persistence.flush_interval_ms"},
    {"250", "2.5", "16: persistence.flush_interval_ms", "2.5", "persistence.flush_interval_ms"},
    {"7.5", "0.99", "17: persistence.recovery_target_s", "0.99", "persistence.recovery_target_s"},
    {"7.5", "3601", "17: persistence.recovery_target_s", "3601", "persistence.recovery_target_s"},
    {"7.5", "nan", "17: persistence.recovery_target_s", "nan", "persistence.recovery_target_s"},
    {"72000", "-1", "18: persistence.retention", "-1", "persistence.retention"},
    {"72000", "1000000001", "18: persistence.retention", "1000000001", "persistence.retention"},
    {"= false", "= 0", "19: persistence.border_log", "0", "persistence.border_log"},
    {"\"kept/valley\"", "\"\"", "20: persistence.directory", "\"\"", "persistence.directory"},
  };
  for (const auto& v : values)
    EXPECT_EQ(refusal(with(v.from, v.to)),
              "worlds/v.toml:" + v.line_and_key + ": found " + v.found + allowed(v.key));
}

TEST(world_file, text_that_is_not_toml_names_the_line) {
  EXPECT_EQ(refusal(with("seed = 42", "seed = = 42")).find("worlds/v.toml:3: not TOML: found "), 0u)
    << refusal(with("seed = 42", "seed = = 42"));
  EXPECT_EQ(refusal(with("seed = 42", "name = \"again\"")).find("worlds/v.toml:"), 0u);
  EXPECT_EQ(refusal(std::string(100000, '[')).find("worlds/v.toml:1: not TOML"), 0u);
  EXPECT_EQ(refusal("").find("worlds/v.toml:1: name: "), 0u);
  EXPECT_EQ(refusal(std::string("a\0b", 3)).find("worlds/v.toml:1: "), 0u);
}

TEST(world_file, seeds_beyond_tomls_integers_are_text) {
  auto seed = [](const std::string& text) {
    const auto world = parse_world_file(with("42", text), "v.toml");
    EXPECT_TRUE(world) << world.error().message;
    return world ? world->seed : 0;
  };
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(seed("\"18446744073709551615\""), most);
  EXPECT_EQ(seed("\"0xffffffffffffffff\""), most);
  EXPECT_EQ(seed("\"0x9E3779B97F4A7C15\""), 0x9E3779B97F4A7C15u);
  EXPECT_EQ(seed("9223372036854775807"), most >> 1);
  EXPECT_EQ(seed("9_223_372_036_854_775_807"), most >> 1);
  EXPECT_EQ(seed("0x7fffffffffffffff"), most >> 1);
  EXPECT_EQ(seed("0"), 0u);
}

TEST(world_file, the_bounds_of_persistence_are_allowed) {
  for (const auto& [from, to] : {std::pair{"250", "1"},
                                 {"250", "60000"},
                                 {"7.5", "1"},
                                 {"7.5", "3600"},
                                 {"7.5", "1.25"},
                                 {"72000", "0"},
                                 {"72000", "1000000000"},
                                 {"= false", "= true"}})
    EXPECT_EQ(refusal(with(from, to)), "") << to;
}

TEST(world_file, the_data_directory_lies_beside_the_world_file) {
  EXPECT_EQ(parse_world_file(whole, "worlds/v.toml")->data_path(), fs::path("worlds/kept/valley"));
  EXPECT_EQ(parse_world_file(with("kept/valley", "/kept"), "worlds/v.toml")->data_path(),
            fs::path("/kept"));
}

TEST(world_file, a_module_lies_beside_the_world_file) {
  const auto world = parse_world_file(with("\"herds\"", "\"games/libmine.so\""), "worlds/v.toml");
  ASSERT_TRUE(world) << world.error().message;
  EXPECT_TRUE(world->game_is_module());
  EXPECT_EQ(world->module_path(), fs::path("worlds/games/libmine.so"));
}

TEST(world_file, random_damage_is_refused_or_read_but_never_crashes) {
  std::minstd_rand random(7);
  const std::string source = whole + table(0, 0, 20, 10);
  for (int i = 0; i < 4000; ++i) {
    std::string text = source;
    for (unsigned edits = 1 + random() % 4; edits > 0; --edits) {
      const auto at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = static_cast<char>(random() % 256); break;
        case 1: text.erase(at, 1 + random() % 9); break;
        default: text.insert(at, 1, "[]{}=\"'#\\\n.,0x_-eE"[random() % 18]);
      }
      if (text.empty())
        break;
    }
    const auto parsed = parse_world_file(text, "v.toml");
    if (!parsed) {
      ASSERT_EQ(parsed.error().message.find("v.toml:"), 0u) << text;
    }
  }
}

TEST(world_file, the_worlds_that_come_with_it_are_good) {
  for (const auto& [file, name, game] : {std::tuple{"herds", "jacksboro", "herds"},
                                         {"flock", "flock", "flock"},
                                         {"store", "store", "store"}}) {
    const auto world =
      load_world_file(source_root() / "configs/worlds" / (std::string(file) + ".toml"));
    ASSERT_TRUE(world) << world.error().message;
    EXPECT_EQ(world->name, name);
    EXPECT_EQ(world->game, game);
    EXPECT_EQ(world->cell_size_m, 64);
    EXPECT_TRUE(!world->terrain || fs::exists(*world->terrain));
  }
  EXPECT_EQ(load_world_file("none.toml").error().message,
            "none.toml:1: found no such file; allowed: a world file in TOML");
}

} // namespace
} // namespace tessera::testing
