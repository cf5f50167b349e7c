// `tessera replay --shard N`: one shard alone, under the layout of its time.
#include "tests/apps/kept_worlds.hpp"

#include <cstdlib>

namespace tessera {
namespace {

using testing::run_command;

class shard_replay_test : public testing::kept_worlds_test {
protected:
  std::string world() const { return folder.path("w"); }

  static std::string herds(const std::string& persistence = "retention = 1000000") {
    return "name = \"valley\"\ngame = \"herds\"\nseed = 3\nextent = [8, 8]\nshards = \"2x2\"\n"
           "workers = 2\n[persistence]\n" +
           persistence + "\n";
  }
  /// Commands in every tick of a range, on entities that the commands bring.
  static std::string commands(int from, int to) {
    std::string lines;
    for (int tick = from; tick < to; ++tick)
      lines += "{\"tick\":" + std::to_string(tick) +
               ",\"session\":5,\"seq\":" + std::to_string(tick + 1) +
               ",\"op\":\"despawn\",\"target\":\"" +
               testing::first_of_cell(tick % 8, tick / 8 % 8) + "\"}\n";
    return lines;
  }
};

TEST_F(shard_replay_test, every_shard_of_a_herds_world_with_commands_gives_its_own_hashes) {
  keep("w", 60, commands(0, 60), herds());
  auto before = contents(world());
  for (int s = 0; s < 4; ++s) {
    auto answer = ask({"replay", world(), "--shard", std::to_string(s)});
    EXPECT_EQ(answer["layout"], "2x2");
    EXPECT_EQ(answer["first_tick"], 0) << "the newest state that leaves something to run";
    EXPECT_EQ(answer["tick"], 60);
    EXPECT_EQ(answer["hashes_checked"], 60);
    EXPECT_TRUE(answer["difference"].is_null());
  }
  EXPECT_EQ(contents(world()), before);
}

TEST_F(shard_replay_test, it_stays_on_one_side_of_a_restart) {
  keep("w", 30, commands(0, 30), herds());
  go_on("w", 55, commands(30, 55));
  auto late = ask({"replay", world(), "--shard", "1"});
  EXPECT_EQ(late["first_tick"], 30);
  EXPECT_EQ(late["hashes_checked"], 25);
  auto early = ask({"replay", world(), "--shard", "1", "--to", "30"});
  EXPECT_EQ(early["first_tick"], 0);
  EXPECT_EQ(early["hashes_checked"], 30);
  auto across = run_command({"replay", world(), "--shard", "1", "--from", "0"});
  EXPECT_NE(across.code, 0);
  EXPECT_NE(across.err.find("at tick 30 the world was started again"), std::string::npos);
}

TEST_F(shard_replay_test, the_shard_is_the_one_of_the_layout_that_was_logged) {
  keep("w", 30, commands(0, 30), herds());
  auto ended =
    run_command({"run", "--data", world(), "--ticks", "50", "--speed", "max", "--shards", "1x3"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  for (int s = 0; s < 3; ++s) {
    auto late = ask({"replay", world(), "--shard", std::to_string(s)});
    EXPECT_EQ(late["layout"], "1x3");
    EXPECT_EQ(late["hashes_checked"], 20);
  }
  for (int s = 0; s < 4; ++s) {
    auto early = ask({"replay", world(), "--shard", std::to_string(s), "--to", "20"});
    EXPECT_EQ(early["layout"], "2x2");
    EXPECT_EQ(early["hashes_checked"], 20);
  }
  auto none = run_command({"replay", world(), "--shard", "3"});
  EXPECT_EQ(none.code, 1);
  EXPECT_NE(none.err.find("layout 1x3, which has 0 to 2"), std::string::npos) << none.err;
  auto across = run_command({"replay", world(), "--shard", "2", "--from", "10"});
  EXPECT_EQ(across.code, 1);
  EXPECT_NE(across.err.find("ticks 30 to 49 ran under layout 1x3"), std::string::npos)
    << across.err;
  EXPECT_NE(across.err.find("to begin with at 0 30 50"), std::string::npos) << across.err;
}

TEST_F(shard_replay_test, without_a_border_log_it_says_what_is_missing_and_what_to_do) {
  keep("w", 20, "", herds("border_log = false"));
  auto ended = run_command({"replay", world(), "--shard", "0"});
  EXPECT_EQ(ended.code, 14);
  for (const char* word : {"lacks tick 0", "persistence.border_log = true", "without --shard"})
    EXPECT_NE(ended.err.find(word), std::string::npos) << word << "\n" << ended.err;
  EXPECT_EQ(run_command({"replay", world(), "--shard", "0", "--shards", "1x1"}).code, 2);
}

TEST_F(shard_replay_test, a_dump_has_the_shards_entities_as_the_worlds_has_them) {
  keep("w", 40, commands(0, 40), herds());
  ask({"replay", world(), "--to", "25", "--dump", folder.path("world.json")});
  ask({"replay", world(), "--to", "25", "--shard", "3", "--dump", folder.path("shard.json")});
  std::map<std::string, nlohmann::json> all;
  for (const auto& e : testing::read_json(folder.path("world.json"))["entities"])
    all[e["id"]] = e["components"];
  auto one = testing::read_json(folder.path("shard.json"));
  EXPECT_EQ(one["tick"], 25);
  EXPECT_GT(one["entities"].size(), 10u);
  EXPECT_EQ(one["cells"].size(), 16u);
  for (const auto& e : one["entities"])
    EXPECT_EQ(e["components"], all[e["id"]]) << e["id"];
}

TEST_F(shard_replay_test, it_ends_when_an_entity_comes_into_the_shard) {
  keep("w", 20,
       "{\"tick\":7,\"session\":1,\"seq\":1,\"op\":\"spawn\",\"cell\":[1,1],\"local\":[5,0,5],"
       "\"component\":\"value\",\"value\":{\"a\":1}}\n",
       testing::store_world);
  const std::string who = "0001000100000002";
  auto here = ask({"replay", world(), "--shard", "0", "--until-entity", who});
  EXPECT_EQ(here["tick"], 8);
  EXPECT_FALSE(here["entity"]["was_there"]);
  EXPECT_TRUE(here["entity"]["is_there"]);
  EXPECT_EQ(here["hashes_checked"], 8);
  auto elsewhere = ask({"replay", world(), "--shard", "3", "--until-entity", who});
  EXPECT_EQ(elsewhere["tick"], 20);
  EXPECT_FALSE(elsewhere["entity"]["is_there"]);
}

class lone_failure_test : public testing::kept_worlds_test {
protected:
  void SetUp() override {
    keep("w", 12, "",
         "name = \"d\"\ngame = \"" TESSERA_MODULE_DIR
         "/drifting_game.so\"\nextent = [8, 8]\nshards = \"2x2\"\nworkers = 2\n");
  }
  void TearDown() override {
    unsetenv("TESSERA_DRIFT_THROWS");
    unsetenv("TESSERA_DRIFT_FROM");
  }
};

TEST_F(lone_failure_test, a_tick_that_throws_is_reported_as_the_run_does) {
  setenv("TESSERA_DRIFT_THROWS", "5", 1);
  auto ended = run_command({"replay", folder.path("w"), "--shard", "0", "--to", "12"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_NE(ended.err.find("the world stopped in tick 5: fell"), std::string::npos) << ended.err;
  auto told = ask({"replay", folder.path("w"), "--shard", "0"}, 1);
  EXPECT_EQ(told["tick"], 5);
  EXPECT_EQ(told["failure"]["system"], "count");
  EXPECT_EQ(told["hashes_checked"], 5);
  EXPECT_EQ(run_command({"replay", folder.path("w"), "--shard", "3"}).code, 0) << "not its entity";
}

TEST_F(lone_failure_test, a_tick_that_comes_out_otherwise_ends_it_with_both_hashes) {
  setenv("TESSERA_DRIFT_FROM", "8", 1);
  auto told = ask({"replay", folder.path("w"), "--shard", "0"}, 7);
  EXPECT_EQ(told["difference"]["tick"], 9);
  EXPECT_NE(told["difference"]["logged"], told["difference"]["replayed"]);
  EXPECT_EQ(told["hashes_checked"], 9);
}

} // namespace
} // namespace tessera
