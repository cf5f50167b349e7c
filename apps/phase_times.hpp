// Where the time of ticks goes: spans of a tick's phases and systems, summed over all shards, from a recorder.
//
// Always true: reading holds up nobody who records; a part of a tick that was overwritten before it was read is missing
// everywhere, so that means stay right.
//
// Thread: one at a time.
#pragma once

#include "core/trace_recorder.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera {

struct phase_time {
  std::string name;
  double ms = 0; ///< in a tick, over all shards
};

class phase_times {
public:
  /// The recorder outlives it. `shards`: how many make up a tick.
  phase_times(trace_recorder& from, std::size_t shards) : from_(&from), shards_(shards) {}

  /// Holds the recorder armed, or no more. What was recorded before does not count.
  void watch(bool on);

  /// Means of the ticks since the last call, the longest first, "tick" itself left out. Nothing where no tick was
  /// recorded.
  std::vector<phase_time> take();

private:
  trace_recorder* from_;
  std::size_t shards_;
  std::optional<trace_hold> watching_;
  trace_time begin_;
  std::vector<std::uint64_t> next_; ///< per ring: the first record not yet read
  std::vector<trace_record> records_;
};

} // namespace tessera
