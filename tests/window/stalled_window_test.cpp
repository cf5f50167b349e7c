// A window that hangs: the world's ticks go on as if nobody watched. A real renderer on a desktop of the test's own, a
// world at its own pace.
#include "apps/run_window.hpp"
#include "games/games.hpp"
#include "sdk/engine.hpp"
#include "sdk/open_world.hpp"
#include "tests/apps/command_runner.hpp"
#include "tests/render/desktop.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <mutex>
#include <thread>

namespace tessera::testing {
namespace {

using clock = std::chrono::steady_clock;

constexpr tick_number ticks = 160;

struct watched_run {
  engine_result ended;
  std::vector<clock::time_point> tick_at; ///< when each was complete
  clock::time_point stall_began;
  clock::time_point stall_ended;

  std::size_t ticks_in_stall() const {
    return static_cast<std::size_t>(std::count_if(tick_at.begin(), tick_at.end(), [&](auto at) {
      return at > stall_began && at < stall_ended;
    }));
  }
};

/// Runs a flock before a window that, once, keeps what it took for a second.
watched_run run_before_a_window(bool stalls, std::mutex* shared = nullptr) {
  watched_run out;
  scratch_folder folder;
  auto config = load_world_file(folder.write("w.toml", flock_world));
  auto world = open_world(*config, built_in_games());
  window_options how;
  how.size = "320x200";
  how.quality = 5;
  std::unique_ptr<run_window> window;
  how.holding = [&] {
    if (!stalls || window->record().rows().empty() || out.stall_ended != clock::time_point{})
      return;
    out.stall_began = clock::now();
    const auto held =
      shared == nullptr ? std::unique_lock<std::mutex>{} : std::unique_lock(*shared);
    std::this_thread::sleep_for(std::chrono::seconds(1));
    out.stall_ended = clock::now();
  };
  auto opened = run_window::open(how, "stalled", *world->setup, world->cut->size());
  if (!opened)
    throw std::runtime_error(opened.error().why);
  window = std::move(*opened);
  engine_options options;
  options.workers = 2;
  options.paced = true;
  options.ticks = ticks;
  options.inspected = true;
  options.looks = window->board();
  options.on_summary = [&](const world_summary&) {
    if (shared != nullptr)
      const std::scoped_lock held{*shared};
    out.tick_at.push_back(clock::now());
  };
  auto engine = engine::start(world->setup, world->cut, options);
  window->look_into(*(*engine)->inspect());
  std::atomic<bool> over = false;
  std::thread waiter([&] {
    out.ended = (*engine)->wait();
    over = true;
  });
  while (!over) {
    auto shown = window->frame();
    if (!shown)
      throw std::runtime_error(shown.error().message);
  }
  waiter.join();
  window.reset();
  return out;
}

class stalled_window : public ::testing::Test {
protected:
  void SetUp() override {
    setenv("VK_ICD_FILENAMES", "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json", 0);
    screen_ = desktop::start();
    ASSERT_TRUE(screen_) << "xvfb is needed";
  }
  std::unique_ptr<desktop> screen_;
};

double p90(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() * 9 / 10];
}

TEST_F(stalled_window, a_second_of_it_delays_no_tick) {
  const auto calm = run_before_a_window(false);
  const auto run = run_before_a_window(true);
  ASSERT_NE(run.stall_ended, clock::time_point{}) << "it never stalled";
  EXPECT_EQ(run.ended.last.tick, ticks);
  EXPECT_EQ(run.ended.last.hash, calm.ended.last.hash);
  // 20 ticks a second. Other processes of the machine may take some of the time.
  EXPECT_GE(run.ticks_in_stall(), 15u);
  EXPECT_LT(p90(run.ended.tick_latency_ms), p90(calm.ended.tick_latency_ms) + 50)
    << "most ticks are as late as without a stall, give or take one";
}

TEST_F(stalled_window, and_one_that_does_hold_up_ticks_is_noticed) {
  std::mutex shared; // that the world's own thread takes too
  EXPECT_LT(run_before_a_window(true, &shared).ticks_in_stall(), 5u);
}

} // namespace
} // namespace tessera::testing
