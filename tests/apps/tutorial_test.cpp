// docs/manual/writing-a-game.md promises that its code is the example's, and that the example runs.
#include "tests/apps/command_runner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace tessera {
namespace {

using testing::read_file;

/// Text of every fenced block of one language.
std::vector<std::string> blocks(const std::string& page, const std::string& language) {
  std::vector<std::string> out;
  std::istringstream lines(page);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (!inside && line == "```" + language) {
      inside = true;
      out.emplace_back();
    } else if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      out.back() += line + "\n";
    }
  }
  return out;
}

const std::string example = TESSERA_SOURCE_DIR "/examples/ten_minutes/";

TEST(tutorial, quotes_the_example_word_for_word) {
  const std::string page = read_file(TESSERA_SOURCE_DIR "/docs/manual/writing-a-game.md");
  const std::string source = read_file(example + "fireflies.cpp");
  auto code = blocks(page, "cpp");
  EXPECT_EQ(code.size(), 7u);
  for (const auto& block : code)
    EXPECT_NE(source.find(block), std::string::npos) << block;
  for (const auto& block : blocks(page, "cmake"))
    EXPECT_NE(read_file(example + "CMakeLists.txt").find(block), std::string::npos) << block;
  auto world = blocks(page, "toml");
  ASSERT_EQ(world.size(), 1u);
  EXPECT_EQ(world[0], read_file(example + "world.toml"));
}

TEST(tutorial, quotes_the_whole_example) {
  const std::string page = read_file(TESSERA_SOURCE_DIR "/docs/manual/writing-a-game.md");
  std::string quoted;
  for (const auto& block : blocks(page, "cpp"))
    quoted += block;
  // What lies between two markers of the source must be quoted; markers are "// [name]".
  std::istringstream lines(read_file(example + "fireflies.cpp"));
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("// ["))
      inside = !inside;
    else if (inside)
      EXPECT_NE(quoted.find(line + "\n"), std::string::npos) << line;
  }
  EXPECT_FALSE(inside);
}

/// The report of the tutorial's world after so many ticks.
nlohmann::json meadow(int ticks, const std::string& shards = "2x2") {
  testing::scratch_folder folder;
  const std::string report = folder.path("r.json");
  auto ended = testing::run_command({"run", example + "world.toml", "--set",
                                     "game=" TESSERA_MODULE_DIR "/ten_minutes.so", "--ticks",
                                     std::to_string(ticks), "--speed", "max", "--quiet", "--shards",
                                     shards, "--report", report});
  EXPECT_EQ(ended.code, 0) << ended.err;
  return testing::read_json(report);
}

double dark_share(const nlohmann::json& report) {
  return report["world_values"]["dark"].get<double>() / report["entities"].get<double>();
}

TEST(tutorial, the_meadow_falls_into_step) {
  auto start = meadow(1);
  EXPECT_EQ(start["entities"], 8 * 8 * 10);
  EXPECT_NEAR(dark_share(start), 0.5, 0.1);
  // Four looks, a quarter of a period apart, see it all dark and all aglow.
  std::vector<double> looks;
  for (int ticks : {1200, 1210, 1220, 1230})
    looks.push_back(dark_share(meadow(ticks)));
  EXPECT_GT(*std::max_element(looks.begin(), looks.end()), 0.9);
  EXPECT_LT(*std::min_element(looks.begin(), looks.end()), 0.1);
}

TEST(tutorial, the_meadow_is_the_same_under_any_layout) {
  auto one = meadow(600, "1x1");
  for (const char* shards : {"2x2", "4x4"}) {
    auto cut = meadow(600, shards);
    EXPECT_EQ(cut["world_hash"], one["world_hash"]) << shards;
    EXPECT_GT(cut["events_crossing"].get<int>(), 0);
  }
}

} // namespace
} // namespace tessera
