#include "tests/sdk/world_file_sample.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tessera::testing {
namespace {

class world_file_overrides : public ::testing::Test {
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

TEST_F(world_file_overrides, set_every_kind_of_key) {
  for (const char* assignment : {"name=other valley",
                                 "game=mine.so",
                                 "seed=0x10",
                                 "tick_rate_hz=60",
                                 "cell_size_m=128",
                                 "extent=[40, 30]",
                                 "terrain=flat.toml",
                                 "shards=5x3",
                                 "workers=0",
                                 "grazers=7",
                                 "parameters.rain=0.25",
                                 "winter=false",
                                 "predators=9",
                                 "parameters.seeds=2",
                                 "persistence.durability=none",
                                 "persistence.flush_interval_ms=20",
                                 "persistence.recovery_target_s=1.5",
                                 "persistence.retention=9",
                                 "persistence.border_log=true",
                                 "persistence.directory=other place"})
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
  EXPECT_EQ(world_.persistence,
            (persistence_spec{durability_mode::none, 20, 1.5, 9, true, "other place"}));
}

TEST_F(world_file_overrides, take_quoted_text_and_large_seeds) {
  EXPECT_EQ(apply("name=\"quoted\""), "");
  EXPECT_EQ(world_.name, "quoted");
  EXPECT_EQ(apply("seed=18446744073709551615"), "");
  EXPECT_EQ(world_.seed, std::numeric_limits<std::uint64_t>::max());
}

TEST_F(world_file_overrides, that_are_refused_change_nothing) {
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
    {"models=a.glb", "--set models: found a key that holds tables; allowed: models.KIND=path"},
    {"models.grazer=deer.obj", "--set models.grazer: found \"deer.obj\"" + allowed("models")},
    {"models.=deer.glb", "--set models.: found \"deer.glb\"" + allowed("models")},
    {"parameters=1", "--set parameters: found a key that holds tables"},
    {"grazers=some", "--set grazers: found \"some\"; allowed: NAME=a finite number, true or false"},
    {"Grazers=5", "--set Grazers: found Grazers = 5; allowed: NAME=a finite number"},
    {"durability=none", "--set durability: found an unknown key; allowed: persistence.durability, "
                        "or parameters.durability for a parameter of the game"},
    {"persistence.durabilty=none",
     "--set persistence.durabilty: found an unknown key; allowed: the keys of the manual, of which "
     "persistence.durability is the nearest"},
    {"persistence.durability=fsync",
     "--set persistence.durability: found \"fsync\"" + allowed("persistence.durability")},
    {"persistence.border_log=on",
     "--set persistence.border_log: found \"on\"" + allowed("persistence.border_log")},
    {"persistence=none", "--set persistence: found a key that holds tables; allowed: "
                         "persistence.KEY=value"},
    // A file cannot say it, being UTF-8.
    {"persistence.directory=\xFF",
     "--set persistence.directory: found \"\xFF\"" + allowed("persistence.directory")},
    {"grazers=nan", "--set grazers: found grazers = nan; allowed: NAME=a finite number"},
  };
  for (const auto& [assignment, message] : refused)
    EXPECT_EQ(apply(assignment).find(message), 0u) << assignment << ": " << apply(assignment);
  EXPECT_TRUE(world_ == *parse_world_file(whole, "worlds/v.toml"));
}

} // namespace
} // namespace tessera::testing
