// One shard of a kept world, replayed alone from its own logs: its commands from the journal, what its
// neighbours told it from the border log, its hashes checked on the way. No CAF.
//
// Each epoch is one life of the world, with a border log of its own that begins at the state from which
// that life went on. A replay stays with one layout, for another one has other shards; it goes from one
// life into the next where both have the tick, or through the checkpoint that the next began with.
#pragma once

#include "actors/engine_failure.hpp"
#include "actors/kept_world.hpp"
#include "shards/lone_shard.hpp"

#include <functional>

namespace tessera {

struct shard_replay_request {
  shard_id shard = 0;
  /// Begin at the newest state not above this one that can be begun with; without it, at the earliest
  /// from which the border log reaches the end.
  std::optional<tick_number> from{};
  /// End at this state; without it, as far as the border log goes. The state above the one where the
  /// world stands is the tick's that failed, if it was logged.
  std::optional<tick_number> to{};
  /// Used where it has the name of the layout that was logged, for only grids can be made from their names.
  std::shared_ptr<const layout> cut{};
  /// Called with the first state and each one after it; false ends the replay there.
  std::function<bool(const lone_shard&)> on_state{};
};

struct shard_replay {
  std::unique_ptr<lone_shard> shard; ///< as it is after the last tick
  std::shared_ptr<const layout> cut; ///< under which the ticks were logged
  std::vector<std::uint64_t> epochs; ///< whose border logs were read, ascending
  tick_number from = 0;              ///< state that it went on from
  tick_number to = 0;                ///< state that it came to
  tick_number end = 0;               ///< where the world stands
  std::optional<std::uint64_t> hash; ///< of the shard's part of the last state, if a tick was run
  std::uint64_t hashes_checked = 0;
  std::vector<std::string> notes;
  /// The first state whose hash is not the logged one; the replay ended there.
  std::optional<tick_number> differs_at;
  std::uint64_t expected = 0;
  /// The tick that ended the world by failing, if the replay came to it: its inputs are logged, no hash is.
  std::optional<tick_number> failed_tick;
  /// A tick that threw; the replay ended before it.
  std::optional<engine_failure> failure;
};

/// Errors: those of read_kept_world and survey_journal; failure where the logs do not have what is asked
/// for, saying what is missing and what to do.
result<shard_replay> replay_shard(file_system& fs, const data_directory& directory,
                                  std::shared_ptr<const world_setup> setup,
                                  const shard_replay_request& request);

/// The shard at state `tick` of a world that goes on, all below it logged and nothing being written: from the
/// newest checkpoint, or the start, every hash as logged. Errors: those of replay_shard; failure when a
/// tick fails or comes out otherwise.
result<shard_replay> restore_shard(file_system& fs, const data_directory& directory,
                                   const std::shared_ptr<const world_setup>& setup,
                                   const std::shared_ptr<const layout>& cut, shard_id shard,
                                   tick_number tick);

/// The tick that ended the world, as its border log has it.
struct failed_tick {
  shard_id shard = 0;
  tick_number tick = 0;
  std::vector<command> commands; ///< of all shards
};

/// Nothing where the world, which stands at `next_tick`, ended otherwise. Errors: those of read_journal.
result<std::optional<failed_tick>> read_failed_tick(file_system& fs,
                                                    const data_directory& directory,
                                                    const world_setup& setup,
                                                    tick_number next_tick);

} // namespace tessera
