#include "render/enlarging.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace tessera {
namespace {

struct size {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

std::vector<std::uint8_t> noise(size of) {
  std::vector<std::uint8_t> out;
  std::uint32_t state = 7;
  for (std::size_t i = 0; i < std::size_t{4} * of.width * of.height; ++i) {
    state = state * 1664525 + 1013904223;
    out.push_back(static_cast<std::uint8_t>(state >> 24));
  }
  return out;
}

mapped_pixels pixels(std::vector<std::uint8_t>& bytes, size of) {
  return {bytes.data(), std::size_t{4} * of.width, of.width, of.height};
}

std::vector<std::uint8_t> enlarged(std::vector<std::uint8_t> from, size from_size, size to_size) {
  std::vector<std::uint8_t> out(std::size_t{4} * to_size.width * to_size.height);
  picture_enlarger by;
  by.enlarge(pixels(from, from_size), pixels(out, to_size));
  return out;
}

/// In plain numbers.
double exact(const std::vector<std::uint8_t>& from, size of, double x, double y,
             std::size_t channel) {
  x = std::clamp(x, 0.0, of.width - 1.0);
  y = std::clamp(y, 0.0, of.height - 1.0);
  auto at = [&](double column, double row) {
    const auto i = static_cast<std::size_t>(std::min(row, of.height - 1.0)) * of.width +
                   static_cast<std::size_t>(std::min(column, of.width - 1.0));
    return static_cast<double>(from[i * 4 + channel]);
  };
  const double left = std::floor(x), top = std::floor(y);
  const double right = x - left, low = y - top;
  return (at(left, top) * (1 - right) + at(left + 1, top) * right) * (1 - low) +
         (at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right) * low;
}

TEST(picture_enlarger, mixes_the_four_pixels_around_each_place) {
  for (const auto& [from_size, to_size] : {std::pair<size, size>{{45, 26}, {128, 72}},
                                           {{1, 1}, {5, 3}},
                                           {{2, 3}, {64, 64}},
                                           {{31, 1}, {33, 40}}}) {
    const auto from = noise(from_size);
    const auto out = enlarged(from, from_size, to_size);
    for (std::uint32_t y = 0; y < to_size.height; ++y)
      for (std::uint32_t x = 0; x < to_size.width; ++x)
        for (std::size_t channel = 0; channel < 4; ++channel)
          ASSERT_NEAR(out[(std::size_t{y} * to_size.width + x) * 4 + channel],
                      exact(from, from_size, (x + 0.5) * from_size.width / to_size.width - 0.5,
                            (y + 0.5) * from_size.height / to_size.height - 0.5, channel),
                      2)
            << x << " " << y;
  }
}

TEST(picture_enlarger, leaves_a_picture_of_that_size_as_it_is) {
  const auto from = noise({17, 9});
  EXPECT_EQ(enlarged(from, {17, 9}, {17, 9}), from);
}

TEST(picture_enlarger, takes_other_sizes_after_one) {
  picture_enlarger by;
  std::vector<std::uint8_t> out(4 * 8 * 8);
  auto first = noise({4, 4});
  by.enlarge(pixels(first, {4, 4}), pixels(out, {8, 8}));
  auto second = noise({3, 5});
  by.enlarge(pixels(second, {3, 5}), pixels(out, {8, 8}));
  EXPECT_EQ(out, enlarged(second, {3, 5}, {8, 8}));
}

} // namespace
} // namespace tessera
