#include "sdk/world_file_text.hpp"

#include "tests/sdk/any_world.hpp"
#include "tests/sdk/world_file_sample.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tessera::testing {
namespace {

RC_GTEST_PROP(world_file_text, what_is_written_is_read_back_equal, ()) {
  const auto [config, terrain_name] = make_any_world();
  const std::string text = to_toml(config, terrain_name);
  RC_LOG() << text;
  const auto read = parse_world_file(text, config.path);
  if (!read)
    RC_FAIL(read.error().message);
  RC_ASSERT((*read == config));
  // 0 and -0 are equal and yet not the same parameter: their texts tell.
  RC_ASSERT(to_toml(*read, terrain_name) == text);
  RC_ASSERT(differences(*read, config).empty());
}

RC_GTEST_PROP(world_file_text, every_finite_parameter_keeps_its_bits, ()) {
  world_config config = *parse_world_file(whole, "worlds/v.toml");
  const double value = any_parameter();
  config.parameters["rain"] = value;
  const auto read = parse_world_file(to_toml(config, "hills.toml"), config.path);
  if (!read)
    RC_FAIL(read.error().message);
  RC_ASSERT(std::bit_cast<std::uint64_t>(read->parameters.at("rain")) ==
            std::bit_cast<std::uint64_t>(value));
}

TEST(world_file_text, numbers_at_the_edges_keep_their_bits) {
  using limit = std::numeric_limits<double>;
  for (const double value :
       {0.0, -0.0, 0.1, 1e15, 9007199254740992.0, -9007199254740992.0, 9007199254740994.0, 1e22,
        123456789012345680000.0, limit::max(), limit::lowest(), limit::min(), limit::denorm_min(),
        -limit::denorm_min()}) {
    world_config config = *parse_world_file(whole, "worlds/v.toml");
    config.parameters["rain"] = value;
    const auto read = parse_world_file(to_toml(config, "hills.toml"), config.path);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(read->parameters.at("rain")),
              std::bit_cast<std::uint64_t>(value))
      << value;
  }
}

TEST(world_file_text, is_canonical) {
  world_config config = *parse_world_file(whole, "worlds/v.toml");
  EXPECT_EQ(to_toml(config, "kept \"hills\".toml"), R"(name = "valley"
game = "herds"
seed = 42
tick_rate_hz = 30
cell_size_m = 32
extent = [20, 10]
terrain = "kept \"hills\".toml"
shards = "2x4"
workers = 3

[parameters]
grazers = 600
rain = 0.5
winter = 1

[models]
"grazer" = "models/deer.glb"

[persistence]
durability = "interval"
flush_interval_ms = 250
recovery_target_s = 7.5
retention = 72000
border_log = false
directory = "kept/valley"
)");
  config = *parse_world_file("name = 'a'\ngame = 'g.so'\nseed = '0xffffffffffffffff'\n"
                             "extent = [4, 2]\n" +
                               table(2, 0, 2, 2) + table(0, 0, 2, 2),
                             "v.toml");
  EXPECT_EQ(to_toml(config, ""), R"(name = "a"
game = "g.so"
seed = "18446744073709551615"
tick_rate_hz = 20
cell_size_m = 64
extent = [4, 2]
workers = 0

[parameters]

[persistence]
durability = "sync"
flush_interval_ms = 100
recovery_target_s = 5
retention = 0
border_log = true

[[shard]]
x = 2
z = 0
width = 2
depth = 2

[[shard]]
x = 0
z = 0
width = 2
depth = 2
)");
}

/// What a kept world says of an override of the sample.
std::vector<std::string> differences_after(const std::string& assignment) {
  const world_config kept = *parse_world_file(whole, "worlds/v.toml");
  world_config given = kept;
  const auto ok = apply_override(given, assignment);
  EXPECT_TRUE(ok) << ok.error().message;
  EXPECT_FALSE(given == kept) << assignment << " changes nothing";
  return differences(kept, given);
}

