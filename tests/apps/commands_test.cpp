// Commands through the whole command: from a file, from standard input, and their answers.
#include "tests/apps/command_runner.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fcntl.h>
#include <map>
#include <sys/stat.h>

namespace tessera {
namespace {

using testing::first_of_cell;
using testing::run_command;

std::string line(int tick, int session, int seq, const std::string& op, const std::string& rest) {
  return "{\"tick\":" + std::to_string(tick) + ",\"session\":" + std::to_string(session) +
         ",\"seq\":" + std::to_string(seq) + ",\"op\":\"" + op + "\"," + rest + "}\n";
}

std::string target(const std::string& id) {
  return "\"target\":\"" + id + "\"";
}

class commands_test : public ::testing::Test {
protected:
  testing::scratch_folder folder;
  std::string world = folder.write("w.toml", testing::store_world);
};

TEST_F(commands_test, a_get_is_answered_with_what_the_commands_before_it_left) {
  const std::string who = target(first_of_cell(1, 1));
  const std::string file = folder.write(
    "in.jsonl", line(3, 1, 1, "set", who + R"(,"component":"value","value":{"b":77},"in":[1,1])") +
                  line(3, 1, 2, "get", who + R"(,"component":"value","in":[1,1])") +
                  line(3, 1, 3, "get", who + R"(,"component":"position")") +
                  line(3, 1, 4, "get", who + R"(,"component":"value","in":[1,2])") +
                  line(5, 1, 2, "get", who + R"(,"component":"value")"));
  const std::string acks = folder.path("acks.jsonl");
  auto ended = run_command({"run", world, "--ticks", "20", "--speed", "max", "--data",
                            folder.path("data"), "--commands", file, "--acks", acks});
  ASSERT_EQ(ended.code, 0) << ended.err;
  auto answers = testing::read_json_lines(acks);
  ASSERT_EQ(answers.size(), 5u);
  for (const auto& ack : answers) {
    bool elsewhere = ack["seq"] == 4;
    EXPECT_EQ(ack["result"], elsewhere ? "no_such_entity" : "applied");
    EXPECT_EQ(ack.contains("value"), !elsewhere && ack["seq"] != 1);
    if (ack["seq"] == 2) {
      EXPECT_EQ(ack["value"]["b"], 77);
    } else if (ack["seq"] == 3) {
      EXPECT_EQ(ack["value"]["cell"], (std::vector<int>{1, 1}));
    }
  }
  auto log = run_command({"log", "show", folder.path("data"), "--commands"});
  EXPECT_NE(log.out.find(R"("in":[1,1])"), std::string::npos) << log.out;
  EXPECT_EQ(log.out.find(R"("op":"get")"), std::string::npos) << log.out;
}

TEST_F(commands_test, every_command_of_a_file_is_answered) {
  const std::string file = folder.write(
    "in.jsonl",
    line(0, 1, 1, "spawn",
         R"("cell":[1,1],"local":[5,0,5],"component":"value","value":{"a":1,"b":2,"c":3,"d":4})") +
      line(1, 1, 2, "set",
           target(first_of_cell(0, 0)) + R"(,"component":"value","value":{"a":9})") +
      line(1, 1, 2, "set",
           target(first_of_cell(0, 0)) + R"(,"component":"value","value":{"a":8})") +
      line(2, 1, 3, "despawn", target(first_of_cell(2, 2))) +
      line(3, 1, 4, "despawn", target(first_of_cell(2, 2))) +
      line(3, 2, 1, "set",
           target(first_of_cell(3, 3)) +
             R"(,"component":"position","cell":[3,3],"local":[1,0,1])") +
      line(3, 2, 2, "set",
           target(first_of_cell(4, 4)) +
             R"(,"component":"position","cell":[0,7],"local":[1,0,1])") +
      line(4, 2, 3, "teleport", target(first_of_cell(5, 5)) + R"(,"cell":[7,0],"local":[1,0,1])") +
      line(99, 2, 4, "despawn", target(first_of_cell(6, 6))));
  const std::string acks = folder.path("acks.jsonl");
  const std::string report = folder.path("r.json");
  auto ended = run_command({"run", world, "--ticks", "20", "--speed", "max", "--commands", file,
                            "--acks", acks, "--report", report});
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_NE(ended.out.find("ends before the ticks of 1 of the commands"), std::string::npos)
    << ended.out;

  std::map<std::pair<int, int>, std::vector<std::string>> results;
  std::string newborn;
  for (const auto& ack : testing::read_json_lines(acks)) {
    results[{ack["session"], ack["seq"]}].push_back(ack["result"]);
    if (ack["session"] == 1 && ack["seq"] == 1) {
      EXPECT_EQ(ack["tick"], 0);
      newborn = ack["entity"];
    }
  }
  EXPECT_EQ(newborn, "0001000100000002"); // the cell's first is there from the start
  using list = std::vector<std::string>;
  EXPECT_EQ((results[{1, 1}]), list{"applied"});
  EXPECT_EQ((results[{1, 2}]), (list{"applied", "repeated"}));
  EXPECT_EQ((results[{1, 3}]), list{"applied"});
  EXPECT_EQ((results[{1, 4}]), list{"no_such_entity"});
  EXPECT_EQ((results[{2, 1}]), list{"applied"});
  EXPECT_EQ((results[{2, 2}]), list{"applied"});
  EXPECT_EQ((results[{2, 3}]), list{"applied"});
  EXPECT_EQ((results[{2, 4}]), list{"not_run"});

  auto told = testing::read_json(report);
  EXPECT_EQ(told["commands"]["applied"], 6);
  EXPECT_EQ(told["commands"]["repeated"], 1);
  EXPECT_EQ(told["commands"]["no_such_entity"], 1);
  EXPECT_EQ(told["commands"]["not_run"], 1);
  EXPECT_EQ(told["born"], 1);
  EXPECT_EQ(told["died"], 1);
  EXPECT_EQ(told["entities"], 64);
  EXPECT_EQ(told["far_mail"], 2); // a set of the position beyond one cell is a teleport too
}

TEST_F(commands_test, the_same_commands_give_the_same_hash_under_any_layout) {
  const std::string file = folder.write(
    "in.jsonl",
    line(0, 1, 1, "spawn", R"("cell":[3,4],"local":[5,0,5])") +
      line(2, 1, 2, "set",
           target(first_of_cell(1, 0)) + R"(,"component":"value","value":{"d":"0xff"})") +
      line(3, 7, 1, "teleport", target(first_of_cell(0, 0)) + R"(,"cell":[7,7],"local":[1,0,1])"));
  std::map<std::string, int> hashes;
  for (const char* shards : {"1x1", "2x2", "4x3"}) {
    const std::string report = folder.path("r.json");
    auto ended = run_command({"run", world, "--ticks", "10", "--speed", "max", "--shards", shards,
                              "--commands", file, "--report", report, "--quiet"});
    ASSERT_EQ(ended.code, 0) << ended.err;
    ++hashes[testing::read_json(report)["world_hash"]];
  }
  EXPECT_EQ(hashes.size(), 1u);
}

TEST_F(commands_test, an_event_of_the_tutorial_game_is_applied) {
  const std::string game =
    folder.write("g.toml", "name = \"g\"\ngame = \"" TESSERA_MODULE_DIR
                           "/ten_minutes.so\"\nextent = [4, 4]\nshards = \"2x2\"\n");
  const std::string file =
    folder.write("in.jsonl", line(0, 1, 1, "event",
                                  target(first_of_cell(1, 1)) +
                                    R"(,"component":"flash","value":{"brightness":0.5})"));
  const std::string acks = folder.path("acks.jsonl");
  auto ended = run_command(
    {"run", game, "--ticks", "2", "--speed", "max", "--commands", file, "--acks", acks});
  ASSERT_EQ(ended.code, 0) << ended.err;
  auto answers = testing::read_json_lines(acks);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0]["result"], "applied");
}

