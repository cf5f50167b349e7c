#include "apps/duration_histogram.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

namespace tessera {
namespace {

TEST(duration_histogram, none_is_zero) {
  auto none = std::make_unique<duration_histogram>();
  EXPECT_EQ(none->percentile_ms(0.5), 0);
  EXPECT_EQ(none->longest_ms(), 0);
}

RC_GTEST_PROP(duration_histogram, percentiles_are_within_one_percent, ()) {
  auto values = *rc::gen::nonEmpty<std::vector<std::uint64_t>>();
  // Durations of all sizes, from one nanosecond to days.
  for (auto& v : values)
    v = (v >> (v % 64)) & ((std::uint64_t{1} << 48) - 1);
  auto all = std::make_unique<duration_histogram>();
  for (auto v : values)
    all->add(v);
  std::sort(values.begin(), values.end());
  for (double share : {0.0, 0.5, 0.99, 1.0}) {
    auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
    double truth = static_cast<double>(values[rank]) * 1e-6;
    RC_ASSERT(std::abs(all->percentile_ms(share) - truth) <= truth * 0.01);
  }
  RC_ASSERT(all->longest_ms() == static_cast<double>(values.back()) * 1e-6);
}

} // namespace
} // namespace tessera
