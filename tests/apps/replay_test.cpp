#include "tests/apps/kept_worlds.hpp"

#include <cstdlib>

namespace tessera {
namespace {

using testing::run_command;

class replay_test : public testing::kept_worlds_test {};
class bisect_test : public testing::kept_worlds_test {
protected:
  static std::string drifting_world() {
    return "name = \"d\"\ngame = \"" TESSERA_MODULE_DIR
           "/drifting_game.so\"\nextent = [8, 8]\nshards = \"2x2\"\nworkers = 2\n";
  }
  void SetUp() override { unsetenv("TESSERA_DRIFT_FROM"); }
  void TearDown() override { unsetenv("TESSERA_DRIFT_FROM"); }
  static void drift_from(const char* tick) { setenv("TESSERA_DRIFT_FROM", tick, 1); }
};

TEST_F(replay_test, a_replay_comes_to_the_hash_that_the_run_ended_with) {
  auto hash = keep("w", 50, some_commands());
  auto answer = ask({"replay", folder.path("w")});
  EXPECT_EQ(answer["world_hash"], hash);
  EXPECT_EQ(answer["tick"], 50);
  EXPECT_GE(answer["hashes_checked"], 50);
  EXPECT_TRUE(answer["difference"].is_null());
}

TEST_F(replay_test, the_layout_of_a_replay_changes_no_hash) {
  auto hash = keep("w", 50, some_commands());
  for (const char* shards : {"1x1", "4x4"})
    EXPECT_EQ(ask({"replay", folder.path("w"), "--shards", shards})["world_hash"], hash) << shards;
}

TEST_F(replay_test, a_replay_ends_where_the_run_was_at_that_tick) {
  auto early = keep("early", 21, some_commands());
  keep("w", 50, some_commands());
  auto answer = ask({"replay", folder.path("w"), "--to", "21"});
  EXPECT_EQ(answer["world_hash"], early);
}

TEST_F(replay_test, a_replay_may_begin_at_a_checkpoint) {
  keep("w", 30, some_commands());
  auto hash = go_on("w", 60);
  auto answer = ask({"replay", folder.path("w"), "--from", "40"});
  EXPECT_EQ(answer["first_tick"], 30);
  EXPECT_EQ(answer["world_hash"], hash);
}

TEST_F(replay_test, a_replay_ends_in_the_tick_in_which_an_entity_is_born) {
  keep("w", 50, some_commands());
  auto birth = ask({"replay", folder.path("w"), "--until-entity", "0001000100000002"});
  EXPECT_EQ(birth["tick"], 6); // born in tick 5
  EXPECT_TRUE(birth["entity"]["is_there"]);
  EXPECT_EQ(birth["entity"]["components"]["value"]["d"], 4);
}

TEST_F(replay_test, a_replay_ends_in_the_tick_in_which_an_entity_that_was_there_is_gone) {
  keep("w", 25, without(some_commands(), "despawn")); // a checkpoint, in which it is there
  go_on("w", 50, some_commands().substr(some_commands().find("{\"tick\":30")));
  auto death =
    ask({"replay", folder.path("w"), "--from", "25", "--until-entity", "0001000100000002"});
  EXPECT_EQ(death["tick"], 31); // removed in tick 30
  EXPECT_TRUE(death["entity"]["was_there"]);
  EXPECT_FALSE(death["entity"]["is_there"]);
}

TEST_F(replay_test, an_entity_in_a_letter_is_still_in_the_world) {
  keep("w", 50, some_commands());
  auto answer =
    ask({"replay", folder.path("w"), "--to", "10", "--until-entity", "0001000100000001"});
  EXPECT_EQ(answer["tick"], 10);
  EXPECT_TRUE(answer["entity"]["is_there"]);
  EXPECT_EQ(answer["entity"]["whereabouts"], "travelling to shard 3");
}

TEST_F(replay_test, a_dump_holds_every_entity_with_its_fields) {
  keep("w", 50, some_commands());
  for (const char* shards : {"2x2", "3x1"}) {
    ask({"replay", folder.path("w"), "--to", "21", "--dump", folder.path("d.json"), "--shards",
         shards});
    auto dump = testing::read_json(folder.path("d.json"));
    ASSERT_EQ(dump["entities"].size(), 65u);
    EXPECT_EQ(dump["tick"], 21);
    EXPECT_EQ(dump["sessions"]["1"], "3");
    for (const auto& e : dump["entities"]) {
      const auto& value = e["components"]["value"];
      if (e["id"] == "0001000100000002") {
        EXPECT_EQ(value["b"], 99);
      }
      if (e["id"] == "0001000100000001") {
        EXPECT_EQ(value["a"], 7);
        EXPECT_EQ(e["components"]["position"]["cell"], (nlohmann::json{7, 7}));
      }
    }
  }
}

TEST_F(replay_test, a_traveller_is_in_the_dump_at_the_place_where_it_lands) {
  keep("w", 50, some_commands());
  ask({"replay", folder.path("w"), "--to", "10", "--dump", folder.path("d.json")});
  auto dump = testing::read_json(folder.path("d.json"));
  EXPECT_EQ(dump["entities"].size(), 65u);
  EXPECT_EQ(dump["letters"], 1);
  for (const auto& e : dump["entities"])
    if (e["id"] == "0001000100000001") {
      EXPECT_EQ(e["travelling"], true);
      EXPECT_EQ(e["components"]["position"]["cell"], (nlohmann::json{7, 7}));
      EXPECT_EQ(e["components"]["value"]["a"], 7);
    }
}

TEST_F(replay_test, tools_that_look_write_nothing) {
  keep("w", 50, some_commands());
  auto before = contents(folder.path("w"));
  ask({"replay", folder.path("w")});
  ask({"bisect", folder.path("w")});
  ask({"history", folder.path("w"), "--entity", "0001000100000001"});
  ask({"diff", folder.path("w"), folder.path("w")});
  ask({"backup", folder.path("w"), folder.path("b")});
  ask({"rewind", folder.path("w"), "--to", "9", folder.path("r")});
  ask({"repair", folder.path("w"), "--skip", "1:1", folder.path("m")});
  ask({"salvage", folder.path("w")});
  EXPECT_EQ(contents(folder.path("w")), before);
}

TEST_F(replay_test, what_is_not_kept_is_refused_with_the_ticks_that_are) {
  keep("w", 50);
  auto ended = run_command({"replay", folder.path("w"), "--to", "51"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_NE(ended.err.find("stands at tick 50"), std::string::npos) << ended.err;
}

TEST_F(replay_test, where_no_world_is_every_tool_says_so_with_its_own_exit_code) {
  const std::string nowhere = folder.path("nowhere");
  const std::vector<std::vector<std::string>> lines{
    {"replay", nowhere},
    {"diff", nowhere, nowhere},
    {"bisect", nowhere},
    {"history", nowhere, "--entity", "0001000100000001"},
    {"backup", nowhere, folder.path("to")},
    {"restore", nowhere, folder.path("to")},
    {"rewind", nowhere, "--to", "3", folder.path("to")},
    {"repair", nowhere, "--skip", "1:1", folder.path("to")},
    {"salvage", nowhere}};
  for (const auto& words : lines) {
    auto ended = run_command(words);
    EXPECT_EQ(ended.code, 14) << words.front();
    EXPECT_NE(ended.err.find(nowhere), std::string::npos) << words.front() << ": " << ended.err;
    EXPECT_FALSE(std::filesystem::exists(folder.path("to")));
    EXPECT_FALSE(std::filesystem::exists(folder.path("to.unfinished")));
  }
}

TEST_F(replay_test, every_tool_has_help_with_an_example) {
  for (const char* tool : {"replay", "diff", "bisect", "history", "backup", "restore", "rewind",
                           "repair", "salvage"}) {
    auto ended = run_command({tool, "--help"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_NE(ended.out.find("--json"), std::string::npos) << tool;
    EXPECT_NE(ended.out.find(std::string("  tessera ") + tool + " /"), std::string::npos) << tool;
  }
}

TEST_F(replay_test, a_replay_that_throws_names_tick_system_and_entity) {
  keep("w", 7, "",
       "name = \"trap\"\ngame = \"" TESSERA_MODULE_DIR
       "/drifting_game.so\"\nextent = [8, 8]\nshards = \"2x2\"\nworkers = 2\n");
  setenv("TESSERA_DRIFT_THROWS", "5", 1);
  auto ended = run_command({"replay", folder.path("w")});
  unsetenv("TESSERA_DRIFT_THROWS");
  EXPECT_EQ(ended.code, 1);
  for (const char* word : {"tick 5", "count", "00030000"})
    EXPECT_NE(ended.err.find(word), std::string::npos) << word << "\n" << ended.err;
}

TEST_F(bisect_test, a_build_that_runs_alike_replays_everything) {
  keep("w", 40, "", drifting_world());
  auto answer = ask({"bisect", folder.path("w")});
  EXPECT_TRUE(answer["same"]);
  EXPECT_TRUE(answer["first_different_tick"].is_null());
}

TEST_F(bisect_test, the_first_tick_that_runs_otherwise_is_found) {
  keep("w", 40, "", drifting_world());
  drift_from("17");
  auto answer = ask({"bisect", folder.path("w")}, 1);
  EXPECT_EQ(answer["first_different_tick"], 18); // the state that tick 17 leads to
  EXPECT_EQ(answer["stretches"][0]["last_same_tick"], 17);
  auto ended = run_command({"bisect", folder.path("w")});
  EXPECT_NE(ended.out.find("Tick 17 is the first that this build runs otherwise"),
            std::string::npos)
    << ended.out;
  EXPECT_NE(ended.out.find("tessera replay " + folder.path("w") + " --from 0 --to 18"),
            std::string::npos)
    << ended.out;
}

TEST_F(bisect_test, a_difference_behind_a_checkpoint_is_found_too) {
  keep("w", 40, "", drifting_world());
  go_on("w", 80);
  drift_from("60");
  auto answer = ask({"bisect", folder.path("w")}, 1);
  EXPECT_EQ(answer["first_different_tick"], 61);
  ASSERT_EQ(answer["stretches"].size(), 3u); // from 0, 40 and 80
  EXPECT_TRUE(answer["stretches"][0]["difference"].is_null());
  EXPECT_EQ(answer["stretches"][1]["difference"]["tick"], 61);
  EXPECT_TRUE(answer["stretches"][2]["difference"].is_null());
}

TEST_F(bisect_test, a_replay_that_differs_stops_there_and_says_both_hashes) {
  keep("w", 40, "", drifting_world());
  drift_from("17");
  auto answer = ask({"replay", folder.path("w")}, 7);
  EXPECT_EQ(answer["tick"], 18);
  EXPECT_EQ(answer["difference"]["tick"], 18);
  EXPECT_NE(answer["difference"]["logged"], answer["difference"]["replayed"]);
  EXPECT_EQ(answer["difference"]["replayed"], answer["world_hash"]);
}

} // namespace
} // namespace tessera
