// `tessera run --window` as its user has it: on a desktop, with keys and mouse, to its end.
#include "apps/window_overlay.hpp"
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
  /// Waits until a key has changed the picture in a rectangle that stays dark or light with it.
  bool darkens(std::uint32_t x, std::uint32_t y) {
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
  const auto alone = running_command(arguments({"--ticks", "160", "--speed", "max"})).finish();
  ASSERT_EQ(alone.code, 0) << alone.err;
  running_command run{arguments({"--ticks", "160", "--window", "640x400"})};
  EXPECT_GT(colours_of(look("start")), 100u) << "nothing is seen";
  screen_->press("F3");
  EXPECT_TRUE(darkens(640 - 20, 14)) << "no panel in the upper right corner";
  screen_->press("b");
  screen_->press("h");
  EXPECT_TRUE(darkens(14, 400 - 14)) << "no panel in the lower left corner";
  screen_->click(320, 220);
  screen_->hold("w", true);
  usleep(500'000);
  screen_->hold("w", false);
  look("keys");
  screen_->resize(500, 300);
  usleep(300'000);
  const picture smaller = look("smaller");
  EXPECT_EQ(smaller.width, 500u);
  EXPECT_GT(colours_of(smaller), 100u);
  const auto ended = run.finish();
  EXPECT_EQ(ended.code, 0) << ended.err;
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

TEST(frame_times, of_the_last_frames_the_slowest_hundredth_counts_by_itself) {
  frame_times times;
  for (int i = 0; i < 1000; ++i)
    times.add(i == 900 || i == 950 ? 0.1 : 0.01);
  const auto now = times.now();
  EXPECT_NEAR(now.longest_ms, 100, 1e-6);
  EXPECT_NEAR(now.per_second, 300 / (298 * 0.01 + 0.2), 1e-6);
  EXPECT_NEAR(now.low_per_second, 3 / 0.21, 1e-6);
  EXPECT_EQ(times.curve().size(), frame_times::shown);
}

TEST(borders, are_where_the_shards_meet_and_none_is_drawn_behind_the_camera) {
  shown_world flat;
  flat.extent = {0, 0, 8, 8};
  std::vector<instance_columns> shards(2);
  shards[0].region = {0, 0, 4, 8};
  shards[1].region = {4, 0, 8, 8};
  camera from;
  from.east_m = 4 * 64;
  from.south_m = 8 * 64 - 30;
  from.up_m = 20;
  from.pitch_deg = -20; // looks north along the border between them
  overlay_content over;
  add_borders(over, shards, flat, from, 800, 600);
  ASSERT_FALSE(over.lines.empty());
  int along = 0;
  for (const auto& line : over.lines)
    if (std::abs(line.from_x - 400) < 1 && std::abs(line.to_x - 400) < 1)
      ++along;
  EXPECT_EQ(along, 7) << "of the border's 8 cells one reaches behind the camera";
}

} // namespace
} // namespace tessera::testing
