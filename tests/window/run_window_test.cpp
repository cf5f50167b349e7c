// `tessera run --window` as its user has it: on a desktop, with keys and mouse, to its end.
#include "apps/frame_export.hpp"
#include "tests/apps/command_runner.hpp"
#include "tests/render/desktop.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <set>
#include <unistd.h>

namespace tessera::testing {
namespace {

const std::string world = TESSERA_SOURCE_DIR "/configs/worlds/flock.toml";

std::string hash_of(const std::string& report) {
  const auto at = report.find("world hash");
  return at == std::string::npos ? "none in: " + report
                                 : report.substr(at, report.find('\n', at) - at);
}

std::size_t colours_of(const picture& p) {
  std::set<std::array<std::uint8_t, 3>> found;
  for (std::size_t i = 0; i < p.rgba.size(); i += 4)
    found.insert({p.rgba[i], p.rgba[i + 1], p.rgba[i + 2]});
  return found.size();
}

class run_in_a_window : public ::testing::Test {
protected:
  void SetUp() override {
    setenv("VK_ICD_FILENAMES", "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json", 0);
    screen_ = desktop::start();
    ASSERT_TRUE(screen_) << "xvfb is needed";
  }

  static std::vector<std::string> arguments(std::vector<std::string> more) {
    std::vector<std::string> out{"run", world, "--set", "agents=3000", "--shards", "2x2"};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }
  /// The picture once it shows something; kept for eyes where TESSERA_SCREENSHOTS names a folder.
  picture look(const std::string& name) {
    picture seen;
    for (int tries = 0; tries < 600; ++tries) {
      try {
        seen = screen_->screenshot();
        if (colours_of(seen) > 100)
          break;
      } catch (const std::runtime_error&) { // there is no window yet
      }
      usleep(50'000);
    }
    if (const char* folder = std::getenv("TESSERA_SCREENSHOTS")) {
      EXPECT_TRUE(write_png(std::filesystem::path(folder) / (name + ".png"), seen));
    }
    return seen;
  }
  /// Presses a key, and waits until a dark panel covers this place.
  bool covers(const std::string& key, std::uint32_t x, std::uint32_t y) {
    auto sum = [&] {
      const picture p = screen_->screenshot();
      unsigned all = 0;
      for (std::uint32_t dx = 0; dx < 8; ++dx) {
        const std::size_t at = (std::size_t{y} * p.width + x + dx) * 4;
        all += p.rgba[at] + p.rgba[at + 1] + p.rgba[at + 2];
      }
      return all;
    };
    const unsigned before = sum();
    screen_->press(key);
    for (int tries = 0; tries < 200; ++tries) {
      if (sum() * 10 < before * 8)
        return true;
      usleep(50'000);
    }
    return false;
  }

  std::unique_ptr<desktop> screen_;
};

TEST_F(run_in_a_window, shows_the_world_takes_keys_and_ends_with_the_same_hash) {
  const auto alone = running_command(arguments({"--ticks", "240", "--speed", "max"})).finish();
  ASSERT_EQ(alone.code, 0) << alone.err;
  running_command run{arguments({"--ticks", "240", "--window", "640x400"})};
  EXPECT_GT(colours_of(look("start")), 100u) << "nothing is seen";
  EXPECT_TRUE(covers("F3", 640 - 20, 14)) << "no panel in the upper right corner";
  EXPECT_TRUE(covers("h", 14, 400 - 14)) << "no panel in the lower left corner";
  EXPECT_TRUE(covers("l", 640 - 20, 400 - 14)) << "no legend in the lower right corner";
  screen_->press("b");
  screen_->click(320, 220);
  screen_->hold("w", true);
  usleep(500'000); // as a hand would
  screen_->hold("w", false);
  look("keys");
  screen_->resize(500, 300);
  for (int tries = 0; tries < 200 && screen_->screenshot().width != 500; ++tries)
    usleep(50'000);
  const picture smaller = look("smaller");
  EXPECT_EQ(smaller.width, 500u);
  EXPECT_GT(colours_of(smaller), 100u);
  const auto ended = run.finish();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(hash_of(ended.out), hash_of(alone.out));
}

TEST_F(run_in_a_window, minimised_it_draws_nothing_and_restored_it_goes_on) {
  testing::scratch_folder folder;
  const std::string csv = folder.path("frames.csv");
  running_command run{arguments({"--window", "320x200", "--perf-csv", csv})};
  EXPECT_GT(colours_of(look("before minimising")), 100u);
  screen_->minimise();
  usleep(2'000'000); // the gap that is looked for below
  screen_->restore();
  EXPECT_GT(colours_of(look("restored")), 100u);
  screen_->close_window();
  const auto ended = run.finish();
  EXPECT_EQ(ended.code, 0) << ended.err;
  const auto rows = read_frames_file(csv);
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_GT(rows->size(), 2u);
  double longest_s = 0;
  for (std::size_t i = 1; i < rows->size(); ++i)
    longest_s =
      std::max(longest_s, (*rows)[i].at_s - (*rows)[i - 1].at_s - (*rows)[i - 1].frame_ms / 1000);
  EXPECT_GT(longest_s, 1.5) << "while it was minimised no frame was drawn";
  EXPECT_GT(rows->back().tick, rows->front().tick) << "the world ran on";
}

TEST_F(run_in_a_window, its_frames_are_written_at_the_end_and_by_key) {
  testing::scratch_folder folder;
  const std::string csv = folder.path("frames.csv");
  const std::string json = folder.path("frames.json");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path("")); // F5 writes there
  running_command run{arguments(
    {"--set", "name=two birds", "--window", "320x200", "--perf-csv", csv, "--perf-json", json})};
  std::filesystem::current_path(before);
  EXPECT_GT(colours_of(look("frames")), 100u);
  EXPECT_TRUE(covers("F5", 320 - 20, 200 - 14)) << "it does not say where they are";
  const std::string written = folder.path("tessera-perf-two_birds.json");
  for (int tries = 0; tries < 600; ++tries) { // a frame is known once the next one begins
    const auto rows = read_frames_file(written);
    if (rows && rows->size() > 2)
      break;
    screen_->press("F5");
    usleep(50'000);
  }
  screen_->close_window();
  const auto ended = run.finish();
  EXPECT_EQ(ended.code, 0) << ended.err;
  std::size_t by_key = 0;
  for (const auto& path : {folder.path("tessera-perf-two_birds.csv"),
                           folder.path("tessera-perf-two_birds.json"), csv, json}) {
    const auto rows = read_frames_file(path);
    ASSERT_TRUE(rows) << rows.error().message;
    ASSERT_GT(rows->size(), 1u) << path;
    by_key = by_key == 0 ? rows->size() : by_key;
    EXPECT_GE(rows->size(), by_key) << path;
    const frame_row& last = rows->back();
    EXPECT_GT(last.frame_ms, 0);
    EXPECT_GT(last.draw_ms(), 0);
    EXPECT_LE(last.draw_ms(), last.frame_ms);
    EXPECT_EQ(last.bodies, 3000u);
    EXPECT_GT(last.tick_busy_ms, 0);
    EXPECT_GT(last.ground_tiles, 0u);
  }
  const auto compared = running_command({"perf", "diff", csv, json}).finish();
  EXPECT_EQ(compared.code, 0) << compared.err;
  EXPECT_NE(compared.out.find("Nothing got worse"), std::string::npos) << compared.out;
}

TEST_F(run_in_a_window, where_frames_cannot_be_written_is_noticed_before_the_run) {
  const auto ended =
    running_command(arguments({"--window", "320x200", "--perf-csv", "/no/such/frames.csv"}))
      .finish();
  EXPECT_EQ(ended.code, 6) << ended.err;
  EXPECT_NE(ended.err.find("/no/such/frames.csv"), std::string::npos) << ended.err;
}

TEST_F(run_in_a_window, without_vulkan_it_says_so_and_the_world_runs_on) {
  const auto alone = running_command(arguments({"--ticks", "20", "--speed", "max"})).finish();
  const char* driver = std::getenv("VK_ICD_FILENAMES");
  const std::string kept = driver == nullptr ? "" : driver;
  setenv("VK_ICD_FILENAMES", "/nonexistent", 1);
  const auto ended =
    running_command(arguments({"--ticks", "20", "--speed", "max", "--window", "--quiet"})).finish();
  setenv("VK_ICD_FILENAMES", kept.c_str(), 1);
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_NE(ended.err.find("Vulkan"), std::string::npos) << ended.err;
  EXPECT_NE(ended.err.find("the world runs without a window"), std::string::npos) << ended.err;
  EXPECT_EQ(hash_of(ended.out), hash_of(alone.out));
}

TEST_F(run_in_a_window, closing_it_ends_the_world) {
  running_command run{arguments({"--window", "320x200"})};
  EXPECT_GT(colours_of(look("closing")), 100u);
  screen_->close_window();
  const auto ended = run.finish();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_NE(hash_of(ended.out).find("world hash"), std::string::npos);
}

TEST(run_without_a_desktop, is_refused_with_the_way_out) {
  unsetenv("DISPLAY");
  unsetenv("WAYLAND_DISPLAY");
  const auto ended = running_command({"run", world, "--ticks", "3", "--window"}).finish();
  EXPECT_NE(ended.code, 0);
  EXPECT_NE(ended.err.find("leave --window out"), std::string::npos) << ended.err;
}

} // namespace
} // namespace tessera::testing
