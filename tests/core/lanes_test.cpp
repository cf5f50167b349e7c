// Lanes: one meaning on every machine; a sum is always the same tree.
#include "core/lanes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace tessera {
namespace {

float by_the_tree(const std::array<float, 8>& l) {
  volatile float a = l[0] + l[4];
  volatile float b = l[2] + l[6];
  volatile float c = l[1] + l[5];
  volatile float d = l[3] + l[7];
  volatile float left = a + b;
  volatile float right = c + d;
  return left + right;
}

TEST(lanes, sum_by_the_fixed_tree) {
  std::mt19937 random{1};
  std::uniform_real_distribution<float> magnitude{-30, 30};
  int differs_from_left_to_right = 0;
  for (int round = 0; round < 2000; ++round) {
    std::array<float, 8> values;
    for (float& v : values)
      v = std::ldexp(magnitude(random), static_cast<int>(magnitude(random)));
    float expected = by_the_tree(values);
    float found = sum_lanes(load_lanes(values.data()));
    ASSERT_EQ(std::bit_cast<std::uint32_t>(found), std::bit_cast<std::uint32_t>(expected));
    volatile float in_line = 0;
    for (float v : values)
      in_line = in_line + v;
    differs_from_left_to_right += in_line != expected ? 1 : 0;
  }
  EXPECT_GT(differs_from_left_to_right, 100) << "the order does show, so the test can fail";
}

TEST(lanes, sum_each_lane_exactly_once) {
  for (std::size_t lane = 0; lane < lane_count; ++lane) {
    std::array<float, 8> values{};
    values[lane] = static_cast<float>(lane) + 1;
    EXPECT_EQ(sum_lanes(load_lanes(values.data())), static_cast<float>(lane) + 1);
  }
}

TEST(lanes, load_and_store_need_no_alignment) {
  std::array<float, 24> memory{};
  for (std::size_t offset = 0; offset < 16; ++offset) {
    for (std::size_t i = 0; i < 24; ++i)
      memory[i] = static_cast<float>(i);
    lanes v = load_lanes(memory.data() + offset);
    for (std::size_t i = 0; i < 8; ++i)
      EXPECT_EQ(v[i], static_cast<float>(offset + i));
    store_lanes(memory.data() + 16 - offset, v);
    EXPECT_EQ(memory[16 - offset + 7], static_cast<float>(offset + 7));
  }
}

TEST(lanes, keep_gives_plus_zero_where_the_mask_is_zero) {
  lanes v = splat(-1);
  lane_ints mask = splat_int(0);
  mask[2] = -1;
  lanes kept = keep(mask, v);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(kept[i], i == 2 ? -1.0F : 0.0F);
    EXPECT_EQ(std::signbit(kept[i]), i == 2);
  }
  float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(sum_lanes(keep(splat_int(0), splat(nan))), 0) << "not by multiplying";
}

TEST(lanes, keep_keeps_every_bit_where_the_mask_is_ones) {
  for (float value : {-0.0F, 1e-40F, std::numeric_limits<float>::infinity()}) {
    lanes kept = keep(splat_int(-1), splat(value));
    float lane = kept[5];
    EXPECT_EQ(std::bit_cast<std::uint32_t>(lane), std::bit_cast<std::uint32_t>(value));
  }
}

} // namespace
} // namespace tessera
