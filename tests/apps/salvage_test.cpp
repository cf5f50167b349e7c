#include "tests/apps/kept_worlds.hpp"

namespace tessera {
namespace {

using testing::run_command;

class salvage_test : public testing::kept_worlds_test {
protected:
  std::string world() const { return folder.path("w"); }
  std::vector<std::string> journal() const { return files_in(world() + "/journal"); }

  /// A world that was killed while commands came, so that all that it has is in its journal.
  void keep_killed() {
    const std::string file = folder.write("w.toml", testing::store_world);
    testing::running_command run(
      {"run", file, "--data", world(), "--commands", "-", "--acks", folder.path("acks")});
    for (int i = 1; i <= 60; ++i) {
      run.write(R"({"session":1,"seq":)" + std::to_string(i) + R"(,"op":"set","target":")" +
                testing::first_of_cell(i % 8, i * 3 % 8) +
                R"(","component":"value","value":{"b":)" + std::to_string(i) + "}}\n");
      // One after the other, so that there are many flush rounds.
      while (!std::filesystem::exists(folder.path("acks")) ||
             testing::read_json_lines(folder.path("acks")).size() < static_cast<std::size_t>(i))
        ;
    }
    run.signal(SIGKILL);
    EXPECT_EQ(run.finish().code, 128 + SIGKILL);
  }
};

TEST_F(salvage_test, a_whole_world_has_nothing_to_salvage) {
  keep("w", 50, some_commands());
  auto answer = ask({"salvage", world(), "--yes"});
  EXPECT_TRUE(answer["sound"]);
  EXPECT_EQ(answer["tick"], 50);
  EXPECT_FALSE(std::filesystem::exists(world() + "/aside/salvage-1"));
}

TEST_F(salvage_test, without_yes_nothing_changes_and_the_loss_is_told) {
  keep_killed();
  damage(journal().front());
  auto before = contents(world());
  auto ended = run_command({"salvage", world()});
  EXPECT_EQ(ended.code, 7);
  EXPECT_EQ(contents(world()), before);
  EXPECT_NE(ended.out.find(journal().front() + ", byte "), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("Lost: ticks "), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("Nothing was changed."), std::string::npos) << ended.out;
}

TEST_F(salvage_test, the_world_opens_with_every_tick_before_the_damage) {
  keep_killed();
  auto whole = ask({"replay", world()});
  std::filesystem::copy(world(), folder.path("before"), std::filesystem::copy_options::recursive);
  damage(journal().front());
  EXPECT_EQ(run_command({"replay", world()}).code, 7);
  auto plan = ask({"salvage", world()}, 7);
  auto done = ask({"salvage", world(), "--yes"});
  EXPECT_EQ(done["tick"], plan["tick"]);
  EXPECT_GT(done["tick"].get<int>(), 0);
  EXPECT_LT(done["tick"], whole["end_tick"]);
  EXPECT_EQ(done["lost"]["from"], done["tick"]);
  EXPECT_GE(done["lost"]["to"].get<int>() + 1, whole["end_tick"].get<int>());
  auto same = ask({"diff", world(), folder.path("before")});
  EXPECT_TRUE(same["same"]) << "what was saved is what was";
  EXPECT_EQ(same["tick"], done["tick"]);
  EXPECT_TRUE(ask({"salvage", world()})["sound"]);
  // And goes on; what was lost stays lost.
  go_on("w", done["tick"].get<int>() + 5);
  EXPECT_EQ(ask({"replay", world()})["tick"], done["tick"].get<int>() + 5);
}

TEST_F(salvage_test, what_was_damaged_is_kept_whole) {
  keep_killed();
  damage(journal().front());
  auto before = contents(world());
  auto done = ask({"salvage", world(), "--yes"});
  auto kept = contents(done["kept_in"]);
  ASSERT_FALSE(done["files_to_keep"].empty());
  for (const auto& name : done["files_to_keep"])
    EXPECT_EQ(kept[name], before[name]) << name;
  EXPECT_TRUE(kept.contains("MANIFEST"));
  EXPECT_NE(kept["WHAT.txt"].find("Lost: ticks "), std::string::npos);
}

