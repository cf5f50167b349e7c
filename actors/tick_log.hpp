// What a journal gets of one tick, made by the conductor once all shards have run it.
#pragma once

#include "actors/kept_world.hpp"
#include "shards/conductor.hpp"

#include <cstddef>
#include <vector>

namespace tessera {

struct tick_log {
  struct entry {
    shard_id shard = 0;
    record_kind kind = record_kind::commands;
    std::span<const std::byte> bytes;
  };
  tick_number tick = 0;                          ///< whose inputs these are
  std::uint64_t hash = 0;                        ///< of the world after it
  std::vector<entry> entries;                    ///< ascending by shard
  std::shared_ptr<const tick_outcomes> outcomes; ///< owns what the shards logged
  std::vector<std::byte> of_nobody;
};

/// The log of the tick that led to `state`, which is not a first one.
std::shared_ptr<const tick_log> log_of(const world_summary& state);

} // namespace tessera
