#include "apps/tick_times.hpp"

#include <gtest/gtest.h>

namespace tessera {
namespace {

TEST(tick_times, a_tick_has_its_own_time_or_none) {
  tick_times times;
  EXPECT_FALSE(times.busy_ms(0));
  EXPECT_FALSE(times.busy_ms(7));
  times.add(7, 4'125'999);
  EXPECT_EQ(times.busy_ms(7), 4.125);
  EXPECT_FALSE(times.busy_ms(7 + tick_times::kept)) << "not there yet";
  times.add(7 + tick_times::kept, 1'000'000);
  EXPECT_FALSE(times.busy_ms(7)) << "too old";
  EXPECT_EQ(times.busy_ms(7 + tick_times::kept), 1);
  times.add(9, ~std::uint64_t{0});
  EXPECT_EQ(times.busy_ms(9), 4294967.295) << "an hour and more is enough";
}

} // namespace
} // namespace tessera
