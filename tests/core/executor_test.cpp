// Executors: every index runs once, the caller waits for all, and the smallest failure is the one told.
#include "core/executor.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tessera {
namespace {

struct kind {
  const char* name;
  std::unique_ptr<executor> (*make)(unsigned threads);
};

class any_executor : public ::testing::TestWithParam<kind> {
protected:
  std::unique_ptr<executor> make(unsigned threads) { return GetParam().make(threads); }
};

TEST_P(any_executor, runs_every_index_exactly_once) {
  for (unsigned threads : {1u, 2u, 4u}) {
    auto e = make(threads);
    for (std::size_t count : {0u, 1u, 2u, 7u, 1000u}) {
      std::vector<std::atomic<int>> ran(count);
      auto body = [&](std::size_t i) { ran[i].fetch_add(1); };
      for (unsigned workers : {1u, 2u, 8u})
        e->for_each(count, workers, index_function{body});
      for (const auto& times : ran)
        EXPECT_EQ(times.load(), 3);
    }
  }
}

TEST_P(any_executor, has_ended_all_work_when_it_returns) {
  auto e = make(4);
  for (int round = 0; round < 300; ++round) {
    std::vector<int> values(16, 0); // plain: seen by this thread without further ado
    auto body = [&](std::size_t i) { values[i] = static_cast<int>(i) + round; };
    e->for_each(values.size(), 4, index_function{body});
    for (std::size_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(values[i], static_cast<int>(i) + round);
  }
}

TEST_P(any_executor, rethrows_the_failure_of_the_smallest_index_that_failed) {
  auto e = make(4);
  for (int round = 0; round < 50; ++round) {
    auto body = [&](std::size_t i) {
      if (i == 3 || i == 40 || i == 90)
        throw std::runtime_error(std::to_string(i));
    };
    try {
      e->for_each(100, 4, index_function{body});
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& failure) {
      ASSERT_STREQ(failure.what(), "3");
    }
  }
}

TEST_P(any_executor, is_of_use_after_a_failure) {
  auto e = make(2);
  auto fails = [](std::size_t) { throw std::logic_error("no"); };
  EXPECT_THROW(e->for_each(10, 2, index_function{fails}), std::logic_error);
  std::atomic<int> sum{0};
  auto adds = [&](std::size_t i) { sum.fetch_add(static_cast<int>(i)); };
  e->for_each(10, 2, index_function{adds});
  EXPECT_EQ(sum.load(), 45);
}

TEST_P(any_executor, runs_work_that_is_started_from_inside_work) {
  auto e = make(4);
  std::atomic<int> sum{0};
  auto inner = [&](std::size_t) { sum.fetch_add(1); };
  auto outer = [&](std::size_t) { e->for_each(5, 4, index_function{inner}); };
  e->for_each(6, 4, index_function{outer});
  EXPECT_EQ(sum.load(), 30);
}

TEST_P(any_executor, serves_several_callers_at_once) {
  auto e = make(4);
  std::atomic<int> sum{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 3; ++c)
    callers.emplace_back([&] {
      auto body = [&](std::size_t) { sum.fetch_add(1); };
      for (int round = 0; round < 100; ++round)
        e->for_each(8, 4, index_function{body});
    });
  for (auto& c : callers)
    c.join();
  EXPECT_EQ(sum.load(), 2400);
}

std::vector<kind> all_kinds() {
  std::vector<kind> all{
    {"in_line", [](unsigned) { return make_inline_executor(); }},
    {"threads", [](unsigned threads) { return make_thread_executor(threads); }}};
#if TESSERA_WITH_TBB
  all.push_back({"tbb", [](unsigned threads) { return make_tbb_executor(threads); }});
#endif
  return all;
}

INSTANTIATE_TEST_SUITE_P(executors, any_executor, ::testing::ValuesIn(all_kinds()),
                         [](const auto& info) { return std::string{info.param.name}; });

TEST(index_function, when_copied_refers_to_the_callable_and_not_to_the_original) {
  int calls = 0;
  auto body = [&](std::size_t) { ++calls; };
  auto copied = [&] {
    index_function gone_soon{body};
    index_function copy{gone_soon};
    return copy;
  }();
  copied(0);
  EXPECT_EQ(calls, 1);
}

TEST(inline_executor, keeps_to_the_calling_thread_and_the_order) {
  auto e = make_inline_executor();
  EXPECT_EQ(e->concurrency(), 1u);
  std::vector<std::size_t> order;
  auto caller = std::this_thread::get_id();
  auto body = [&](std::size_t i) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    order.push_back(i);
  };
  e->for_each(4, 8, index_function{body});
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3}));
}

TEST(inline_executor, costs_for_ever_to_hand_work_to) {
  auto e = make_inline_executor();
  EXPECT_TRUE(std::isinf(measure_handoff_ns(*e)));
}

TEST(thread_executor, uses_no_more_threads_than_it_is_told) {
  auto e = make_thread_executor(4);
  EXPECT_EQ(e->concurrency(), 4u);
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  auto body = [&](std::size_t) {
    int now = inside.fetch_add(1) + 1;
    for (int seen = most.load(); now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    std::this_thread::yield();
    inside.fetch_sub(1);
  };
  for (int round = 0; round < 100; ++round)
    e->for_each(20, 2, index_function{body});
  EXPECT_LE(most.load(), 2);
}

TEST(thread_executor, measures_a_finite_handoff) {
  auto e = make_thread_executor(2);
  double ns = measure_handoff_ns(*e);
  EXPECT_GT(ns, 0);
  EXPECT_TRUE(std::isfinite(ns));
}

} // namespace
} // namespace tessera
