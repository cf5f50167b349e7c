#include "tests/apps/kept_worlds.hpp"

#include <set>

namespace tessera {
namespace {

using testing::run_command;

class diff_test : public testing::kept_worlds_test {};

TEST_F(diff_test, two_runs_of_one_world_are_the_same) {
  keep("a", 50, some_commands());
  keep("b", 50, some_commands());
  auto answer = ask({"diff", folder.path("a"), folder.path("b")});
  EXPECT_TRUE(answer["same"]);
  EXPECT_EQ(answer["tick"], 50);
}

TEST_F(diff_test, a_world_that_is_shorter_is_the_same_as_far_as_it_goes) {
  keep("a", 50, some_commands());
  keep("b", 31, some_commands());
  auto answer = ask({"diff", folder.path("a"), folder.path("b")});
  EXPECT_TRUE(answer["same"]);
  EXPECT_EQ(answer["tick"], 31);
}

TEST_F(diff_test, the_first_tick_is_named_with_shard_entity_and_field) {
  keep("a", 50, some_commands());
  keep("b", 50, without(some_commands(), "99"));
  auto answer = ask({"diff", folder.path("a"), folder.path("b")}, 1);
  EXPECT_FALSE(answer["same"]);
  EXPECT_EQ(answer["tick"], 21); // the command of tick 20
  EXPECT_EQ(answer["commands_different"], 1);
  EXPECT_EQ(answer["commands"][0]["a"]["seq"], 3);
  EXPECT_TRUE(answer["commands"][0]["b"].is_null());
  ASSERT_EQ(answer["differences"], 2); // the field, and the session's last command
  const auto& first = answer["first"][0];
  EXPECT_EQ(first["what"], "entity 0001000100000002");
  EXPECT_EQ(first["field"], "value.b");
  EXPECT_EQ(first["shard_a"], 0);
  EXPECT_EQ(first["a"], 99);
  EXPECT_EQ(first["b"], 2);
  auto ended = run_command({"diff", folder.path("a"), folder.path("b")});
  EXPECT_NE(ended.out.find("the same up to tick 20 and differ from tick 21 on"), std::string::npos)
    << ended.out;
}

TEST_F(diff_test, an_entity_that_only_one_has_is_named) {
  keep("a", 50, some_commands());
  keep("b", 50, without(some_commands(), "despawn"));
  auto answer = ask({"diff", folder.path("a"), folder.path("b"), "--at", "40"}, 1);
  EXPECT_EQ(answer["entities_different"], 1);
  EXPECT_EQ(answer["first"][0]["what"], "entity 0001000100000002");
  EXPECT_TRUE(answer["first"][0]["a"].is_null());
  EXPECT_EQ(answer["first"][0]["b"], "there");
}

TEST_F(diff_test, states_before_the_difference_are_the_same) {
  keep("a", 50, some_commands());
  keep("b", 50, without(some_commands(), "despawn"));
  EXPECT_TRUE(ask({"diff", folder.path("a"), folder.path("b"), "--at", "30"})["same"]);
}

TEST_F(diff_test, layouts_make_no_difference) {
  keep("a", 50, some_commands());
  std::string other = testing::store_world;
  other.replace(other.find("2x2"), 3, "4x1");
  keep("b", 50, some_commands(), other);
  EXPECT_TRUE(ask({"diff", folder.path("a"), folder.path("b")})["same"]);
}

TEST_F(diff_test, differences_before_what_the_logs_share_are_found_by_replay) {
  // The one log begins at tick 40, where the two differ already; nothing earlier is shared.
  keep("a", 50, some_commands());
  keep("b", 50, without(some_commands(), "99"));
  ask({"rewind", folder.path("b"), "--to", "25", folder.path("c")});
  go_on("c", 50);
  auto answer = ask({"diff", folder.path("a"), folder.path("c")}, 1);
  EXPECT_EQ(answer["tick"], 25);
  EXPECT_EQ(answer["first"][0]["field"], "value.b");
}

TEST_F(diff_test, worlds_of_other_seeds_differ_in_the_very_first_state) {
  keep("a", 20);
  keep("b", 20, "", "seed = 9\n" + testing::store_world);
  auto answer = ask({"diff", folder.path("a"), folder.path("b")}, 1);
  EXPECT_EQ(answer["tick"], 0); // whose hash is in no log
  EXPECT_EQ(answer["entities_different"], 64);
  ASSERT_EQ(answer["made_differently"].size(), 1u);
  EXPECT_NE(answer["made_differently"][0].get<std::string>().find("seed"), std::string::npos);
}

TEST_F(diff_test, other_games_and_extents_are_refused) {
  keep("a", 5);
  keep("b", 5, "", testing::flock_world);
  auto ended = run_command({"diff", folder.path("a"), folder.path("b")});
  EXPECT_EQ(ended.code, 8);
  EXPECT_NE(ended.err.find("one is of game store, the other of game flock"), std::string::npos);
  std::string larger = testing::store_world;
  larger.replace(larger.find("[8, 8]"), 6, "[9, 8]");
  keep("c", 5, "", larger);
  EXPECT_EQ(run_command({"diff", folder.path("a"), folder.path("c")}).code, 8);
}

class history_test : public testing::kept_worlds_test {
protected:
  /// "tick what" of every line.
  static std::vector<std::string> events(const nlohmann::json& answer) {
    std::vector<std::string> out;
    for (const auto& e : answer["events"])
      out.push_back(std::to_string(e["tick"].get<int>()) + " " + e["what"].get<std::string>());
    return out;
  }
};

TEST_F(history_test, a_life_is_told_from_birth_to_death) {
  keep("w", 50, some_commands());
  auto answer = ask({"history", folder.path("w"), "--entity", "0001000100000002"});
  EXPECT_EQ(events(answer), (std::vector<std::string>{"6 born", "6 command", "21 command",
                                                      "21 changed", "31 command", "31 gone"}));
  EXPECT_EQ(answer["birth_cell"], (nlohmann::json{1, 1}));
  EXPECT_EQ(answer["events"][3]["fields"]["value.b"], (nlohmann::json{2, 99}));
  EXPECT_EQ(answer["events"][1]["result"], "applied");
  EXPECT_FALSE(answer["alive"]);
}

TEST_F(history_test, a_teleport_shows_when_it_leaves_and_when_it_lands) {
  keep("w", 50, some_commands());
  auto answer = ask({"history", folder.path("w"), "--entity", "0001000100000001"});
  EXPECT_EQ(events(answer),
            (std::vector<std::string>{"0 there", "4 command", "4 changed", "9 command", "9 moved",
                                      "13 moved", "50 standing"}));
  EXPECT_EQ(answer["events"][4]["shard"], 3);
  EXPECT_TRUE(answer["events"][4]["travelling"]);
  EXPECT_FALSE(answer["events"][5]["travelling"]);
  EXPECT_TRUE(answer["alive"]);
}

TEST_F(history_test, an_entity_that_walks_is_followed_through_every_cell_and_shard) {
  // Cut where agents are: their square is 183 m wide, the border lies at 128 m.
  std::string world = testing::flock_world;
  world.replace(world.find("[8, 8]"), 6, "[4, 4]");
  keep("w", 300, "", world);
  ask({"replay", folder.path("w"), "--dump", folder.path("d.json")});
  // Of one that is not where it was born, the last cell told is the one where it stands.
  auto dump = testing::read_json(folder.path("d.json"));
  nlohmann::json mover;
  for (const auto& e : dump["entities"]) {
    auto cell = e["components"]["position"]["cell"];
    auto id = e["id"].get<std::string>();
    if (std::stoi(id.substr(0, 4), nullptr, 16) / 2 != cell[0].get<int>() / 2)
      mover = e;
  }
  ASSERT_FALSE(mover.is_null()) << "nobody crossed a border";
  auto answer = ask({"history", folder.path("w"), "--entity", mover["id"]});
  std::set<int> shards;
  nlohmann::json last;
  for (const auto& e : answer["events"])
    if (e.contains("cell")) {
      last = e;
      shards.insert(e["shard"].get<int>());
    }
  EXPECT_EQ(last["cell"], mover["components"]["position"]["cell"]);
  EXPECT_EQ(last["shard"], mover["shard"]);
  EXPECT_GE(shards.size(), 2u);
}

TEST_F(history_test, each_tick_tells_every_change) {
  keep("w", 10, "",
       "name = \"d\"\ngame = \"" TESSERA_MODULE_DIR
       "/drifting_game.so\"\nextent = [8, 8]\nshards = \"2x2\"\nworkers = 2\n");
  auto rough = ask({"history", folder.path("w"), "--entity", "0001000100000001"});
  auto fine = ask({"history", folder.path("w"), "--entity", "0001000100000001", "--each-tick"});
  EXPECT_EQ(events(rough), (std::vector<std::string>{"0 there", "10 changed", "10 standing"}));
  EXPECT_EQ(fine["events"].size(), 12u);
}

TEST_F(history_test, an_entity_that_never_was_is_told_as_such) {
  keep("w", 10);
  auto answer = ask({"history", folder.path("w"), "--entity", "0001000100000077"});
  EXPECT_FALSE(answer["seen"]);
  EXPECT_TRUE(answer["events"].empty());
  EXPECT_EQ(run_command({"history", folder.path("w"), "--entity", "77"}).code, 2);
}

} // namespace
} // namespace tessera
