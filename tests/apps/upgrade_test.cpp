// A kept world whose game changes, through the command: growing_game_1 becomes growing_game_2.
#include "tests/apps/kept_worlds.hpp"

namespace tessera {
namespace {

using testing::run_command;

class upgrade_test : public testing::kept_worlds_test {
protected:
  void install(const std::string& version) {
    std::filesystem::copy_file(std::string(TESSERA_MODULE_DIR "/growing_game_") + version + ".so",
                               folder.path("game.so"),
                               std::filesystem::copy_options::overwrite_existing);
  }
  std::string world_text() const {
    return "name = \"wood\"\ngame = \"" + folder.path("game.so") +
           "\"\nextent = [8, 8]\nshards = \"2x2\"\nworkers = 2\n";
  }
  std::string world() const { return folder.path("w"); }
};

TEST_F(upgrade_test, fields_that_were_renamed_removed_and_added_are_carried_over) {
  install("1");
  keep("w", 20, "", world_text());
  install("2");
  go_on("w", 30);
  auto rows = testing::run_command({"export", world(), "--json"});
  ASSERT_EQ(rows.code, 0) << rows.err;
  auto dump = nlohmann::json::parse(rows.out);
  EXPECT_EQ(dump["tick"], 30);
  ask({"replay", world(), "--from", "30", "--dump", folder.path("d.json")});
  auto state = testing::read_json(folder.path("d.json"));
  ASSERT_EQ(state["entities"].size(), 64u);
  for (const auto& e : state["entities"])
    EXPECT_EQ(e["components"]["tree"], (nlohmann::json{{"age", 5}, {"height", 30}, {"leaves", 0}}));
  // The same version goes on with it as with any world.
  go_on("w", 35);
  EXPECT_EQ(ask({"replay", world(), "--shard", "2"})["tick"], 35);
}

TEST_F(upgrade_test, what_was_not_declared_is_refused_naming_component_and_field) {
  install("1");
  keep("w", 20, "", world_text());
  auto before = contents(world());
  install("silent");
  auto ended = run_command({"run", "--data", world(), "--ticks", "30"});
  EXPECT_EQ(ended.code, 9) << ended.err;
  EXPECT_NE(ended.err.find("component tree: field "), std::string::npos) << ended.err;
  EXPECT_EQ(contents(world()), before);
  install("1"); // the old build still can
  go_on("w", 30);
}

TEST_F(upgrade_test, ticks_that_only_the_journal_has_are_for_the_old_version) {
  install("1");
  testing::running_command run({"run", folder.write("w.toml", world_text()), "--data", world(),
                                "--commands", "-", "--acks", folder.path("acks")});
  run.write("{\"session\":1,\"seq\":1,\"op\":\"set\",\"target\":\"0001000100000001\",\"component\":"
            "\"tree\",\"value\":{\"height\":7}}\n");
  while (!std::filesystem::exists(folder.path("acks")) ||
         testing::read_file(folder.path("acks")).empty())
    ;
  run.signal(SIGKILL);
  run.finish();
  install("2");
  for (const auto& words : std::vector<std::vector<std::string>>{
         {"run", "--data", world(), "--ticks", "90"}, {"checkpoint", "take", world()}}) {
    auto ended = run_command(words);
    EXPECT_EQ(ended.code, 9) << words.front() << ended.err;
    EXPECT_NE(ended.err.find("old version"), std::string::npos) << ended.err;
  }
  install("1");
  EXPECT_EQ(run_command({"checkpoint", "take", world()}).code, 0);
  install("2");
  EXPECT_EQ(run_command({"checkpoint", "take", world()}).code, 0);
}

} // namespace
} // namespace tessera
