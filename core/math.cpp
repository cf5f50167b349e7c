// Every expression here has one order of evaluation. Before changing one, know that it changes the
// hash of every world that calls it; the golden hash in tests/core/math_test.cpp then fails.
#include "core/math.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

namespace tessera::math {

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float quiet_nan = std::bit_cast<float>(0x7FC00000u);
constexpr double half_pi = 0x1.921fb54442d18p+0;

constexpr bool is_nan(float x) {
  return x != x;
}
constexpr float magnitude(float x) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) & 0x7FFFFFFFu);
}
constexpr bool is_negative(float x) {
  return std::bit_cast<std::uint32_t>(x) >> 31 != 0;
}
constexpr float with_sign(float size, bool negative) {
  return negative ? -size : size;
}

/// Rounds once; a value that rounds beyond the largest float is infinity without undefined
/// behaviour.
float to_float(double x) {
  constexpr double too_large = 0x1.ffffffp+127; // half an ulp above the largest float
  if (x >= too_large)
    return infinity;
  if (x <= -too_large)
    return -infinity;
  return static_cast<float>(x);
}

/// Nearest integer of |x| < 2^51: adding 1.5 * 2^52 leaves no bits for a fraction.
double nearest(double x) {
  constexpr double shifter = 0x1.8p+52;
  return (x + shifter) - shifter;
}

/// c[0] + c[1] x + c[2] x^2 ..., by Horner's rule.
template <std::size_t n>
double polynomial(double x, const std::array<double, n>& c) {
  double sum = c[n - 1];
  for (std::size_t i = n - 1; i-- > 0;)
    sum = sum * x + c[i];
  return sum;
}

/// angle = quadrant * pi/2 + rest, |rest| <= pi/4 and a rounding error.
struct reduced_angle {
  double rest;
  unsigned quadrant; ///< modulo 4
};

/// Cody and Waite: pi/2 in two parts, of which the first has 27 bits, so that its product with a
/// quadrant below 2^26 is exact, and so is the first difference.
reduced_angle reduce_medium(float x) {
  constexpr double two_over_pi = 0x1.45f306dc9c883p-1;
  constexpr double half_pi_high = 0x1.921fb54p+0;
  constexpr double half_pi_low = 0x1.10b4611a62633p-30;
  const double wide = x;
  const double n = nearest(wide * two_over_pi);
  const double rest = (wide - n * half_pi_high) - n * half_pi_low;
  return {rest, static_cast<unsigned>(static_cast<std::int32_t>(n)) & 3u};
}

/// Payne and Hanek in integers: x = m 2^e; of 2/pi only the 128 bits matter that, times 2^e, weigh
/// at most 2. Their product with m, modulo 4, has 2 bits of quadrant and 126 of fraction. The error
/// is below 2^-62 where no float's fraction is below 2^-30.
reduced_angle reduce_large(float x) {
  static constexpr std::array<std::uint64_t, 4> two_over_pi = {
    0xA2F9836E4E441529ull, 0xFC2757D1F534DDC0ull, 0xDB6295993C439041ull, 0xFE5163ABDEBBC561ull};
  __extension__ using wide = unsigned __int128;
  __extension__ using signed_wide = __int128;
  const auto bits = std::bit_cast<std::uint32_t>(magnitude(x));
  const unsigned first = (bits >> 23) - 152; // e - 2, at least 1 from 2^26 on, at most 102
  const std::uint32_t m = (bits & 0x7FFFFFu) | 0x800000u;
  const unsigned word = first / 64;
  const unsigned shift = first % 64;
  wide window = static_cast<wide>(two_over_pi[word]) << 64 | two_over_pi[word + 1];
  if (shift != 0)
    window = window << shift | two_over_pi[word + 2] >> (64 - shift);
  const wide product = window * m;
  const auto quadrant = static_cast<unsigned>((product + (static_cast<wide>(1) << 125)) >> 126);
  const auto fraction = static_cast<signed_wide>(product - (static_cast<wide>(quadrant) << 126));
  const auto top = static_cast<std::int64_t>(fraction >> 64);
  const double rest = static_cast<double>(top) * (half_pi * 0x1p-62);
  return is_negative(x) ? reduced_angle{-rest, (4u - quadrant) & 3u}
                        : reduced_angle{rest, quadrant & 3u};
}

