#include "apps/frame_budget.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace tessera {
namespace {

constexpr auto drawing = static_cast<std::size_t>(frame_part::drawing);
constexpr auto taking = static_cast<std::size_t>(frame_part::taking);

/// Everything on target, but for one part.
frame_budget::times times_with(std::size_t part, double ms) {
  frame_budget::times out{};
  for (std::size_t p = 0; p < out.size(); ++p)
    out[p] = frame_budget::parts[p].target_ms;
  out[part] = ms;
  return out;
}

TEST(frame_budget, targets_add_up_to_a_frame) {
  double all = 0;
  for (const auto& part : frame_budget::parts) {
    EXPECT_GT(part.critical_ms, part.target_ms) << part.name;
    all += part.target_ms;
  }
  EXPECT_LE(all, frame_budget::frame_ms);
  EXPECT_GT(all, frame_budget::frame_ms * 0.95);
}

TEST(frame_budget, a_part_above_its_target_is_no_warning_and_above_its_critical_time_it_is_one) {
  frame_budget budget;
  EXPECT_FALSE(budget.add(times_with(drawing, 60), 0));
  const auto warning = budget.add(times_with(drawing, 70.25), 0.1);
  ASSERT_TRUE(warning);
  for (const char* word : {"drawing", "70.2 ms", "budget is 20.0", "66"})
    EXPECT_NE(warning->find(word), std::string::npos) << word << " in " << *warning;
  EXPECT_EQ(budget.warning(), *warning);
}

TEST(frame_budget, the_warning_names_the_part_that_is_furthest_over) {
  frame_budget budget;
  auto ms = times_with(drawing, 70);
  ms[taking] = 40;
  EXPECT_NE(budget.add(ms, 0)->find("taking the tick"), std::string::npos);
}

TEST(frame_budget, of_an_hour_of_bad_frames_few_are_told_and_never_two_within_a_second) {
  frame_budget budget;
  std::vector<double> told;
  for (int i = 0; i < 3600 * 60; ++i) {
    const double now_s = i / 60.0;
    if (budget.add(times_with(drawing, 100), now_s))
      told.push_back(now_s);
  }
  ASSERT_GT(told.size(), 50u) << "at least one a minute";
  EXPECT_LT(told.size(), 80u);
  EXPECT_EQ(told.front(), 0);
  for (std::size_t i = 1; i < told.size(); ++i) {
    EXPECT_GE(told[i] - told[i - 1], frame_budget::least_wait_s);
    EXPECT_LE(told[i] - told[i - 1], frame_budget::most_wait_s + 0.1);
  }
  EXPECT_NE(budget.warning().find("3600 such frames"), std::string::npos) << budget.warning();
}

TEST(frame_budget, after_a_good_while_the_next_bad_frames_are_told_of_as_at_first) {
  frame_budget budget;
  for (int i = 0; i < 600 * 10; ++i)
    budget.add(times_with(drawing, 100), i / 10.0);
  for (int i = 0; i < 200 * 10; ++i)
    EXPECT_FALSE(budget.add(times_with(drawing, 20), 600 + i / 10.0));
  int told = 0;
  for (int i = 0; i < 4 * 10; ++i)
    told += budget.add(times_with(drawing, 100), 800 + i / 10.0) ? 1 : 0;
  EXPECT_EQ(told, 3) << "at once, after 1 s and after 2 s more";
}

TEST(frame_budget, each_part_has_a_line_that_says_where_it_is_over) {
  frame_budget budget;
  budget.add(times_with(drawing, 30), 0);
  const auto lines = budget.lines();
  ASSERT_EQ(lines.size(), frame_budget::part_count);
  EXPECT_TRUE(lines[drawing].ends_with("of 20.0 ms  over")) << lines[drawing];
  EXPECT_TRUE(lines[taking].ends_with("of  3.0 ms")) << lines[taking];
}

TEST(frame_stopwatch, time_goes_to_the_part_that_ended) {
  frame_stopwatch watch;
  watch.end(frame_part::drawing);
  watch.move(frame_part::drawing, frame_part::showing, 2);
  EXPECT_EQ(watch.ms()[static_cast<std::size_t>(frame_part::showing)], 2);
  EXPECT_LT(watch.ms()[drawing], 1000);
  EXPECT_EQ(watch.ms()[taking], 0);
}

} // namespace
} // namespace tessera
