// The reference is libm in double: its error is far below an ulp of float, and tests may call it.
#include "core/math.hpp"

#include "core/hash.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace tessera {
namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();
constexpr float least = std::numeric_limits<float>::denorm_min();
constexpr float greatest = std::numeric_limits<float>::max();

std::uint32_t bits(float x) {
  return std::bit_cast<std::uint32_t>(x);
}

/// |got - expected| in units of the float spacing at `expected`, which is bounded below by
/// subnormals.
double ulps(float got, double expected) {
  if (std::isnan(expected))
    return bits(got) == 0x7FC00000u ? 0 : 1e30;
  const auto rounded = static_cast<float>(expected);
  if (std::isinf(rounded) || std::isinf(got))
    return bits(got) == bits(rounded) ? 0 : 1e30;
  if (rounded == 0 && got == 0)
    return bits(got) == bits(rounded) ? 0 : 1e30; // the sign of zero counts
  int exponent = 0;
  std::frexp(expected, &exponent);
  return std::abs(static_cast<double>(got) - expected) /
         std::ldexp(1.0, std::max(exponent - 24, -149));
}

/// All floats' bit patterns in even steps, so that every exponent and sign is met, NaNs included.
template <class F>
void for_dense_floats(std::uint32_t step, F&& visit) {
  for (std::uint64_t pattern = 0; pattern <= 0xFFFFFFFFull; pattern += step)
    visit(std::bit_cast<float>(static_cast<std::uint32_t>(pattern)));
}

template <class Mine, class Reference>
void expect_accurate(const char* name, Mine&& mine, Reference&& reference) {
  double worst = 0;
  float where = 0;
  auto check = [&](float x) {
    const double off = ulps(mine(x), reference(static_cast<double>(x)));
    if (off > worst) {
      worst = off;
      where = x;
    }
  };
  for_dense_floats(4099, check);
  for (int i = -400000; i <= 400000; ++i)
    check(static_cast<float>(i) * 0.00025f); // the range that games use
  EXPECT_LE(worst, 0.51) << name << "(" << where << ")";
}

TEST(math, functions_of_one_argument_are_within_half_an_ulp_and_a_hair_of_the_true_value) {
  expect_accurate("sin", math::sin, [](double x) { return std::sin(x); });
  expect_accurate("cos", math::cos, [](double x) { return std::cos(x); });
  expect_accurate("tan", math::tan, [](double x) { return std::tan(x); });
  expect_accurate("atan", math::atan, [](double x) { return std::atan(x); });
  expect_accurate("exp", math::exp, [](double x) { return std::exp(x); });
  expect_accurate("log", math::log, [](double x) { return std::log(x); });
}

TEST(math, sine_survives_angles_closest_to_a_multiple_of_half_a_pi) {
  // The quadrants' borders in float, and the worst case of single precision: 16367173 * 2^72, whose
  // distance from a multiple of pi/2 is 1.6e-9.
  auto check = [](float x) {
    EXPECT_LE(ulps(math::sin(x), std::sin(static_cast<double>(x))), 0.51) << x;
    EXPECT_LE(ulps(math::cos(x), std::cos(static_cast<double>(x))), 0.51) << x;
    EXPECT_LE(ulps(math::tan(x), std::tan(static_cast<double>(x))), 0.51) << x;
  };
  for (int i = 1; i < 200000; ++i) {
    const auto border = static_cast<float>(i * 0.78539816339744830962);
    for (float x : {std::nextafter(border, 0.0f), border, std::nextafter(border, inf)})
      check(x);
  }
  check(std::ldexp(16367173.0f, 72));
  check(-std::ldexp(16367173.0f, 72));
  for (float x : {0x1p+26f, std::nextafter(0x1p+26f, 0.0f), greatest, -greatest})
    check(x);
}

TEST(math, sincos_is_sin_and_cos) {
  for_dense_floats(65537, [](float x) {
    const auto both = math::sincos(x);
    ASSERT_EQ(bits(both.sine), bits(math::sin(x))) << x;
    ASSERT_EQ(bits(both.cosine), bits(math::cos(x))) << x;
  });
}