TEST(world_file_text, a_kept_world_says_of_every_key_whether_it_may_differ) {
  // The override of a key, and the line that it costs; none where it may differ.
  const std::map<std::string, std::pair<std::string, std::string>> keys = {
    {"name", {"hill", "name: kept \"valley\", given \"hill\""}},
    {"game", {"flock", "game: kept \"herds\", given \"flock\""}},
    {"seed", {"7", "seed: kept 42, given 7"}},
    {"tick_rate_hz", {"60", "tick_rate_hz: kept 30, given 60"}},
    {"cell_size_m", {"64", "cell_size_m: kept 32, given 64"}},
    {"extent", {"[20, 11]", "extent: kept [20, 10], given [20, 11]"}},
    {"terrain", {"flat.toml", ""}},
    {"shards", {"1x1", ""}},
    {"workers", {"1", ""}},
    {"parameters", {"", ""}}, // below
    {"models", {"", ""}},     // below
    {"shard", {"", ""}},      // below
    {"persistence.durability", {"none", ""}},
    {"persistence.flush_interval_ms", {"1", ""}},
    {"persistence.recovery_target_s", {"1", ""}},
    {"persistence.retention", {"1", ""}},
    {"persistence.border_log", {"true", ""}},
    {"persistence.directory", {"elsewhere", ""}},
  };
  for (const auto& known : world_file_keys()) {
    const auto found = keys.find(std::string(known.key));
    ASSERT_NE(found, keys.end()) << "may " << known.key << " differ?";
    const auto& [value, line] = found->second;
    if (value.empty())
      continue;
    const auto lines = differences_after(found->first + "=" + value);
    EXPECT_EQ(lines, line.empty() ? std::vector<std::string>{} : std::vector{line}) << known.key;
  }
}

TEST(world_file_text, parameters_that_differ_or_are_absent_are_named_one_by_one) {
  const world_config kept = *parse_world_file(whole, "worlds/v.toml");
  world_config given = kept;
  given.parameters = {{"grazers", 601}, {"rain", 0.5}, {"predators", 9}};
  EXPECT_EQ(differences(kept, given),
            (std::vector<std::string>{"parameters.grazers: kept 600, given 601",
                                      "parameters.predators: kept absent, given 9",
                                      "parameters.winter: kept 1, given absent"}));
}

TEST(world_file_text, all_differences_come_in_the_order_of_the_manual) {
  const world_config kept = *parse_world_file(whole, "worlds/v.toml");
  world_config given = kept;
  for (const char* assignment :
       {"rain=1", "extent=[30, 30]", "seed=18446744073709551615", "name=b"})
    ASSERT_TRUE(apply_override(given, assignment));
  EXPECT_EQ(differences(kept, given),
            (std::vector<std::string>{
              "name: kept \"valley\", given \"b\"", "seed: kept 42, given \"18446744073709551615\"",
              "extent: kept [20, 10], given [30, 30]", "parameters.rain: kept 0.5, given 1"}));
}

TEST(world_file_text, layouts_models_modules_and_places_of_files_may_differ) {
  const world_config kept = *parse_world_file(whole, "worlds/v.toml");
  world_config given =
    *parse_world_file(with("shards = \"2x4\"\n", "") + table(0, 0, 10, 10) + table(10, 0, 10, 10),
                      "elsewhere/w.toml");
  EXPECT_EQ(differences(kept, given), std::vector<std::string>{});
  given.models = {{"predator", "wolf.gltf"}};
  EXPECT_EQ(differences(kept, given), std::vector<std::string>{});
  // What a module plays its path does not say, not even beside a built-in game.
  given.game = "herds.so";
  EXPECT_EQ(differences(kept, given), std::vector<std::string>{});
  given.terrain.reset();
  EXPECT_EQ(differences(kept, given), std::vector<std::string>{});
}

} // namespace
} // namespace tessera::testing
