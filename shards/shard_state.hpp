// What one shard holds between two ticks, taken inside the tick by copying columns; written down at
// leisure on another thread (state_codec.hpp). Threads: immutable once taken.
#pragma once

#include "shards/shard.hpp"

namespace tessera {

struct shard_state {
  shard_id shard = 0;
  tick_number tick = 0;
  cell_rect region;
  store_snapshot entities;
  std::vector<std::uint32_t> counters;
  std::vector<std::vector<std::byte>> cells;
  /// What left in the last tick: records in packets that the next tick reads.
  std::vector<packet_pointer> packets;
  std::vector<event_record> own_events;
};

/// State after the step (or start) that gave `packets`.
shard_state take_state(const shard& from, std::vector<packet_pointer> packets);

} // namespace tessera
