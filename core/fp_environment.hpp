// The floating-point environment that the world's arithmetic assumes: round to nearest, subnormals
// kept (no flush to zero, no denormals-are-zero), exceptions masked. It is a property of the
// thread, and libraries change it behind one's back, so whoever runs a task of the world holds a
// guard.
#pragma once

#include <xmmintrin.h>

namespace tessera {

/// Sets the environment for its lifetime and puts back what it found, sticky flags included.
/// Belongs to one thread, on the stack. Work it protects belongs in functions called under it: a
/// compiler may move arithmetic of the same function past the switch.
class fp_environment_guard {
public:
  fp_environment_guard() : found_(_mm_getcsr()) { _mm_setcsr(world_control); }
  ~fp_environment_guard() { _mm_setcsr(found_); }
  fp_environment_guard(const fp_environment_guard&) = delete;
  fp_environment_guard& operator=(const fp_environment_guard&) = delete;

  /// MXCSR after reset: all exceptions masked, round to nearest, neither FTZ nor DAZ.
  static constexpr unsigned world_control = 0x1F80;

private:
  unsigned found_;
};

} // namespace tessera