TEST_F(salvage_test, a_missing_segment_is_damage_like_any_other) {
  keep_killed();
  ASSERT_GE(journal().size(), 2u);
  std::filesystem::remove(journal()[1]);
  auto done = ask({"salvage", world(), "--yes"});
  EXPECT_FALSE(done["lost"].is_null());
  go_on("w", done["tick"].get<int>() + 5);
}

TEST_F(salvage_test, a_damaged_checkpoint_with_a_whole_journal_loses_nothing) {
  keep("w", 50, some_commands());
  auto hash = go_on("w", 80);
  std::string newest = files_in(world() + "/checkpoints").back(); // of tick 80
  damage(newest);
  EXPECT_EQ(run_command({"run", "--data", world(), "--ticks", "81"}).code, 7);
  auto plan = ask({"salvage", world()}, 7);
  EXPECT_EQ(plan["damaged_checkpoints"], nlohmann::json{80});
  EXPECT_TRUE(plan["lost"].is_null());
  EXPECT_EQ(plan["base_tick"], 50);
  EXPECT_EQ(plan["tick"], 80);
  auto done = ask({"salvage", world(), "--yes"});
  EXPECT_EQ(done["tick"], 80);
  EXPECT_EQ(go_on("w", 80), hash);
}

TEST_F(salvage_test, without_any_checkpoint_the_journal_leads_from_the_start) {
  auto hash = keep("w", 50, some_commands());
  for (const auto& file : files_in(world() + "/checkpoints"))
    damage(file);
  auto done = ask({"salvage", world(), "--yes"});
  EXPECT_TRUE(done["lost"].is_null());
  EXPECT_EQ(go_on("w", 50), hash);
}

TEST_F(salvage_test, damage_that_nothing_needs_is_a_note) {
  keep("w", 50, some_commands());
  damage(journal().front());
  auto answer = ask({"salvage", world()});
  EXPECT_TRUE(answer["sound"]);
  ASSERT_EQ(answer["notes"].size(), 1u);
  EXPECT_NE(answer["notes"][0].get<std::string>().find("from tick 50 on needs it"),
            std::string::npos);
}

TEST_F(salvage_test, a_floor_that_cannot_be_read_is_written_anew) {
  auto hash = keep("w", 50, some_commands());
  std::ofstream(world() + "/journal/journal.floor") << "no floor at all";
  EXPECT_EQ(run_command({"run", "--data", world(), "--ticks", "51"}).code, 7);
  auto done = ask({"salvage", world(), "--yes"});
  EXPECT_TRUE(done["lost"].is_null());
  EXPECT_EQ(go_on("w", 50), hash);
}

TEST_F(salvage_test, where_nothing_can_be_had_it_says_so_and_changes_nothing) {
  keep("w", 50, some_commands());
  // A world that begins with a checkpoint, which is damaged.
  ask({"rewind", world(), "--to", "30", folder.path("r")});
  damage(files_in(folder.path("r") + "/checkpoints").front());
  auto before = contents(folder.path("r"));
  auto ended = run_command({"salvage", folder.path("r"), "--yes"});
  EXPECT_EQ(ended.code, 7);
  EXPECT_NE(ended.err.find("restore a backup"), std::string::npos) << ended.err;
  EXPECT_EQ(contents(folder.path("r")), before);
}

