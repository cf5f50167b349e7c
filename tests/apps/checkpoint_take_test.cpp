#include "tests/apps/kept_worlds.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace tessera {
namespace {

using testing::run_command;

class checkpoint_take_test : public testing::kept_worlds_test {
protected:
  std::string world() const { return folder.path("w"); }
  nlohmann::json newest() {
    auto list = ask({"checkpoint", "list", world()})["checkpoints"];
    return list.empty() ? nlohmann::json() : list.back()["tick"];
  }
};

TEST_F(checkpoint_take_test, of_a_running_world_it_returns_once_the_checkpoint_counts) {
  testing::running_command run(
    {"run", folder.write("w.toml", testing::store_world), "--data", world()});
  EXPECT_NE(run.read_line(), ""); // it has the directory by then
  int before = -1;
  for (int i = 0; i < 4; ++i) {
    auto answer = ask({"checkpoint", "take", world()});
    EXPECT_TRUE(answer["running"]);
    EXPECT_GT(answer["tick"].get<int>(), before) << "it is a new one";
    EXPECT_GE(newest().get<int>(), answer["tick"].get<int>());
    before = answer["tick"];
  }
  run.signal(SIGKILL);
  EXPECT_EQ(run.finish().code, 128 + SIGKILL);
  EXPECT_EQ(ask({"checkpoint", "verify", world()})["checkpoints"].size(), 2u);
  auto stood = ask({"replay", world(), "--from", std::to_string(before)});
  EXPECT_EQ(stood["first_tick"], before);
  go_on("w", stood["end_tick"].get<int>() + 5);
}

TEST_F(checkpoint_take_test, many_may_ask_at_once_and_the_world_stays_the_same) {
  auto hash = keep("plain", 400, some_commands());
  testing::running_command run(
    {"run", folder.write("w.toml", testing::store_world), "--data", world(), "--ticks", "400",
     "--commands", folder.write("c.jsonl", some_commands()), "--report", folder.path("r.json")});
  EXPECT_NE(run.read_line(), "");
  std::vector<std::thread> askers;
  for (int i = 0; i < 4; ++i)
    askers.emplace_back([&] { EXPECT_EQ(run_command({"checkpoint", "take", world()}).code, 0); });
  for (auto& one : askers)
    one.join();
  EXPECT_EQ(run.finish().code, 0);
  EXPECT_EQ(testing::read_json(folder.path("r.json"))["world_hash"], hash);
}

TEST_F(checkpoint_take_test, a_world_that_was_killed_is_replayed_and_closed) {
  testing::running_command run({"run", folder.write("w.toml", testing::store_world), "--data",
                                world(), "--acks", folder.path("acks"), "--commands", "-"});
  run.write(some_commands().substr(0, some_commands().find('\n') + 1).replace(0, 10, "{"));
  while (!std::filesystem::exists(folder.path("acks")) ||
         testing::read_file(folder.path("acks")).empty())
    ;
  run.signal(SIGKILL);
  run.finish();
  int stood = ask({"replay", world()})["end_tick"];
  EXPECT_TRUE(newest().is_null());
  auto answer = ask({"checkpoint", "take", world()});
  EXPECT_FALSE(answer["running"]);
  EXPECT_FALSE(answer["was_there"]);
  EXPECT_EQ(answer["tick"], stood);
  EXPECT_EQ(newest(), stood);
  auto again = ask({"checkpoint", "take", world()});
  EXPECT_EQ(again["tick"], stood);
  EXPECT_TRUE(again["was_there"]);
}

TEST_F(checkpoint_take_test, a_directory_that_somebody_holds_without_listening_is_in_use) {
  keep("w", 10);
  int lock = ::open((world() + "/LOCK").c_str(), O_RDWR);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  auto ended = run_command({"checkpoint", "take", world(), "--wait", "0.1"});
  EXPECT_EQ(ended.code, 12);
  EXPECT_NE(ended.err.find("does not answer"), std::string::npos) << ended.err;
  ::close(lock);
  EXPECT_EQ(run_command({"checkpoint", "take", folder.path("nowhere")}).code, 14);
}

TEST_F(checkpoint_take_test, words_that_the_process_does_not_know_are_refused_and_it_runs_on) {
  testing::running_command run(
    {"run", folder.write("w.toml", testing::store_world), "--data", world()});
  EXPECT_NE(run.read_line(), "");
  ask({"checkpoint", "take", world()});
  struct stat about {};
  ASSERT_EQ(::stat((world() + "/LOCK").c_str(), &about), 0);
  const std::string name =
    "tessera-" + std::to_string(about.st_dev) + "-" + std::to_string(about.st_ino);
  int asker = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), address.sun_path + 1);
  auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  ASSERT_EQ(::connect(asker, reinterpret_cast<sockaddr*>(&address), bytes), 0);
  ASSERT_EQ(::send(asker, "fly\n", 4, 0), 4);
  std::string answer(256, 0);
  auto got = ::recv(asker, answer.data(), answer.size(), 0);
  ASSERT_GT(got, 0);
  EXPECT_NE(answer.find("allowed: checkpoint"), std::string::npos) << answer;
  ::close(asker);
  ask({"checkpoint", "take", world()});
  run.signal(SIGINT);
  EXPECT_EQ(run.finish().code, 0);
}

} // namespace
} // namespace tessera
