#include "persistence/manifest.hpp"
#include "tests/apps/kept_folder.hpp"

#include <algorithm>
#include <filesystem>

namespace tessera {
namespace {

using nlohmann::json;
using testing::run_command;

class checkpoint_test : public ::testing::Test {
protected:
  testing::scratch_folder folder;

  json json_of(std::vector<std::string> arguments, int code = 0) {
    arguments.push_back("--json");
    auto ended = run_command(arguments);
    EXPECT_EQ(ended.code, code) << ended.out << ended.err;
    return json::parse(ended.out);
  }
  /// Two checkpoints: of ticks 60 and 90.
  std::string two_checkpoints() {
    const auto data = testing::make_kept_store(folder);
    auto on =
      run_command({"run", "--data", data, "--speed", "max", "--ticks", "90", "--shards", "1x1"});
    EXPECT_EQ(on.code, 0) << on.err;
    return data;
  }
  static std::vector<std::string> files(const std::string& data) {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(data + "/checkpoints"))
      out.push_back(entry.path().string());
    std::sort(out.begin(), out.end());
    return out;
  }
};

TEST_F(checkpoint_test, list_shows_tick_hash_shards_and_sizes) {
  const auto data = two_checkpoints();
  auto list = json_of({"checkpoint", "list", data})["checkpoints"];
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]["tick"], 60);
  EXPECT_EQ(list[0]["shards"], 4);
  EXPECT_EQ(list[1]["tick"], 90);
  EXPECT_EQ(list[1]["shards"], 1);
  EXPECT_EQ(list[0]["world_hash"], testing::read_json(folder.path("report.json"))["world_hash"]);
  EXPECT_GT(list[0]["ratio"], 1.0);
  auto words = run_command({"checkpoint", "list", data});
  EXPECT_NE(words.out.find(list[0]["world_hash"].get<std::string>()), std::string::npos);
}

TEST_F(checkpoint_test, verify_loads_every_checkpoint_and_computes_its_hash_again) {
  const auto data = two_checkpoints();
  auto all = json_of({"checkpoint", "verify", data})["checkpoints"];
  ASSERT_EQ(all.size(), 2u);
  for (const auto& one : all) {
    EXPECT_EQ(one["sound"], true);
    EXPECT_EQ(one["world_hash"], testing::read_json(folder.path("report.json"))["world_hash"]);
    EXPECT_EQ(one["entities"], testing::read_json(folder.path("report.json"))["entities"]);
  }
  EXPECT_EQ(json_of({"checkpoint", "verify", data, "--at", "90"})["checkpoints"].size(), 1u);
}

TEST_F(checkpoint_test, every_damaged_file_is_named_and_the_other_checkpoint_still_verified) {
  const auto data = two_checkpoints();
  for (const auto& path : files(data)) {
    const auto sound = testing::read_file(path);
    for (std::uint64_t at = 0; at < sound.size(); at += 97) {
      testing::damage_file(path, at);
      auto ended = run_command({"checkpoint", "verify", data});
      EXPECT_NE(ended.code, 0) << path << " byte " << at;
      EXPECT_NE(ended.err.find(path), std::string::npos) << ended.err;
      EXPECT_NE(ended.out.find("sound"), std::string::npos) << ended.out;
      testing::damage_file(path, at);
    }
  }
  EXPECT_EQ(run_command({"checkpoint", "verify", data}).code, 0);
}

TEST_F(checkpoint_test, a_state_that_loads_to_another_hash_than_the_manifests_is_damage) {
  const auto data = two_checkpoints();
  auto found = read_manifest(posix_files(), data);
  ASSERT_TRUE(found) << found.error().message;
  found->checkpoints.front().world_hash ^= 1;
  ASSERT_TRUE(write_manifest(posix_files(), data, *found));
  auto ended = run_command({"checkpoint", "verify", data});
  EXPECT_EQ(ended.code, 7) << ended.out << ended.err;
  EXPECT_NE(ended.err.find("another world hash"), std::string::npos) << ended.err;
  EXPECT_NE(ended.out.find("tick 60: damaged"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("tick 90: sound"), std::string::npos) << ended.out;
}

TEST_F(checkpoint_test, export_writes_the_rows_that_the_run_to_that_tick_gives) {
  const auto data = two_checkpoints();
  auto of_checkpoint = run_command({"checkpoint", "export", data, "--at", "60"});
  ASSERT_EQ(of_checkpoint.code, 0) << of_checkpoint.err;
  EXPECT_EQ(of_checkpoint.out, run_command({"export", data, "--at", "60"}).out);
  const auto file = folder.path("rows.json");
  auto written = run_command({"checkpoint", "export", data, "--json", "--out", file});
  EXPECT_EQ(written.code, 0) << written.err;
  EXPECT_EQ(testing::read_json(file)["tick"], 90);
  auto none = run_command({"checkpoint", "export", data, "--at", "61"});
  EXPECT_EQ(none.code, 1);
  EXPECT_NE(none.err.find("60, 90"), std::string::npos) << none.err;
}

TEST_F(checkpoint_test, a_checkpoint_is_exported_though_the_journal_is_damaged) {
  const auto data = two_checkpoints();
  std::filesystem::remove_all(data + "/journal");
  EXPECT_EQ(run_command({"checkpoint", "verify", data}).code, 0);
  EXPECT_EQ(run_command({"checkpoint", "export", data}).code, 0);
  EXPECT_NE(run_command({"log", "verify", data}).code, 0);
}

} // namespace
} // namespace tessera
