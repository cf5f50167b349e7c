// `tessera run --inspect` and `tessera ctl`: a world that is held, stepped and let go on ends as one that nobody
// touched.
#include "tests/apps/command_runner.hpp"

#include <gtest/gtest.h>

namespace tessera {
namespace {

using testing::run_command;
using testing::running_command;

/// A world that runs, and where its inspector is.
class inspected_command {
public:
  inspected_command(const std::string& world, const std::string& ticks)
    : run_({"run", world, "--speed", "max", "--ticks", ticks, "--inspect", "127.0.0.1:0"}) {
    for (std::string line = run_.read_line(); !line.empty(); line = run_.read_line()) {
      const std::string head = "Inspector: http://";
      if (!line.starts_with(head))
        continue;
      at_ = line.substr(head.size());
      at_.pop_back(); // the slash
      break;
    }
  }

  testing::command_output ctl(std::vector<std::string> what) const {
    what.insert(what.begin(), {"ctl", "--at", at_});
    return run_command(what);
  }
  running_command& run() { return run_; }
  const std::string& at() const { return at_; }

private:
  running_command run_;
  std::string at_;
};

std::string hash_in(const std::string& summary) {
  const std::size_t at = summary.find("hash ");
  return at == std::string::npos ? summary : summary.substr(at + 5, 16);
}

TEST(ctl, holds_steps_and_lets_go_on_without_changing_the_end) {
  const testing::scratch_folder folder;
  const std::string world = folder.write("w.toml", testing::flock_world);
  inspected_command inspected{world, "100000"};
  ASSERT_FALSE(inspected.at().empty());
  auto paused = inspected.ctl({"pause"});
  ASSERT_EQ(paused.code, 0) << paused.err;
  EXPECT_TRUE(paused.out.starts_with("paused: tick ")) << paused.out;
  const auto tick = std::stoull(paused.out.substr(13));
  auto stepped = inspected.ctl({"step", "3"});
  EXPECT_TRUE(stepped.out.starts_with("paused: tick " + std::to_string(tick + 3) + ","))
    << stepped.out;
  auto further = inspected.ctl({"run-to", std::to_string(tick + 10)});
  EXPECT_TRUE(further.out.starts_with("paused: tick " + std::to_string(tick + 10) + ","))
    << further.out;
  const auto alone =
    run_command({"run", world, "--speed", "max", "--quiet", "--ticks", std::to_string(tick + 10)});
  EXPECT_NE(alone.out.find(hash_in(further.out)), std::string::npos)
    << further.out << "is not the state of a run without: " << alone.out;
  auto back = inspected.ctl({"run-to", "1"});
  EXPECT_EQ(back.code, 5);
  EXPECT_NE(back.err.find("past it"), std::string::npos) << back.err;
  EXPECT_EQ(inspected.ctl({"speed", "x9000"}).code, 5);
  EXPECT_EQ(inspected.ctl({"speed", "x2"}).code, 0);
  EXPECT_EQ(inspected.ctl({"resume"}).code, 0);
  EXPECT_NE(inspected.ctl({"status"}).out.find("speed x2"), std::string::npos);
  inspected.run().signal(SIGINT);
  EXPECT_EQ(inspected.run().finish().code, 0);
}

TEST(ctl, says_so_where_no_world_answers) {
  auto ended = run_command({"ctl", "--at", "127.0.0.1:1", "pause"});
  EXPECT_EQ(ended.code, 14);
  EXPECT_NE(ended.err.find("--inspect"), std::string::npos) << ended.err;
  EXPECT_EQ(run_command({"ctl", "--at", "nowhere", "pause"}).code, 5);
}

TEST(ctl, an_address_that_others_reach_gets_a_token) {
  const testing::scratch_folder folder;
  const std::string world = folder.write("w.toml", testing::flock_world);
  running_command run{{"run", world, "--ticks", "100000", "--inspect", "0.0.0.0:0"}};
  std::string text;
  for (std::string line = run.read_line();
       !line.empty() && text.find("not encrypted") == std::string::npos; line = run.read_line())
    text += line + "\n";
  const std::size_t port = text.find("http://0.0.0.0:") + 15;
  const std::size_t token = text.find("/?token=");
  ASSERT_NE(token, std::string::npos) << text;
  const std::string at = "127.0.0.1:" + text.substr(port, token - port);
  const std::string secret = text.substr(token + 8, 32);
  auto without = run_command({"ctl", "--at", at, "status"});
  EXPECT_EQ(without.code, 1);
  EXPECT_NE(without.err.find("token"), std::string::npos) << without.err;
  EXPECT_EQ(run_command({"ctl", "--at", at, "--token", secret, "pause"}).code, 0);
  run.signal(SIGINT);
  EXPECT_EQ(run.finish().code, 0);
}

} // namespace
} // namespace tessera