TEST_F(commands_test, a_bad_line_of_a_file_ends_the_run_before_it_starts) {
  const std::string file = folder.write(
    "in.jsonl", line(0, 1, 1, "despawn", target(first_of_cell(0, 0))) + "{\"op\":\"fly\"}\n");
  auto ended = run_command({"run", world, "--ticks", "5", "--commands", file});
  EXPECT_EQ(ended.code, 5);
  EXPECT_NE(ended.err.find("in.jsonl:2: "), std::string::npos) << ended.err;
  EXPECT_EQ(ended.out, "");
}

/// Reads lines of a pipe that the command writes its acks to.
class ack_pipe {
public:
  explicit ack_pipe(const std::string& path) : path_(path) {
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    // Opened for writing too, so that opening never waits for the command.
    file_ = fdopen(open(path.c_str(), O_RDWR), "r");
  }
  ~ack_pipe() { std::fclose(file_); }
  nlohmann::json next() {
    std::string text;
    for (int c; (c = std::fgetc(file_)) != EOF && c != '\n';)
      text += static_cast<char>(c);
    return nlohmann::json::parse(text);
  }

private:
  std::string path_;
  std::FILE* file_;
};

TEST_F(commands_test, standard_input_is_read_while_the_world_runs) {
  ack_pipe acks(folder.path("acks"));
  testing::running_command run(
    {"run", world, "--commands", "-", "--acks", folder.path("acks"), "--quiet"});
  run.write(R"({"session":1,"seq":1,"op":"spawn","cell":[1,1],"local":[5,0,5]})"
            "\n");
  auto born = acks.next();
  EXPECT_EQ(born["result"], "applied");
  // The id of the newborn is known from the answer: the world is still running.
  run.write(R"({"session":1,"seq":2,"op":"despawn","target":")" +
            born["entity"].get<std::string>() + "\"}\n");
  auto died = acks.next();
  EXPECT_EQ(died["result"], "applied");
  EXPECT_GT(died["tick"], born["tick"]);
  run.write(R"({"session":1,"seq":2,"op":"despawn","target":"0000000000000001"})"
            "\n");
  EXPECT_EQ(acks.next()["result"], "repeated");
  run.write(R"({"tick":0,"session":1,"seq":3,"op":"despawn","target":"0000000000000001"})"
            "\n");
  auto late = acks.next();
  EXPECT_EQ(late["result"], "rejected");
  EXPECT_NE(late["reason"].get<std::string>().find("past"), std::string::npos) << late;
  // The end of the input does not end the world, and the last line needs no newline.
  run.write(R"({"session":1,"seq":4,"op":"despawn","target":"0000000000000001"})");
  run.close_input();
  EXPECT_EQ(acks.next()["result"], "applied");
  run.signal(SIGINT);
  EXPECT_EQ(run.finish().code, 0);
}

