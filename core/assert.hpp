// Invariants of our own that stay checked in release builds. A broken one is an exception, not an
// abort: the shard that threw stops with a report, the rest of the process lives to write it.
#pragma once

#include <stdexcept>
#include <string>

namespace tessera {

/// A condition that the engine itself guarantees does not hold: a bug, never bad input.
class broken_invariant : public std::logic_error {
public:
  using std::logic_error::logic_error;
};

/// Throws broken_invariant with the condition, the reason and the place. Out of line and cold, so
/// that a check costs its caller one predictable branch.
[[noreturn, gnu::cold, gnu::noinline]] inline void
throw_broken_invariant(const char* condition, const char* why, const char* file, int line) {
  throw broken_invariant(std::string(why) + " (" + condition + ") at " + file + ":" +
                         std::to_string(line));
}

} // namespace tessera

/// Stays on in release. `why` says what the condition protects, in words for a report.
#define TESSERA_ASSERT(condition, why)                                                             \
  do {                                                                                             \
    if (!(condition)) [[unlikely]]                                                                 \
      ::tessera::throw_broken_invariant(#condition, why, __FILE__, __LINE__);                      \
  } while (false)
