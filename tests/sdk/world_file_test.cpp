#include "sdk/world_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace tessera {
namespace {

namespace fs = std::filesystem;

fs::path source_root() {
#ifdef TESSERA_SOURCE_DIR
  return TESSERA_SOURCE_DIR;
#else
  return fs::absolute(fs::path(__FILE__)).parent_path().parent_path().parent_path();
#endif
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

const std::string whole = R"(name = "valley"
game = "herds"
seed = 42
tick_rate_hz = 30
cell_size_m = 32
extent = [20, 10]
terrain = "ground/hills.toml"
shards = "2x4"
workers = 3
[parameters]
grazers = 600
rain = 0.5
winter = true
)";

/// The text with its first `from` replaced.
std::string with(const std::string& from, const std::string& to) {
  std::string text = whole;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string refusal(const std::string& text) {
  const auto parsed = parse_world_file(text, "worlds/v.toml");
  if (parsed)
    return "";
  EXPECT_EQ(parsed.error().code, error_code::bad_world_file);
  return parsed.error().message;
}

std::string allowed(std::string_view key) {
  for (const auto& k : world_file_keys())
    if (k.key == key)
      return "; allowed: " + std::string(k.allowed);
  ADD_FAILURE() << key;
  return "";
}

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
  EXPECT_EQ(world->path, fs::path("worlds/v.toml"));
}

TEST(world_file, what_is_not_said_has_the_default_of_the_manual) {
  const auto world = parse_world_file("name = 'a'\ngame = 'g'\nextent = [2, 2]\n", "v.toml");
  ASSERT_TRUE(world) << world.error().message;
  EXPECT_FALSE(world->terrain.has_value());
  EXPECT_TRUE(world->parameters.empty());
  for (const auto& key : world_file_keys()) {
    if (key.default_value == "required" || key.default_value == "none")
      continue;
    const auto said =
      parse_world_file("name = 'a'\ngame = 'g'\nextent = [2, 2]\n" + std::string(key.key) + " = " +
                         std::string(key.default_value) + "\n",
                       "v.toml");
    ASSERT_TRUE(said) << said.error().message;
    EXPECT_EQ(said->seed, world->seed);
    EXPECT_EQ(said->tick_rate_hz, world->tick_rate_hz);
    EXPECT_EQ(said->cell_size_m, world->cell_size_m);
    EXPECT_EQ(said->shards, world->shards);
    EXPECT_EQ(said->workers, world->workers);
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
    refusal(whole + "[persistence]\ninterval = 1\n").find("worlds/v.toml:14: persistence: "), 0u);
  EXPECT_EQ(refusal(whole + "[[shards.extra]]\n").find("worlds/v.toml:14: not TOML: "), 0u);
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

TEST(world_file, a_module_lies_beside_the_world_file) {
  const auto world = parse_world_file(with("\"herds\"", "\"games/libmine.so\""), "worlds/v.toml");
  ASSERT_TRUE(world) << world.error().message;
  EXPECT_TRUE(world->game_is_module());
  EXPECT_EQ(world->module_path(), fs::path("worlds/games/libmine.so"));
}

TEST(world_file, a_grid_with_a_shard_below_2_x_2_cells_is_refused) {
  EXPECT_EQ(refusal(with("2x4", "5x10")), "");
  EXPECT_EQ(
    refusal(with("2x4", "6x4")),
    "worlds/v.toml:8: shards: found \"6x4\" for a world of 20 x 10 cells; allowed: at most 5 "
    "rows and 10 columns, 16384 shards in all, so that no shard is below 2 x 2 cells");
  EXPECT_NE(refusal(with("2x4", "1x11")), "");
}

std::string with_rectangles(const std::string& tables) {
  return with("shards = \"2x4\"\n", "") + tables;
}

std::string table(int x, int z, int width, int depth) {
  return "[[shard]]\nx = " + std::to_string(x) + "\nz = " + std::to_string(z) +
         "\nwidth = " + std::to_string(width) + "\ndepth = " + std::to_string(depth) + "\n";
}

TEST(world_file, rectangles_keep_their_order) {
  const auto world = parse_world_file(
    with_rectangles(table(12, 4, 8, 6) + table(0, 0, 12, 10) + table(12, 0, 8, 4)), "v.toml");
  ASSERT_TRUE(world) << world.error().message;
  EXPECT_EQ(world->shards, (layout_spec{0, 0, {{12, 4, 20, 10}, {0, 0, 12, 10}, {12, 0, 20, 4}}}));
}

TEST(world_file, rectangles_that_overlap_leave_holes_or_leave_the_world_are_refused) {
  const std::string hole = refusal(with_rectangles(table(0, 0, 12, 10) + table(12, 0, 8, 4)));
  EXPECT_EQ(hole.find("worlds/v.toml:"), 0u) << hole;
  EXPECT_NE(hole.find("hole"), std::string::npos) << hole;
  const std::string overlap = refusal(with_rectangles(table(0, 0, 12, 10) + table(11, 0, 9, 10)));
  EXPECT_NE(overlap.find("overlap"), std::string::npos) << overlap;
  // The line is the one of the table to blame, the second.
  const std::string thin = refusal(with_rectangles(table(0, 0, 19, 10) + table(19, 0, 1, 10)));
  EXPECT_EQ(thin, "worlds/v.toml:18: shard number 1: found { depth = 10 width = 1 x = 19 z = 0 }" +
                    allowed("shard") + " (20 x 10)");
  EXPECT_NE(refusal(with_rectangles(table(0, 0, 21, 10))), "");
  EXPECT_NE(refusal(with_rectangles(table(-1, 0, 21, 10))), "");
  EXPECT_NE(refusal(with_rectangles(table(0, 0, 20, 10) + "color = 1\n")), "");
  EXPECT_NE(refusal(with_rectangles("[[shard]]\nx = 0\nz = 0\nwidth = 20\n")), "");
  EXPECT_NE(refusal("shard = []\n" + with_rectangles("")), "");
  EXPECT_NE(refusal("shard = 5\n" + with_rectangles("")), "");
  const std::string both = refusal(whole + table(0, 0, 20, 10));
  EXPECT_NE(both.find("shard: found beside shards"), std::string::npos) << both;
}

TEST(world_file, layouts_are_rows_x_columns) {
  const auto layout = parse_layout("3x5");
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->rows, 3);
  EXPECT_EQ(layout->columns, 5);
  for (const char* bad : {"", "x", "3x", "x5", "3X5", " 3x5", "3x5 ", "-3x5", "3x-5", "0x5",
                          "129x128", "2147483648x1", "+3x5"})
    EXPECT_EQ(parse_layout(bad).error().code, error_code::bad_world_file) << bad;
  EXPECT_TRUE(parse_layout("128x128"));
  EXPECT_TRUE(check_layout({3, 5, {}}, 10, 6));
  EXPECT_FALSE(check_layout({3, 5, {}}, 10, 5));
  EXPECT_FALSE(check_layout({3, 5, {}}, 9, 6));
}

class overrides : public testing::Test {
protected:
  std::string apply(const std::string& assignment) {
    const auto ok = apply_override(world_, assignment);
    if (ok)
      return "";
    EXPECT_EQ(ok.error().code, error_code::bad_world_file);
    return ok.error().message;
  }
  world_config world_ = parse_world_file(whole, "worlds/v.toml").value();
};

TEST_F(overrides, set_every_kind_of_key) {
  for (const char* assignment :
       {"name=other valley", "game=mine.so", "seed=0x10", "tick_rate_hz=60", "cell_size_m=128",
        "extent=[40, 30]", "terrain=flat.toml", "shards=5x3", "workers=0", "grazers=7",
        "parameters.rain=0.25", "winter=false", "predators=9", "parameters.seeds=2"})
    EXPECT_EQ(apply(assignment), "");
  EXPECT_EQ(world_.name, "other valley");
  EXPECT_EQ(world_.game, "mine.so");
  EXPECT_EQ(world_.seed, 16u);
  EXPECT_EQ(world_.tick_rate_hz, 60u);
  EXPECT_EQ(world_.cell_size_m, 128);
  EXPECT_EQ(world_.extent_x, 40);
  EXPECT_EQ(world_.extent_z, 30);
  EXPECT_EQ(world_.terrain, fs::path("worlds/flat.toml"));
  EXPECT_EQ(world_.shards, (layout_spec{5, 3, {}}));
  EXPECT_EQ(world_.workers, 0u);
  EXPECT_EQ(world_.parameters,
            (std::map<std::string, double>{
              {"grazers", 7}, {"rain", 0.25}, {"winter", 0}, {"predators", 9}, {"seeds", 2}}));
}

TEST_F(overrides, take_quoted_text_and_large_seeds) {
  EXPECT_EQ(apply("name=\"quoted\""), "");
  EXPECT_EQ(world_.name, "quoted");
  EXPECT_EQ(apply("seed=18446744073709551615"), "");
  EXPECT_EQ(world_.seed, std::numeric_limits<std::uint64_t>::max());
}

TEST_F(overrides, that_are_refused_change_nothing) {
  const std::vector<std::pair<std::string, std::string>> refused = {
    {"seed", "--set: found \"seed\"; allowed: key=value"},
    {"=5", "--set: found \"=5\"; allowed: key=value"},
    {"seed=-4", "--set seed: found \"-4\"" + allowed("seed")},
    {"seed=", "--set seed: found \"\"" + allowed("seed")},
    {"tick_rate_hz=fast", "--set tick_rate_hz: found \"fast\"" + allowed("tick_rate_hz")},
    {"tick_rate_hz=0", "--set tick_rate_hz: found 0" + allowed("tick_rate_hz")},
    {"workers=1\nseed=7", "--set workers: found \"1\nseed=7\"" + allowed("workers")},
    {"tick_rate=5", "--set tick_rate: found an unknown key; allowed: tick_rate_hz, or "
                    "parameters.tick_rate for a parameter of the game"},
    {"shards=6x4", "--set shards: found \"6x4\" for a world of 20 x 10 cells"},
    {"extent=[2,2]", "--set extent: found \"2x4\" for a world of 2 x 2 cells"},
    {"shard=1", "--set shard: found a key that holds tables; allowed: shards=RxC"},
    {"parameters=1", "--set parameters: found a key that holds tables"},
    {"grazers=some", "--set grazers: found \"some\"; allowed: NAME=a finite number, true or false"},
    {"Grazers=5", "--set Grazers: found Grazers = 5; allowed: NAME=a finite number"},
    {"grazers=nan", "--set grazers: found grazers = nan; allowed: NAME=a finite number"},
  };
  for (const auto& [assignment, message] : refused)
    EXPECT_EQ(apply(assignment).find(message), 0u) << assignment << ": " << apply(assignment);
  EXPECT_EQ(world_.seed, 42u);
  EXPECT_EQ(world_.tick_rate_hz, 30u);
  EXPECT_EQ(world_.extent_x, 20);
  EXPECT_EQ(world_.shards, (layout_spec{2, 4, {}}));
  EXPECT_EQ(world_.parameters.at("grazers"), 600);
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

/// Comment marks, line breaks and runs of spaces become one space each.
std::string as_prose(const std::string& text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.compare(at, 3, "///") == 0)
      at += 3;
    else if (text[at] == '\n' || text[at] == ' ') {
      if (!out.empty() && out.back() != ' ')
        out += ' ';
      ++at;
    } else
      out += text[at++];
  }
  return out;
}

