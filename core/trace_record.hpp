// What one trace record says: 32 bytes, the same in memory and in a trace file (docs/formats/trace.md).
#pragma once

#include <chrono>
#include <cstdint>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace tessera {

enum class trace_kind : std::uint16_t {
  enqueued = 1,   ///< a message was put into `actor`'s mailbox by `peer`; subject: the message
  handling_began, ///< `actor` began to handle a message of `peer`; subject: the message
  handling_ended, ///< and ended; subject: the message
  span,           ///< `actor` did something by itself inside a handler; subject: how long it took
};

/// No actor: a message from outside the world, or a timer's.
inline constexpr std::uint32_t no_trace_actor = 0;
/// A record that belongs to no tick.
inline constexpr std::uint32_t no_trace_tick = 0xFFFF'FFFF;

/// Times are in units of trace_clock(). A message is known by a number that is unique from its
/// enqueueing to the end of its handling, and is given to another one after that.
struct trace_record {
  std::uint64_t time = 0;    ///< of a span: its begin
  std::uint64_t subject = 0; ///< the message, or the span's length
  std::uint32_t actor = no_trace_actor;
  std::uint32_t peer = no_trace_actor;
  std::uint32_t tick = no_trace_tick; ///< the low 32 bits
  trace_kind kind = trace_kind::span;
  std::uint16_t name = 0; ///< message type, phase or system: see trace_recorder::name
};
static_assert(sizeof(trace_record) == 32, "four words of a ring");

/// Now, in units that trace_recorder::clock_now() relates to nanoseconds. The processor's time stamp
/// counter runs at one rate and is the same on all processors of every machine that this engine is
/// built for; the kernel's clock rests on it too.
inline std::uint64_t trace_clock() noexcept {
#if defined(__x86_64__)
  return __rdtsc();
#else
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

} // namespace tessera
