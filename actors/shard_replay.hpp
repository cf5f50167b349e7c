// One shard of a kept world, replayed alone from its own logs: its commands from the journal, what its
// neighbours told it from the border log, its hashes checked on the way. No CAF.
#pragma once

#include "actors/engine_failure.hpp"
#include "actors/kept_world.hpp"
#include "shards/lone_shard.hpp"

#include <functional>
#include <vector>

namespace tessera {

/// Ticks from <= t < end, all run under one layout.
struct logged_layout {
  tick_number from = 0;
  tick_number end = 0;
  std::string name; ///< layout::name()
};

/// What the border log says of layouts, ascending; empty where it says nothing. Errors: those of survey_journal but
/// for not_there, and of visit_journal.
result<std::vector<logged_layout>> logged_layouts(file_system& fs, const data_directory& directory);

struct shard_replay {
  std::unique_ptr<lone_shard> shard; ///< as it is after the last tick; of no use after a failure
  tick_number from = 0;              ///< state that it went on from
  tick_number to = 0;                ///< state that it came to
  std::uint64_t hashes_checked = 0;
  /// The first state whose hash is not the logged one; the replay ended there.
  std::optional<tick_number> differs_at;
  std::uint64_t expected = 0;
  std::uint64_t found = 0;
  /// The tick that ended the world by failing twice, if the replay came to it: its inputs are logged, no hash is.
  std::optional<tick_number> failed_tick;
  /// A tick that failed here; the replay ended at the state before it.
  std::optional<engine_failure> failure;
};

/// `cut` is the layout under which the ticks ran. Goes on from the newest checkpoint not above `from`
/// (the newest of all without it), up to the state `to` or as far as the logs go, a tick that ended the
/// world included. `on_state` is called with the first state and every one after it; when it returns false the replay
/// ends there, its hash compared. Errors: those of read_kept_world and read_journal; not_there when the border log
/// lacks a tick that is needed.
result<shard_replay> replay_shard(file_system& fs, const data_directory& directory,
                                  std::shared_ptr<const world_setup> setup,
                                  std::shared_ptr<const layout> cut, shard_id shard,
                                  std::optional<tick_number> from = std::nullopt,
                                  std::optional<tick_number> to = std::nullopt,
                                  std::function<bool(const lone_shard&)> on_state = nullptr);

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
