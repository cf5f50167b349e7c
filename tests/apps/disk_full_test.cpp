// The command on a disk that gets full: exit code 11, and with room again nothing that was acknowledged is gone.
#include "apps/data_option.hpp"
#include "tests/apps/command_runner.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <set>
#include <sstream>
#include <sys/mount.h>
#include <sys/resource.h>

namespace tessera {
namespace {

using testing::command_output;
using testing::run_command;

class full_disk : public ::testing::Test {
protected:
  /// One command in every tick.
  static std::string commands(int ticks) {
    std::string lines;
    for (int i = 0; i < ticks; ++i)
      lines += "{\"tick\":" + std::to_string(i) +
               ",\"session\":1,\"seq\":" + std::to_string(i + 1) +
               ",\"op\":\"set\",\"component\":\"value\",\"target\":\"" +
               testing::first_of_cell(i % 8, i / 8 % 8) +
               "\",\"value\":{\"c\":" + std::to_string(i) + "}}\n";
    return lines;
  }

  command_output run(const std::string& data, std::vector<std::string> more) const {
    std::vector<std::string> words{"run",
                                   world,
                                   "--data",
                                   data,
                                   "--speed",
                                   "max",
                                   "--quiet",
                                   "--acks",
                                   "/dev/stdout",
                                   "--set",
                                   "persistence.flush_interval_ms=1"};
    words.insert(words.end(), more.begin(), more.end());
    return run_command(words);
  }

  void expect_full(const command_output& ended) {
    EXPECT_EQ(ended.code, 11) << ended.out.substr(ended.out.size() -
                                                  std::min<std::size_t>(ended.out.size(), 2000))
                              << ended.err;
    EXPECT_NE(ended.out.find("stopped because the disk failed"), std::string::npos);
    EXPECT_NE(ended.err.find(data), std::string::npos) << ended.err;
    std::istringstream lines(ended.out);
    for (std::string line; std::getline(lines, line);) {
      if (line.front() != '{')
        continue;
      auto ack = nlohmann::json::parse(line);
      if (ack["result"] == "applied")
        acknowledged.insert(ack["seq"].get<std::uint64_t>());
      else
        EXPECT_TRUE(ack["result"] == "not_durable" || ack["result"] == "not_run") << line;
    }
    EXPECT_GT(acknowledged.size(), 100U) << "hardly anything was acknowledged";
    EXPECT_LT(acknowledged.size(), ticks);
  }

  /// With room again: goes on, has what was acknowledged, and ends well.
  void expect_all_there() {
    auto directory = data_directory::open_to_read(posix_files(), data);
    ASSERT_TRUE(directory) << directory.error().message;
    auto opened = open_kept(*kept_config(posix_files(), *directory));
    ASSERT_TRUE(opened) << opened.error().message;
    auto all = read_kept_world(posix_files(), *directory, *opened->setup, 0);
    ASSERT_TRUE(all) << all.error().message;
    std::set<std::uint64_t> kept;
    for (const auto& c : commands_of(all->inputs))
      kept.insert(c.sequence);
    for (std::uint64_t seq : acknowledged)
      EXPECT_TRUE(kept.contains(seq)) << "command " << seq << " was acknowledged and is gone";
    auto on = run(data, {"--ticks", std::to_string(all->next_tick + 20)});
    EXPECT_EQ(on.code, 0) << on.err;
  }

  static constexpr std::size_t ticks = 30000;
  testing::scratch_folder folder;
  std::string world = folder.write("w.toml", testing::store_world);
  std::string input = folder.write("in.jsonl", commands(ticks));
  std::string data;
  std::set<std::uint64_t> acknowledged;
};

TEST_F(full_disk, ends_the_run_and_loses_nothing_acknowledged) {
  const std::string disk = folder.path("disk");
  std::filesystem::create_directory(disk);
  if (mount("none", disk.c_str(), "tmpfs", 0, "size=1m") != 0)
    GTEST_SKIP() << "no file system may be mounted here (" << std::strerror(errno)
                 << "); files_of_limited_size shows the same";
  data = disk + "/data";
  auto ended = run(data, {"--commands", input, "--ticks", std::to_string(ticks)});
  expect_full(ended);
  EXPECT_EQ(mount("none", disk.c_str(), "tmpfs", MS_REMOUNT, "size=64m"), 0);
  expect_all_there();
  EXPECT_EQ(umount2(disk.c_str(), MNT_DETACH), 0);
}

TEST_F(full_disk, files_of_limited_size_end_the_run_as_well) {
  data = folder.path("data");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 300'000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  auto ended = run(data, {"--commands", input, "--ticks", std::to_string(ticks)});
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  expect_full(ended);
  expect_all_there();
}

} // namespace
} // namespace tessera