TEST_F(salvage_test, a_lost_or_damaged_manifest_is_made_anew_from_checkpoints_and_journal) {
  keep("w", 50, some_commands());
  auto hash = go_on("w", 80);
  const std::string manifest = testing::read_file(world() + "/MANIFEST");
  for (bool there : {true, false}) {
    if (there)
      std::ofstream(world() + "/MANIFEST", std::ios::app) << "more";
    else
      std::filesystem::remove(world() + "/MANIFEST");
    EXPECT_EQ(run_command({"run", "--data", world(), "--ticks", "81"}).code, 7);
    auto before = contents(world());
    auto told = run_command({"salvage", world()});
    EXPECT_EQ(told.code, 7);
    EXPECT_EQ(contents(world()), before);
    for (const char* words :
         {"epoch 1 from tick 0, as its log says", "epoch 2 from tick 50, as its log says",
          "checkpoint of tick 80, which loads to world hash", "as the journal has it",
          "Lost with the manifest: the checksums of the world's files", "world/world.toml"})
      EXPECT_NE(told.out.find(words), std::string::npos) << words << "\n" << told.out;
    auto done = ask({"salvage", world(), "--yes"});
    EXPECT_TRUE(done["lost"].is_null());
    EXPECT_EQ(done["tick"], 80);
    EXPECT_EQ(contents(done["kept_in"]).contains("MANIFEST"), there);
    EXPECT_TRUE(ask({"salvage", world()})["sound"]);
    EXPECT_EQ(ask({"replay", world(), "--from", "0"})["hashes_checked"], 80)
      << "history is there too";
    EXPECT_EQ(go_on("w", 80), hash);
  }
}

TEST_F(salvage_test, without_its_manifest_a_killed_world_keeps_every_command) {
  keep_killed();
  auto whole = ask({"replay", world()});
  std::filesystem::remove(world() + "/MANIFEST");
  auto done = ask({"salvage", world(), "--yes"});
  EXPECT_EQ(done["tick"], whole["end_tick"]);
  EXPECT_EQ(ask({"replay", world()})["world_hash"], whole["world_hash"]);
  go_on("w", done["tick"].get<int>() + 5);
}

TEST_F(salvage_test, what_a_later_epoch_made_void_stays_void_without_the_manifest) {
  keep_killed();
  damage(journal().front()); // so that ticks are lost, and played otherwise
  auto base = ask({"salvage", world(), "--yes"})["tick"].get<int>();
  auto hash = go_on("w", base + 20);
  std::filesystem::remove(world() + "/MANIFEST");
  auto done = ask({"salvage", world(), "--yes"});
  EXPECT_EQ(done["tick"], base + 20);
  EXPECT_EQ(ask({"replay", world()})["world_hash"], hash);
}

TEST_F(salvage_test, a_checkpoint_that_the_journal_does_not_bear_out_is_not_taken) {
  keep("w", 50, some_commands());
  std::filesystem::copy(world(), folder.path("other"), std::filesystem::copy_options::recursive);
  auto hash = go_on("w", 80);
  // One of the same world and tick with another past, as a crash may bring it back.
  go_on("other", 80,
        R"({"tick":60,"session":7,"seq":1,"op":"despawn","target":"0005000500000001"})"
        "\n");
  for (const auto& file : files_in(folder.path("other") + "/checkpoints"))
    if (file.find("000080.") != std::string::npos)
      std::filesystem::copy_file(
        file, world() + "/checkpoints/" + std::filesystem::path(file).filename().string(),
        std::filesystem::copy_options::overwrite_existing);
  std::filesystem::remove(world() + "/MANIFEST");
  auto done = ask({"salvage", world(), "--yes"});
  EXPECT_NE(done["lost_with_manifest"].dump().find("not the state that the journal logged"),
            std::string::npos)
    << done["lost_with_manifest"];
  EXPECT_EQ(done["base_tick"], 50);
  EXPECT_EQ(done["tick"], 80);
  EXPECT_EQ(go_on("w", 80), hash);
}

TEST_F(salvage_test, where_an_epochs_beginning_is_damaged_too_no_manifest_can_be_made) {
  keep("w", 50, some_commands());
  go_on("w", 80);
  std::filesystem::remove(world() + "/MANIFEST");
  for (const auto& file : journal()) // their headers and first rounds
    if (file.find("-e000002-") != std::string::npos)
      std::fstream(file, std::ios::binary | std::ios::in | std::ios::out) << std::string(8192, 'x');
  auto before = contents(world());
  auto ended = run_command({"salvage", world(), "--yes"});
  EXPECT_EQ(ended.code, 7);
  for (const char* words : {"beginning of epoch 2", "tessera restore BACKUP"})
    EXPECT_NE(ended.err.find(words), std::string::npos) << ended.err;
  EXPECT_EQ(contents(world()), before);
}

