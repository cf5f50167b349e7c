#include "core/fp_environment.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>

namespace tessera {
namespace {

constexpr unsigned flush_to_zero = 0x8000;
constexpr unsigned denormals_are_zero = 0x0040;
constexpr unsigned round_up = 0x4000;
constexpr unsigned overflow_seen = 0x0008;

/// Not inlined, so that the arithmetic happens where it is called.
[[gnu::noinline]] float halve(float x) {
  volatile float value = x;
  return value * 0.5f;
}

[[gnu::noinline]] float third() {
  volatile float one = 1;
  volatile float three = 3;
  return one / three;
}

class fp_environment : public testing::Test {
protected:
  void TearDown() override { _mm_setcsr(found_); }
  unsigned found_ = _mm_getcsr();
};

TEST_F(fp_environment, a_guard_keeps_subnormals_and_rounds_to_nearest_whatever_was_set) {
  _mm_setcsr(fp_environment_guard::world_control | flush_to_zero | denormals_are_zero | round_up);
  EXPECT_EQ(halve(0x1p-126f), 0.0f) << "the test's own set-up: subnormals are flushed";
  EXPECT_EQ(std::bit_cast<std::uint32_t>(third()), 0x3EAAAAABu);
  {
    fp_environment_guard guard;
    EXPECT_EQ(std::bit_cast<std::uint32_t>(halve(0x1p-126f)), 0x00400000u);
    EXPECT_EQ(std::bit_cast<std::uint32_t>(halve(0x1p-148f)), 0x00000001u);
    EXPECT_EQ(std::bit_cast<std::uint32_t>(third()), 0x3EAAAAABu);
  }
}

TEST_F(fp_environment, rounding_mode_is_reset_to_nearest) {
  _mm_setcsr(fp_environment_guard::world_control | 0x6000); // toward zero
  EXPECT_EQ(std::bit_cast<std::uint32_t>(third()), 0x3EAAAAAAu);
  fp_environment_guard guard;
  EXPECT_EQ(std::bit_cast<std::uint32_t>(third()), 0x3EAAAAABu);
}

TEST_F(fp_environment, a_guard_restores_what_it_found_even_when_the_work_changed_it) {
  const unsigned before =
    fp_environment_guard::world_control | flush_to_zero | round_up | overflow_seen;
  _mm_setcsr(before);
  {
    fp_environment_guard outer;
    _mm_setcsr(_mm_getcsr() | denormals_are_zero); // a library that misbehaves
    {
      fp_environment_guard inner;
      EXPECT_EQ(_mm_getcsr(), fp_environment_guard::world_control);
    }
    EXPECT_EQ(_mm_getcsr(), fp_environment_guard::world_control | denormals_are_zero);
  }
  EXPECT_EQ(_mm_getcsr(), before);
}

} // namespace
} // namespace tessera
