#include "tests/apps/kept_worlds.hpp"

namespace tessera {
namespace {

using testing::run_command;

class backup_test : public testing::kept_worlds_test {};
class rewind_test : public testing::kept_worlds_test {};
class repair_test : public testing::kept_worlds_test {};

TEST_F(backup_test, what_is_restored_goes_on_as_the_world_would_have) {
  keep("w", 50, some_commands());
  auto answer = ask({"backup", folder.path("w"), folder.path("b")});
  EXPECT_EQ(answer["tick"], 50);
  auto hash = go_on("w", 90);
  ask({"restore", folder.path("b"), folder.path("r")});
  EXPECT_EQ(go_on("r", 90), hash);
  EXPECT_TRUE(ask({"diff", folder.path("w"), folder.path("r")})["same"]);
}

TEST_F(backup_test, a_running_world_is_copied_at_a_tick_that_it_really_was_at) {
  const std::string world =
    folder.write("w.toml", testing::store_world +
                             "[persistence]\nflush_interval_ms = 1\nrecovery_target_s = 1\n");
  testing::running_command run(
    {"run", world, "--data", folder.path("w"), "--commands", "-", "--acks", folder.path("acks")});
  std::uint64_t seq = 0;
  auto feed = [&](int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) {
      ++seq;
      lines += R"({"session":1,"seq":)" + std::to_string(seq) + R"(,"op":"set","target":")" +
               testing::first_of_cell(static_cast<int>(seq % 8), static_cast<int>(seq / 8 % 8)) +
               R"(","component":"value","value":{"b":)" + std::to_string(seq) + "}}\n";
    }
    run.write(lines);
  };
  feed(100);
  // The first answer is on the disk before the first copy is asked for.
  while (!std::filesystem::exists(folder.path("acks")) ||
         testing::read_file(folder.path("acks")).empty())
    feed(1);
  constexpr int copies = 6;
  for (int i = 0; i < copies; ++i) {
    feed(200);
    auto copy = ask({"backup", folder.path("w"), folder.path("b" + std::to_string(i))});
    EXPECT_GT(copy["tick"].get<int>(), 0);
  }
  run.signal(SIGINT);
  run.close_input();
  EXPECT_EQ(run.finish().code, 0);
  for (int i = 0; i < copies; ++i) {
    const std::string name = "b" + std::to_string(i);
    auto replayed = ask({"replay", folder.path(name)});
    EXPECT_GT(replayed["hashes_checked"].get<int>(), 0);
    auto same = ask({"diff", folder.path(name), folder.path("w")});
    EXPECT_TRUE(same["same"]) << name;
    EXPECT_EQ(same["tick"], replayed["end_tick"]) << "every tick of the copy was the world's";
  }
}

TEST_F(backup_test, a_shard_of_a_copy_can_be_replayed_alone_and_of_what_is_restored_from_it) {
  keep("w", 30, some_commands());
  go_on("w", 50);
  ask({"backup", folder.path("w"), folder.path("b")});
  ask({"restore", folder.path("b"), folder.path("r")});
  for (const char* copy : {"b", "r"}) {
    auto alone = run_command({"replay", folder.path(copy), "--shard", "3", "--to", "30"});
    EXPECT_EQ(alone.code, 0) << alone.err;
    EXPECT_NE(alone.out.find("30 hashes, all as they were logged"), std::string::npos) << alone.out;
  }
  auto small =
    ask({"backup", folder.path("w"), folder.path("small"), "--no-border-log"})["bytes"].get<int>();
  EXPECT_LT(small, ask({"backup", folder.path("w"), folder.path("all")})["bytes"].get<int>());
  EXPECT_EQ(
    run_command({"replay", folder.path("small"), "--shard", "3", "--from", "0", "--to", "30"}).code,
    14);
  EXPECT_EQ(ask({"replay", folder.path("small")})["tick"], 50);
}

TEST_F(backup_test, nothing_is_written_over_what_is_there) {
  keep("w", 5);
  std::filesystem::create_directory(folder.path("taken"));
  const std::string into = folder.path("w") + "/copy";
  for (const auto& to : {folder.path("taken"), into, folder.path("no/such/parent")}) {
    for (const auto& words : {std::vector<std::string>{"backup", folder.path("w"), to},
                              {"restore", folder.path("w"), to},
                              {"rewind", folder.path("w"), "--to", "3", to}}) {
      auto ended = run_command(words);
      EXPECT_EQ(ended.code, 1) << words.front() << " " << to;
      EXPECT_NE(ended.err.find("tessera: "), std::string::npos);
      EXPECT_FALSE(std::filesystem::exists(to + ".unfinished"));
    }
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path("taken")));
  EXPECT_FALSE(std::filesystem::exists(into));
}

TEST_F(backup_test, what_a_broken_off_copy_left_is_named_and_not_taken_for_a_copy) {
  keep("w", 5);
  std::filesystem::create_directory(folder.path("b.unfinished"));
  auto ended = run_command({"backup", folder.path("w"), folder.path("b")});
  EXPECT_EQ(ended.code, 1);
  EXPECT_NE(ended.err.find("b.unfinished"), std::string::npos) << ended.err;
  EXPECT_TRUE(std::filesystem::exists(folder.path("b.unfinished")));
}

