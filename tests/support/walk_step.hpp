// How much a test does that could try everything.
#pragma once

#include <cstdint>

namespace tessera::testing {

/// Bytes from one that is damaged to the next. Under ThreadSanitizer reading a log takes forty times as long, and what
/// one thread does with bytes is not what it looks for.
#ifdef __SANITIZE_THREAD__
inline constexpr std::uint64_t walk_step = 61;
#else
inline constexpr std::uint64_t walk_step = 1;
#endif

} // namespace tessera::testing
