// kill -9 at random moments: whatever was acknowledged is there when the world goes on, and the world
// is the same, bit for bit, as one that nobody ever killed.
//
// TESSERA_KILLS=1000 kills more often; TESSERA_KILL_SEED repeats a run's choices.
#include "apps/data_option.hpp"
#include "shards/lockstep_world.hpp"
#include "tests/apps/command_runner.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <thread>

namespace tessera {
namespace {

using testing::running_command;

std::uint64_t number_from(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

const std::string world_text = R"(name = "killed"
game = "flock"
seed = 5
tick_rate_hz = 200
extent = [8, 8]
[parameters]
agents = 800
[persistence]
retention = 1000000000
recovery_target_s = 1
)";

class stream_of_commands {
public:
  explicit stream_of_commands(std::uint64_t seed) : random_(seed) {}

  /// Those whose answer never came, in their order: what a client sends first when it is back.
  std::string again() {
    std::string lines;
    for (const auto& [seq, line] : unanswered_)
      lines += line;
    return lines;
  }

  std::string next() {
    std::uint64_t seq = ++last_;
    std::string line = "{\"session\":7,\"seq\":" + std::to_string(seq) + "," + body() + "}\n";
    unanswered_[seq] = line;
    return line;
  }

  /// Notes what was acknowledged; a line that kill -9 cut off is none.
  void read_acks(const std::string& path) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line) && !file.eof();) {
      auto ack = nlohmann::json::parse(line);
      std::uint64_t seq = ack["seq"];
      std::string result = ack["result"];
      if (result == "not_run" || result == "not_durable")
        continue;
      EXPECT_NE(result, "malformed") << line;
      acknowledged.insert(seq);
      unanswered_.erase(seq);
      if (result == "applied" && ack["entity"].is_string())
        known_.push_back(ack["entity"]);
    }
  }

  std::set<std::uint64_t> acknowledged;

private:
  std::string place() {
    auto whole = [&](int n) { return std::to_string(random_() % static_cast<unsigned>(n)); };
    return "\"cell\":[" + whole(2) + "," + whole(2) + "],\"local\":[" + whole(64) + ".5,0," +
           whole(64) + "]";
  }
  std::string body() {
    if (known_.size() < 20 || random_() % 4 == 0)
      return "\"op\":\"spawn\"," + place() +
             ",\"component\":\"velocity\",\"value\":{\"x\":1,\"z\":2}";
    const std::string who = "\"target\":\"" + known_[random_() % known_.size()] + "\"";
    switch (random_() % 4) {
      case 0: return "\"op\":\"despawn\"," + who;
      case 1: return "\"op\":\"teleport\"," + who + "," + place();
      default:
        return "\"op\":\"set\"," + who + ",\"component\":\"velocity\",\"value\":{\"x\":" +
               std::to_string(static_cast<int>(random_() % 5) - 2) + "}";
    }
  }

  std::mt19937_64 random_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, std::string> unanswered_;
  std::vector<std::string> known_;
};

/// All that the journal holds, from tick 0 on.
recovered_world read_all(const std::string& path, opened_world& world) {
  auto directory = data_directory::open_to_read(posix_files(), path);
  EXPECT_TRUE(directory) << directory.error().message;
  auto config = kept_config(posix_files(), *directory);
  EXPECT_TRUE(config);
  world = std::move(*open_kept(*config));
  auto all = read_kept_world(posix_files(), *directory, *world.setup, 0);
  EXPECT_TRUE(all) << all.error().message;
  return std::move(*all);
}

TEST(kill_nine, at_random_moments_loses_nothing_acknowledged_and_changes_no_bit) {
  const std::uint64_t kills = number_from("TESSERA_KILLS", 50);
  const std::uint64_t seed = number_from("TESSERA_KILL_SEED", std::random_device{}());
  SCOPED_TRACE("TESSERA_KILL_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  stream_of_commands stream(seed);
  testing::scratch_folder folder;
  const std::string file = folder.write("world.toml", world_text);
  const std::string data = folder.path("data");
  const std::vector<std::string> layouts{"1x1", "2x2", "2x3", "4x4"};
  for (std::uint64_t i = 0; i < kills; ++i) {
    const std::string acks = folder.path("acks-" + std::to_string(i));
    std::vector<std::string> arguments{"run",
                                       file,
                                       "--data",
                                       data,
                                       "--commands",
                                       "-",
                                       "--acks",
                                       acks,
                                       "--quiet",
                                       "--shards",
                                       layouts[random() % layouts.size()]};
    {
      running_command run(arguments);
      auto until =
        std::chrono::steady_clock::now() + std::chrono::microseconds(20'000 + random() % 250'000);
      run.write(stream.again());
      while (std::chrono::steady_clock::now() < until) {
        std::string lines;
        for (std::uint64_t n = random() % 20; n > 0; --n)
          lines += stream.next();
        run.write(lines);
        std::this_thread::sleep_for(std::chrono::microseconds(500 + random() % 3000));
      }
      run.signal(SIGKILL);
      run.finish();
    }
    stream.read_acks(acks);
    opened_world world;
    if (!*data_directory::exists(posix_files(), data))
      continue; // killed before it was made
    auto all = read_all(data, world);
    std::set<std::uint64_t> kept;
    for (const auto& c : commands_of(all.inputs))
      kept.insert(c.sequence);
    for (std::uint64_t seq : stream.acknowledged)
      ASSERT_TRUE(kept.contains(seq))
        << "kill " << i << ": command " << seq << " was acknowledged and is not in the journal";
  }
  EXPECT_GT(stream.acknowledged.size(), 10 * kills) << "hardly anything was acknowledged";

  // The last run is not killed; its world is the one that the journal's commands alone make.
  const std::string report = folder.path("report.json");
  opened_world world;
  tick_number stood = read_all(data, world).next_tick;
  auto ended = testing::run_command({"run", "--data", data, "--speed", "max", "--ticks",
                                     std::to_string(stood + 50), "--report", report, "--quiet"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  auto told = testing::read_json(report);
  auto all = read_all(data, world);
  ASSERT_EQ(all.state, nullptr);
  lockstep_world never_killed{world.setup, world.cut};
  for (const auto& [tick, commands] : all.inputs)
    ASSERT_TRUE(never_killed.submit(commands, tick));
  never_killed.run_to(all.next_tick);
  EXPECT_EQ(told["tick"], all.next_tick);
  char hash[17];
  std::snprintf(hash, sizeof hash, "%016llx", static_cast<unsigned long long>(never_killed.hash()));
  EXPECT_EQ(told["world_hash"], hash);
  std::size_t compared = 0;
  for (const auto& state : never_killed.history()) {
    auto logged = all.hashes.find(state.tick);
    if (logged == all.hashes.end())
      continue;
    ASSERT_EQ(state.hash, logged->second) << "tick " << state.tick;
    ++compared;
  }
  EXPECT_EQ(compared, all.next_tick);
}

} // namespace
} // namespace tessera
