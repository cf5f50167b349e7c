#include "tests/apps/kept_worlds.hpp"

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
  std::string world_file() const { return folder.write("w.toml", testing::store_world); }
  nlohmann::json checkpoints() const { return ask({"checkpoint", "list", world()})["checkpoints"]; }
};

TEST_F(checkpoint_take_test, a_running_world_takes_one_that_counts_when_the_tool_returns) {
  testing::running_command run({"run", world_file(), "--data", world()});
  EXPECT_NE(run.read_line(), ""); // it has the directory by then
  int before = -1;
  for (int i = 0; i < 4; ++i) {
    auto answer = ask({"checkpoint", "take", world()});
    EXPECT_GT(answer["tick"].get<int>(), before) << "it is a new one";
    EXPECT_EQ(checkpoints().back()["tick"], answer["tick"]);
    before = answer["tick"];
  }
  run.signal(SIGKILL);
  EXPECT_EQ(run.finish().code, 128 + SIGKILL);
  EXPECT_EQ(ask({"checkpoint", "verify", world()})["checkpoints"].size(), 2u);
  auto recovered = run_command({"run", "--data", world(), "--ticks", "1"});
  EXPECT_NE(recovered.out.find("checkpoint of tick " + std::to_string(before)), std::string::npos)
    << recovered.out;
}

TEST_F(checkpoint_take_test, many_may_ask_at_once_and_the_world_stays_the_same) {
  auto hash = keep("plain", 100, some_commands());
  testing::running_command run({"run", world_file(), "--data", world(), "--ticks", "100",
                                "--commands", folder.write("c.jsonl", some_commands()), "--report",
                                folder.path("r.json")});
  EXPECT_NE(run.read_line(), "");
  std::vector<std::thread> askers;
  for (int i = 0; i < 4; ++i)
    askers.emplace_back([&] { EXPECT_EQ(run_command({"checkpoint", "take", world()}).code, 0); });
  for (auto& one : askers)
    one.join();
  EXPECT_EQ(run.finish().code, 0);
  auto report = testing::read_json(folder.path("r.json"));
  EXPECT_EQ(report["world_hash"], hash);
  EXPECT_GE(report["kept"]["checkpoints"], 2);
}

TEST_F(checkpoint_take_test, where_no_process_runs_the_world_it_says_what_to_do) {
  keep("w", 10);
  auto refused = run_command({"checkpoint", "take", world()});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("tessera run --data " + world()), std::string::npos) << refused.err;
  EXPECT_EQ(checkpoints().size(), 1u);
  EXPECT_EQ(run_command({"checkpoint", "take", folder.path("nowhere")}).code, 14);
}

std::string socket_name(const std::string& directory) {
  struct stat about {};
  EXPECT_EQ(::stat((directory + "/LOCK").c_str(), &about), 0);
  return "tessera-" + std::to_string(about.st_dev) + "-" + std::to_string(about.st_ino);
}

class asker {
public:
  explicit asker(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(name.begin(), name.end(), address.sun_path + 1);
    auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), bytes), 0);
  }
  ~asker() { ::close(socket_); }

  std::string ask(const std::string& words) const {
    EXPECT_EQ(::send(socket_, words.data(), words.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(words.size()));
    std::string answer(256, 0);
    auto got = ::recv(socket_, answer.data(), answer.size(), 0);
    answer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return answer;
  }

private:
  int socket_;
};

TEST_F(checkpoint_take_test, words_that_it_does_not_know_are_refused_and_the_world_runs_on) {
  testing::running_command run({"run", world_file(), "--data", world()});
  EXPECT_NE(run.read_line(), "");
  const std::string name = socket_name(world());
  EXPECT_NE(asker{name}.ask("fly\n").find("allowed: checkpoint"), std::string::npos);
  { asker silent{name}; }
  EXPECT_NE(asker{name}.ask("checkpoint\n").find("\"tick\":"), std::string::npos);
  run.signal(SIGINT);
  EXPECT_EQ(run.finish().code, 0);
}

TEST_F(checkpoint_take_test, another_user_gets_no_answer) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can be somebody else";
  testing::running_command run({"run", world_file(), "--data", world()});
  EXPECT_NE(run.read_line(), "");
  const std::string name = socket_name(world());
  constexpr uid_t nobody = 65534;
  ASSERT_EQ(::seteuid(nobody), 0);
  std::string answer = asker{name}.ask("checkpoint\n");
  ASSERT_EQ(::seteuid(0), 0);
  EXPECT_EQ(answer, "");
  EXPECT_NE(asker{name}.ask("checkpoint\n").find("\"tick\":"), std::string::npos);
  run.signal(SIGINT);
  EXPECT_EQ(run.finish().code, 0);
}

} // namespace
} // namespace tessera