TEST_F(salvage_test, the_older_checkpoint_is_dropped_and_nothing_is_lost) {
  keep("w", 50, some_commands());
  auto hash = go_on("w", 80);
  damage(files_in(world() + "/checkpoints").front()); // of tick 50
  EXPECT_EQ(run_command({"checkpoint", "verify", world()}).code, 7);
  auto done = ask({"salvage", world(), "--yes"});
  EXPECT_EQ(done["damaged_checkpoints"], nlohmann::json{50});
  EXPECT_TRUE(done["lost"].is_null());
  EXPECT_EQ(done["tick"], 80);
  EXPECT_EQ(run_command({"checkpoint", "verify", world()}).code, 0);
  EXPECT_EQ(go_on("w", 80), hash);
}

TEST_F(salvage_test, a_torn_end_is_a_note_and_is_left_to_the_next_start) {
  keep_killed();
  const std::string log = journal().front();
  std::string bytes = testing::read_file(log);
  bytes.replace((bytes.find_last_not_of('\0') / 64 + 1) * 64, 20, "half a frame, no end");
  std::ofstream(log, std::ios::binary) << bytes;
  auto answer = ask({"salvage", world()});
  EXPECT_TRUE(answer["sound"]);
  EXPECT_NE(answer["notes"].dump().find("the next start sets it aside"), std::string::npos);
  go_on("w", answer["tick"].get<int>() + 5);
}

TEST_F(salvage_test, a_damaged_border_log_is_a_note_for_the_world_needs_none) {
  auto hash = keep("w", 50, some_commands());
  damage(files_in(world() + "/border").front());
  auto answer = ask({"salvage", world()});
  EXPECT_TRUE(answer["sound"]);
  EXPECT_NE(answer["notes"].dump().find("border log"), std::string::npos) << answer["notes"];
  EXPECT_EQ(go_on("w", 50), hash);
}

TEST_F(salvage_test, a_changed_file_of_the_world_is_to_be_put_back) {
  keep("w", 50, some_commands());
  const std::string file = world() + "/world/world.toml";
  for (bool there : {true, false}) {
    if (there)
      std::ofstream(file, std::ios::app) << "# nothing\n";
    else
      std::filesystem::remove(file);
    auto before = contents(world());
    auto ended = run_command({"salvage", world(), "--yes"});
    EXPECT_EQ(ended.code, 7);
    EXPECT_NE(ended.err.find(file), std::string::npos) << ended.err;
    EXPECT_NE(ended.err.find("put the file back"), std::string::npos) << ended.err;
    EXPECT_EQ(contents(world()), before);
  }
}

TEST_F(salvage_test, what_is_in_the_lock_means_nothing) {
  auto hash = keep("w", 50, some_commands());
  std::ofstream(world() + "/LOCK") << "no pid";
  EXPECT_TRUE(ask({"salvage", world()})["sound"]);
  std::filesystem::remove(world() + "/LOCK");
  EXPECT_TRUE(ask({"salvage", world()})["sound"]);
  EXPECT_EQ(go_on("w", 50), hash);
}

TEST_F(salvage_test, a_world_that_runs_is_left_alone) {
  const std::string file = folder.write("w.toml", testing::store_world);
  testing::running_command run({"run", file, "--data", world()});
  EXPECT_NE(run.read_line(), ""); // it has the directory by then
  auto ended = run_command({"salvage", world(), "--yes"});
  EXPECT_EQ(ended.code, 12);
  run.signal(SIGINT);
  EXPECT_EQ(run.finish().code, 0);
}

} // namespace
} // namespace tessera
