// One shard of a kept world, replayed alone from its own logs: its commands from the journal, what its
// neighbours told it from the border log, its hashes checked on the way. No CAF.
#pragma once

#include "actors/kept_world.hpp"
#include "shards/lone_shard.hpp"

#include <functional>

namespace tessera {

struct shard_replay {
  std::unique_ptr<lone_shard> shard; ///< as it is after the last tick
  tick_number from = 0;              ///< state that it went on from
  tick_number to = 0;                ///< state that it came to
  std::uint64_t hashes_checked = 0;
  /// The first state whose hash is not the logged one; the replay ended there.
  std::optional<tick_number> differs_at;
  std::uint64_t expected = 0;
  std::uint64_t found = 0;
};

/// `cut` is the layout under which the ticks ran. Goes on from the newest checkpoint not above `from`
/// (the newest of all without it), up to the state `to` or as far as the border log goes. Errors: those
/// of read_kept_world and read_journal; not_there when the border log lacks a tick that is needed.
result<shard_replay> replay_shard(file_system& fs, const data_directory& directory,
                                  std::shared_ptr<const world_setup> setup,
                                  std::shared_ptr<const layout> cut, shard_id shard,
                                  std::optional<tick_number> from = std::nullopt,
                                  std::optional<tick_number> to = std::nullopt);

} // namespace tessera