template <class Mine, class Reference>
void expect_accurate_pairs(Mine&& mine, Reference&& reference, std::uint32_t step) {
  double worst = 0;
  std::string where;
  auto check = [&](float a, float b) {
    const double off = ulps(mine(a, b), reference(static_cast<double>(a), static_cast<double>(b)));
    if (off > worst) {
      worst = off;
      where = std::to_string(a) + ", " + std::to_string(b);
    }
  };
  for (std::uint64_t i = 0; i <= 0xFFFFFFFFull; i += step) {
    const auto word = static_cast<std::uint32_t>(i);
    check(std::bit_cast<float>(word), std::bit_cast<float>(word * 2654435761u));
    check(static_cast<float>(word % 100003u) * 0.001f,
          static_cast<float>(word % 9973u) * 0.01f - 50);
  }
  for (float a : {0.0f, -0.0f, 1.0f, -1.0f, 0.5f, -2.0f, 3.0f, inf, -inf, nan_value, least, -least,
                  greatest, -greatest})
    for (float b : {0.0f, -0.0f, 1.0f, -1.0f, 0.5f, -2.0f, 3.0f, inf, -inf, nan_value, least,
                    -least, greatest, -greatest, 16777215.0f, -16777217.0f})
      check(a, b);
  EXPECT_LE(worst, 0.51) << where;
}

TEST(math, functions_of_two_arguments_are_accurate_and_treat_zeros_and_infinities_as_annex_f_says) {
  expect_accurate_pairs(
    math::atan2, [](double a, double b) { return std::atan2(a, b); }, 2053);
  expect_accurate_pairs(
    math::pow, [](double a, double b) { return std::pow(a, b); }, 2053);
}

TEST(math, whole_powers_that_a_float_can_hold_are_exact) {
  EXPECT_EQ(math::pow(2, 10), 1024.0f);
  EXPECT_EQ(math::pow(10, 9), 1e9f);
  EXPECT_EQ(math::pow(-3, 3), -27.0f);
  EXPECT_EQ(math::pow(2, -149), least);
  EXPECT_EQ(math::pow(0.25f, 0.5f), 0.5f);
  EXPECT_EQ(math::exp(0), 1.0f);
  EXPECT_EQ(math::log(1), 0.0f);
}

TEST(math, every_nan_that_comes_out_is_the_same) {
  const float odd_nan = std::bit_cast<float>(0xFFC12345u);
  for (float got : {math::sin(odd_nan), math::sin(inf), math::cos(odd_nan), math::tan(-inf),
                    math::atan(odd_nan), math::atan2(odd_nan, 1), math::atan2(1, odd_nan),
                    math::exp(odd_nan), math::log(odd_nan), math::log(-1), math::pow(odd_nan, 1),
                    math::pow(2, odd_nan), math::pow(-2, 0.5f)})
    EXPECT_EQ(bits(got), 0x7FC00000u);
}

/// One million results over all exponents and over the range that games use.
std::uint64_t golden_hash() {
  std::uint64_t hash = 0;
  std::uint32_t word = 12345;
  auto mix = [&](float x) { hash = hash_combine(hash, bits(x)); };
  for (int i = 0; i < 50000; ++i) {
    word = word * 1664525u + 1013904223u;
    const auto any = std::bit_cast<float>(word);
    const float near = static_cast<float>(word >> 8) * 0x1p-20f - 8;
    const float other = static_cast<float>(i) * 0.001f - 20;
    const float size = near < 0 ? -near : near;
    for (float x : {any, near}) {
      mix(math::sin(x));
      mix(math::cos(x));
      mix(math::tan(x));
      mix(math::atan(x));
      mix(math::exp(x));
      mix(math::log(x));
      mix(math::sqrt(x < 0 ? -x : x));
    }
    mix(math::atan2(near, other));
    mix(math::atan2(other, any));
    mix(math::pow(size, other));
    mix(math::pow(any, other));
    mix(math::log(size));
    mix(math::pow(near, static_cast<float>(i % 33 - 16)));
  }
  return hash;
}

TEST(math, a_million_results_have_the_same_bits_in_every_build) {
  EXPECT_EQ(golden_hash(), 0x6d66109b62045bd3ull);
}

} // namespace
} // namespace tessera
