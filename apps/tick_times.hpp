// How long the newest ticks took: told by the thread that completes them, asked by the one that draws.
//
// Always true: neither side waits; what is given out for a tick is that tick's.
//
// Thread: one adds, any asks.
#pragma once

#include "core/ids.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

namespace tessera {

class tick_times {
public:
  static constexpr std::size_t kept = 256;

  /// `busy_ns`: of the slowest shard.
  void add(tick_number tick, std::uint64_t busy_ns) {
    const std::uint64_t microseconds = std::min<std::uint64_t>(busy_ns / 1000, 0xFFFF'FFFF);
    // Tick and time in one word, so that none is read with another's.
    slots_[tick % kept].store(tick << 32 | microseconds, std::memory_order_relaxed);
  }

  /// Nothing where it is too old or not there yet.
  std::optional<double> busy_ms(tick_number tick) const {
    const std::uint64_t found = slots_[tick % kept].load(std::memory_order_relaxed);
    if (found >> 32 != (tick & 0xFFFF'FFFF) || found == 0)
      return std::nullopt;
    return static_cast<double>(found & 0xFFFF'FFFF) / 1000;
  }

private:
  std::array<std::atomic<std::uint64_t>, kept> slots_{};
};

} // namespace tessera