TEST(world_file, manual_and_struct_describe_every_key_in_the_same_words) {
  const std::string manual = read_text(source_root() / "docs/manual/world-file.md");
  const std::string header = as_prose(read_text(source_root() / "sdk/world_file.hpp"));
  for (const auto& k : world_file_keys()) {
    const std::string row = "| `" + std::string(k.key) + "` | " + std::string(k.words) + " | " +
                            std::string(k.allowed) + " | " + std::string(k.default_value) + " | " +
                            std::string(k.unit) + " |\n";
    EXPECT_NE(manual.find(row), std::string::npos) << "docs/manual/world-file.md needs:\n" << row;
    const std::string comment = std::string(k.words) + " Allowed: " + std::string(k.allowed) + ".";
    EXPECT_NE(header.find(comment), std::string::npos) << "sdk/world_file.hpp needs:\n" << comment;
  }
  std::size_t described = 0;
  for (auto at = header.find(" Allowed: "); at != std::string::npos;
       at = header.find(" Allowed: ", at + 1))
    ++described;
  EXPECT_EQ(described, world_file_keys().size()) << "a member without a key in the table";
}

TEST(world_file, the_manuals_example_is_the_default_world) {
  const std::string manual = read_text(source_root() / "docs/manual/world-file.md");
  const std::string open = "```toml\n";
  const auto from = manual.find(open) + open.size();
  const auto example = parse_world_file(manual.substr(from, manual.find("```", from) - from),
                                        "configs/worlds/herds.toml");
  ASSERT_TRUE(example) << example.error().message;
  const auto shipped = load_world_file(source_root() / "configs/worlds/herds.toml");
  ASSERT_TRUE(shipped) << shipped.error().message;
  EXPECT_EQ(example->name, shipped->name);
  EXPECT_EQ(example->extent_x, shipped->extent_x);
  EXPECT_EQ(example->extent_z, shipped->extent_z);
  EXPECT_EQ(example->shards, shipped->shards);
  EXPECT_EQ(example->parameters, shipped->parameters);
}

} // namespace
} // namespace tessera