reduced_angle reduce(float x) {
  constexpr float quarter_pi = 0.785398163f;
  const float size = magnitude(x);
  if (size <= quarter_pi) // keeps the sign of -0 too
    return {x, 0};
  return size < 0x1p+26f ? reduce_medium(x) : reduce_large(x);
}

/// Taylor; the first term left out is below 1e-11 of the value on |x| <= pi/4.
double sine_kernel(double x) {
  static constexpr std::array c = {-1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800};
  const double square = x * x;
  return x + x * square * polynomial(square, c);
}

/// Taylor; the first term left out is below 6e-13 of the value on |x| <= pi/4.
double cosine_kernel(double x) {
  static constexpr std::array c = {1.0,         -1.0 / 2,       1.0 / 24,       -1.0 / 720,
                                   1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600};
  return polynomial(x * x, c);
}

double sine_of(reduced_angle a) {
  const double size = (a.quadrant & 1u) != 0 ? cosine_kernel(a.rest) : sine_kernel(a.rest);
  return (a.quadrant & 2u) != 0 ? -size : size;
}

double cosine_of(reduced_angle a) {
  const double size = (a.quadrant & 1u) != 0 ? sine_kernel(a.rest) : cosine_kernel(a.rest);
  return ((a.quadrant + 1u) & 2u) != 0 ? -size : size;
}

/// atan on [0, 1]: above tan(pi/8) by atan(t) = pi/4 + atan((t - 1)/(t + 1)). The polynomial in t^2
/// interpolates atan(t)/t at Chebyshev nodes on |t| <= tan(pi/8); relative error 3e-14.
double arc_tangent_kernel(double t) {
  constexpr double tan_eighth_pi = 0x1.a827999fcef32p-2;
  static constexpr std::array c = {
    0x1.fffffffffff05p-1,  -0x1.55555554e209bp-2, 0x1.9999990d99427p-3,
    -0x1.24922845bc252p-3, 0x1.c714aae79d94dp-4,  -0x1.73d7a6c7e77c4p-4,
    0x1.35bf0864928bbp-4,  -0x1.e0c1d80510789p-5, 0x1.f4e1a2609ec90p-6};
  if (t <= tan_eighth_pi)
    return t * polynomial(t * t, c);
  const double u = (t - 1) / (t + 1);
  return half_pi * 0.5 + u * polynomial(u * u, c);
}

/// Angle of (x, y) in [0, pi/2] for x, y >= 0 that are neither both zero nor both infinite.
double first_quadrant_angle(double y, double x) {
  return y <= x ? arc_tangent_kernel(y / x) : half_pi - arc_tangent_kernel(x / y);
}

/// e^x for |x| < 700: x = k ln 2 + r, |r| <= ln(2)/2; Taylor of e^r leaves out less than 7e-12.
double exponential(double x) {
  constexpr double log2_e = 0x1.71547652b82fep+0;
  constexpr double ln_2_high = 0x1.62e42fefa2p-1; // 40 bits: exact times any k here
  constexpr double ln_2_low = 0x1.9ef35793c7673p-41;
  static constexpr std::array c = {1.0,       1.0,       1.0 / 2,    1.0 / 6,     1.0 / 24,
                                   1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880};
  const double k = nearest(x * log2_e);
  const double r = (x - k * ln_2_high) - k * ln_2_low;
  const auto biased = static_cast<std::uint64_t>(static_cast<std::int64_t>(k) + 1023);
  return polynomial(r, c) * std::bit_cast<double>(biased << 52);
}

