// Transcendental functions that give the same bits on every machine, with every compiler and at
// every optimization level, because they are IEEE additions, multiplications and divisions in one
// written order and nothing else: no call into libm, no fused multiply-add, no table that a build
// could differ in. glibc picks other code on processors with FMA, and compilers fold libm calls
// with their own arithmetic; a world hash survives neither.
//
// Always true:
// - A result is within 0.51 ulp of the true value (2 ulp are promised): the work is done in double,
//   with relative errors below 1e-10, and rounded to float once. Results may be subnormal.
// - Any NaN that comes out is the one quiet NaN 0x7FC00000: payloads differ between compilers.
// - Special cases (zeros and their signs, infinities, subnormals) are those of C17, Annex F.
//
// Needs round-to-nearest and subnormals on, as fp_environment_guard sets them, and a build with
// -ffp-contract=off. Pure functions: any thread may call them.
#pragma once

#include <cfloat>
#include <cmath>
#include <immintrin.h>

static_assert(FLT_EVAL_METHOD == 0, "float arithmetic must not carry extra precision");
#ifdef __FAST_MATH__
#error "Tessera must be built without -ffast-math: it reorders arithmetic"
#endif

namespace tessera::math {

inline constexpr float pi = 3.14159265358979323846f;

struct sine_cosine {
  float sine = 0;
  float cosine = 0;
};

/// Sine of an angle in radians, of any size; NaN for infinities.
[[nodiscard]] float sin(float angle_rad);
/// Cosine of an angle in radians, of any size; NaN for infinities.
[[nodiscard]] float cos(float angle_rad);
/// Both for little more than the price of one; equal to sin and cos bit for bit.
[[nodiscard]] sine_cosine sincos(float angle_rad);
/// Tangent of an angle in radians, of any size; NaN for infinities.
[[nodiscard]] float tan(float angle_rad);
/// Angle in radians, -pi/2 to pi/2.
[[nodiscard]] float atan(float ratio);
/// Angle of the vector (x, y) from the x axis in radians, -pi to pi; atan2(0, 0) is 0.
[[nodiscard]] float atan2(float y, float x);
/// e to the power `exponent`; infinity above 88.72, 0 below -103.98.
[[nodiscard]] float exp(float exponent);
/// Natural logarithm; -infinity for 0, NaN below.
[[nodiscard]] float log(float value);
/// `base` to the power `exponent`; NaN for a negative base with a fraction in the exponent.
[[nodiscard]] float pow(float base, float exponent);

/// The larger of two numbers, `b` if either is NaN. Never a branch, which is what it is for: compilers
/// turn the usual comparison into one where they can precompute a side.
[[nodiscard]] inline float max_without_branch(float a, float b) {
  return _mm_cvtss_f32(_mm_max_ss(_mm_set_ss(a), _mm_set_ss(b)));
}

/// IEEE square root: correctly rounded by the processor, hence the same everywhere.
[[nodiscard]] inline float sqrt(float value) {
  return std::sqrt(value);
}

} // namespace tessera::math
