// The stall detector: a handler that outlasts its limit is told of once, with its stack; others are not.
#include "core/stall_detector.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace tessera {
namespace {

trace_record handler(trace_kind kind, std::uint16_t name) {
  return {trace_clock(), 1, 7, 8, 12, kind, name};
}

TEST(stall_detector, names_actor_message_and_stack_of_a_handler_that_outlasts_its_limit) {
  trace_recorder recorder{64};
  recorder.arm();
  recorder.name_actor(7, "shard 3");
  const auto message = recorder.name("grant_tick");
  std::promise<stall> told;
  std::atomic<int> times{0};
  stall_detector detector{recorder, std::chrono::milliseconds{20}, [&](const stall& s) {
                            if (times.fetch_add(1) == 0)
                              told.set_value(s);
                          }};
  auto found = told.get_future();
  std::thread slow{[&] {
    recorder.record(handler(trace_kind::handling_began, message));
    found.wait();
    // Several rounds of the detector later it has still been told of once.
    for (int rounds = 0; rounds < 10; ++rounds)
      std::this_thread::yield();
    recorder.record(handler(trace_kind::handling_ended, message));
  }};
  slow.join();
  const stall s = found.get();
  EXPECT_EQ(s.actor, "shard 3");
  EXPECT_EQ(s.message, "grant_tick");
  EXPECT_EQ(s.tick, 12U);
  EXPECT_GE(s.seconds, 0.02);
#ifndef __SANITIZE_THREAD__ // which holds signals back until a thread waits
  EXPECT_FALSE(s.stack.empty());
#endif
  EXPECT_EQ(describe(s).find("shard 3 has been handling grant_tick of tick 12 for "), 0U);
  EXPECT_EQ(times.load(), 1);
}

TEST(stall_detector, says_nothing_of_handlers_that_have_ended) {
  trace_recorder recorder{64};
  recorder.arm();
  const auto message = recorder.name("tick_done");
  std::atomic<int> times{0};
  std::promise<void> looked;
  {
    stall_detector detector{recorder, std::chrono::milliseconds{4}, [&](const stall& s) {
                              if (s.message == "the last")
                                looked.set_value();
                              else
                                ++times;
                            }};
    for (int i = 0; i < 20; ++i) {
      recorder.record(handler(trace_kind::handling_began, message));
      recorder.record(handler(trace_kind::handling_ended, message));
    }
    // One that does stall shows that the detector has seen those before it.
    recorder.record(handler(trace_kind::handling_began, recorder.name("the last")));
    looked.get_future().wait();
  }
  EXPECT_EQ(times.load(), 0);
}

} // namespace
} // namespace tessera