TEST_F(commands_test, a_bad_line_of_standard_input_is_named_and_the_world_goes_on) {
  ack_pipe acks(folder.path("acks"));
  testing::running_command run(
    {"run", world, "--commands", "-", "--acks", folder.path("acks"), "--quiet"});
  run.write("\n{\"op\":\"fly\"}\n");
  auto bad = acks.next();
  EXPECT_EQ(bad["result"], "malformed");
  EXPECT_EQ(bad["line"], 2);
  run.write(R"({"session":1,"seq":1,"op":"despawn","target":"0000000000000001"})"
            "\n");
  EXPECT_EQ(acks.next()["result"], "applied");
  run.signal(SIGTERM);
  auto ended = run.finish();
  EXPECT_EQ(ended.code, 5);
  EXPECT_NE(ended.err.find("standard input:2: "), std::string::npos) << ended.err;
}

TEST_F(commands_test, an_interrupt_ends_the_world_at_a_tick_with_the_summary) {
  const std::string report = folder.path("r.json");
  testing::running_command run({"run", world, "--report", report});
  std::string status;
  for (int i = 0; i < 10 && !status.starts_with("tick "); ++i)
    status = run.read_line();
  ASSERT_TRUE(status.starts_with("tick ")) << status;
  run.signal(SIGINT);
  auto ended = run.finish();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_NE(ended.out.find("world hash"), std::string::npos) << ended.out;
  auto told = testing::read_json(report);
  EXPECT_EQ(told["ended_by"], "signal");
  EXPECT_EQ(told["entities"], 64);
}

} // namespace
} // namespace tessera