/// ln x for normal x > 0: x = 2^e m with m in [sqrt(1/2), sqrt(2)); ln m = 2 artanh((m - 1)/(m +
/// 1)), whose series leaves out less than 2e-15 of the value.
double logarithm(double x) {
  constexpr double ln_2 = 0x1.62e42fefa39efp-1;
  constexpr std::uint64_t sqrt_half_bits = 0x3FE6A09E667F3BCDull;
  static constexpr std::array c = {2.0,      2.0 / 3,  2.0 / 5,  2.0 / 7, 2.0 / 9,
                                   2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17};
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const auto e = static_cast<std::int64_t>(bits - sqrt_half_bits) >> 52;
  const double m = std::bit_cast<double>(bits - (static_cast<std::uint64_t>(e) << 52));
  const double s = (m - 1) / (m + 1);
  return static_cast<double>(e) * ln_2 + s * polynomial(s * s, c);
}

enum class whole { no, even, odd };

/// What kind of integer a finite float is.
whole wholeness(float x) {
  const float size = magnitude(x);
  if (size >= 0x1p+24f)
    return whole::even;
  const auto truncated = static_cast<std::int32_t>(size);
  if (static_cast<float>(truncated) != size)
    return whole::no;
  return (truncated & 1) != 0 ? whole::odd : whole::even;
}

} // namespace

float sin(float angle_rad) {
  if (!(magnitude(angle_rad) < infinity))
    return quiet_nan;
  return to_float(sine_of(reduce(angle_rad)));
}

float cos(float angle_rad) {
  if (!(magnitude(angle_rad) < infinity))
    return quiet_nan;
  return to_float(cosine_of(reduce(angle_rad)));
}

sine_cosine sincos(float angle_rad) {
  if (!(magnitude(angle_rad) < infinity))
    return {quiet_nan, quiet_nan};
  const auto reduced = reduce(angle_rad);
  return {to_float(sine_of(reduced)), to_float(cosine_of(reduced))};
}

float tan(float angle_rad) {
  if (!(magnitude(angle_rad) < infinity))
    return quiet_nan;
  const auto reduced = reduce(angle_rad);
  return to_float(sine_of(reduced) / cosine_of(reduced));
}

float atan(float ratio) {
  if (is_nan(ratio))
    return quiet_nan;
  const float size = magnitude(ratio);
  const double angle = size == infinity ? half_pi : first_quadrant_angle(size, 1.0);
  return with_sign(to_float(angle), is_negative(ratio));
}

float atan2(float y, float x) {
  if (is_nan(y) || is_nan(x))
    return quiet_nan;
  const float height = magnitude(y);
  const float width = magnitude(x);
  double angle = 0;
  if (height == infinity && width == infinity)
    angle = half_pi * 0.5;
  else if (height != 0 || width != 0)
    angle = first_quadrant_angle(height, width);
  if (is_negative(x))
    angle = 2 * half_pi - angle;
  return with_sign(to_float(angle), is_negative(y));
}

float exp(float exponent) {
  if (is_nan(exponent))
    return quiet_nan;
  if (exponent > 89)
    return infinity;
  if (exponent < -104)
    return 0;
  return to_float(exponential(exponent));
}

float log(float value) {
  if (value == 0)
    return -infinity;
  if (is_nan(value) || value < 0)
    return quiet_nan;
  if (value == infinity)
    return infinity;
  return to_float(logarithm(value));
}

float pow(float base, float exponent) {
  if (exponent == 0 || base == 1)
    return 1;
  if (is_nan(base) || is_nan(exponent))
    return quiet_nan;
  const float size = magnitude(base);
  if (magnitude(exponent) == infinity) {
    if (size == 1)
      return 1;
    return (size > 1) == (exponent > 0) ? infinity : 0.0f;
  }
  const whole kind = wholeness(exponent);
  const bool negative = is_negative(base) && kind == whole::odd;
  if (size == 0 || size == infinity)
    return with_sign((size == 0) == (exponent > 0) ? 0.0f : infinity, negative);
  if (base < 0 && kind == whole::no)
    return quiet_nan;
  const double t = static_cast<double>(exponent) * logarithm(size);
  if (t > 89)
    return with_sign(infinity, negative);
  if (t < -104)
    return with_sign(0, negative);
  return with_sign(to_float(exponential(t)), negative);
}

} // namespace tessera::math
