#include "apps/phase_times.hpp"

#include <gtest/gtest.h>

namespace tessera {
namespace {

class phase_times_test : public ::testing::Test {
protected:
  void span(const std::string& name, std::uint32_t tick, std::uint64_t length) {
    recorder.record(
      {trace_clock(), length, 1, no_trace_actor, tick, trace_kind::span, recorder.name(name)});
  }
  trace_recorder recorder;
};

TEST_F(phase_times_test, are_means_over_ticks_and_sums_over_shards) {
  phase_times times{recorder, 2};
  span("index", 1, 1'000'000'000); // before anybody watched
  times.watch(true);
  EXPECT_TRUE(recorder.armed());
  EXPECT_TRUE(times.take().empty());
  for (std::uint32_t tick = 1; tick <= 3; ++tick)
    for (int shard = 0; shard < 2; ++shard) {
      span("tick", tick, 5'000'000);
      span("index", tick, 1'000'000);
      span("graze", tick, 3'000'000);
    }
  span("no tick's", no_trace_tick, 9'000'000);
  const auto found = times.take();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "graze");
  EXPECT_EQ(found[1].name, "index");
  EXPECT_NEAR(found[0].ms / found[1].ms, 3, 1e-9);
  const trace_time begin = trace_time_now();
  trace_time now = begin;
  while (now.steady_ns - begin.steady_ns < 20'000'000)
    now = trace_time_now();
  const double ms_per_unit = static_cast<double>(now.steady_ns - begin.steady_ns) * 1e-6 /
                             static_cast<double>(now.clock - begin.clock);
  span("tick", 4, 1);
  span("graze", 4, 3'000'000); // half of a tick's shards, and none of "index"
  const auto more = times.take();
  ASSERT_EQ(more.size(), 1u);
  EXPECT_NEAR(more[0].ms, 2 * 3'000'000 * ms_per_unit, 0.1 * 6'000'000 * ms_per_unit);
  EXPECT_TRUE(times.take().empty()) << "all was taken";
  times.watch(false);
  EXPECT_FALSE(recorder.armed());
}

} // namespace
} // namespace tessera