TEST_F(backup_test, a_damaged_backup_is_not_restored) {
  keep("w", 50, some_commands());
  ask({"backup", folder.path("w"), folder.path("b")});
  for (const char* part : {"checkpoints", "journal", "world"}) {
    const std::string file = files_in(folder.path("b") + "/" + part).front();
    const std::string whole = testing::read_file(file);
    // Below the checkpoint nothing of the journal is needed, so its only frames are made needed.
    damage(file);
    auto ended = run_command({"restore", folder.path("b"), folder.path("r")});
    bool needed = std::string(part) != "journal";
    EXPECT_EQ(ended.code, needed ? 7 : 0) << part << ended.err;
    EXPECT_EQ(ended.err.find(std::filesystem::path(file).filename().string()) != std::string::npos,
              needed)
      << ended.err;
    EXPECT_EQ(std::filesystem::exists(folder.path("r")), !needed);
    EXPECT_FALSE(std::filesystem::exists(folder.path("r.unfinished")));
    std::filesystem::remove_all(folder.path("r"));
    std::ofstream(file, std::ios::binary) << whole;
  }
}

TEST_F(rewind_test, the_copy_goes_on_from_the_earlier_tick_to_the_same_hashes) {
  auto early = keep("early", 12, some_commands());
  auto hash = keep("w", 50, some_commands());
  // Tick 12: a traveller is in a letter, which must come along.
  auto answer = ask({"rewind", folder.path("w"), "--to", "12", folder.path("r")});
  EXPECT_EQ(answer["tick"], 12);
  EXPECT_EQ(answer["world_hash"], early);
  EXPECT_EQ(go_on("r", 50, some_commands()), hash); // commands up to tick 12 are repeats
  EXPECT_TRUE(ask({"diff", folder.path("w"), folder.path("r")})["same"]);
}

TEST_F(rewind_test, the_copy_may_take_another_way) {
  keep("w", 50, some_commands());
  ask({"rewind", folder.path("w"), "--to", "25", folder.path("r")});
  go_on("r", 50);
  auto answer = ask({"diff", folder.path("w"), folder.path("r")}, 1);
  EXPECT_EQ(answer["tick"], 31); // the despawn of tick 30 did not come again
}

TEST_F(rewind_test, the_copy_is_another_world_to_a_journal) {
  keep("w", 50);
  ask({"rewind", folder.path("w"), "--to", "25", folder.path("r")});
  auto id = [&](const char* name) {
    auto text = testing::read_file(folder.path(name) + "/MANIFEST");
    return text.substr(text.find("\nworld "), 39);
  };
  EXPECT_NE(id("w"), id("r"));
}

TEST_F(rewind_test, a_tick_that_is_to_come_is_refused) {
  keep("w", 50);
  auto ended = run_command({"rewind", folder.path("w"), "--to", "51", folder.path("r")});
  EXPECT_EQ(ended.code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder.path("r")));
  EXPECT_FALSE(std::filesystem::exists(folder.path("r.unfinished")));
}

TEST_F(repair_test, the_copy_is_what_a_run_without_the_command_would_have_been) {
  keep("w", 50, some_commands());
  for (const char* seq : {"1:2", "1:3", "2:1"}) {
    std::string session(1, seq[0]);
    std::string line = R"("session":)" + session + R"(,"seq":)" + std::string(1, seq[2]) + ",";
    std::string clean = "clean" + session + seq[2];
    auto hash = keep(clean, 50, without(some_commands(), line));
    const std::string to = folder.path("m" + session + seq[2]);
    auto answer = ask({"repair", folder.path("w"), "--skip", seq, to});
    EXPECT_EQ(answer["world_hash"], hash) << seq;
    EXPECT_EQ(answer["tick"], 50);
    EXPECT_TRUE(ask({"diff", to, folder.path(clean), "--at", "50"})["same"]) << seq;
  }
}

TEST_F(repair_test, commands_that_miss_what_was_skipped_are_counted) {
  keep("w", 50, some_commands());
  auto answer = ask({"repair", folder.path("w"), "--skip", "1:2", folder.path("m")});
  EXPECT_EQ(answer["commands_after"]["no_such_entity"], 2); // its set and its despawn
  EXPECT_EQ(answer["commands_after"]["applied"], 1);
  EXPECT_EQ(answer["skipped"]["op"], "spawn");
}

TEST_F(repair_test, a_poison_command_is_taken_out_and_the_world_goes_on) {
  keep("w", 50, some_commands());
  ask({"repair", folder.path("w"), "--skip", "1:4", folder.path("m")});
  auto hash = keep("clean", 80, without(some_commands(), "despawn"));
  EXPECT_EQ(go_on("m", 80), hash);
}

TEST_F(repair_test, a_command_that_is_not_there_is_refused_with_those_that_are) {
  keep("w", 50, some_commands());
  auto ended = run_command({"repair", folder.path("w"), "--skip", "1:9", folder.path("m")});
  EXPECT_EQ(ended.code, 1);
  EXPECT_NE(ended.err.find("of session 1 there are 1 (tick 3) to 4 (tick 30)"), std::string::npos)
    << ended.err;
  EXPECT_FALSE(std::filesystem::exists(folder.path("m")));
  EXPECT_EQ(run_command({"repair", folder.path("w"), "--skip", "9", folder.path("m")}).code, 2);
}

} // namespace
} // namespace tessera
