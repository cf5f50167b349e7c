// A kept world that is run again, in this thread, from a state that its directory holds: what tools look
// into. Nothing here writes to the directory.
//
// Always true: every state that the journal or the manifest knows the hash of is compared on the way, and
// a world that differs from its log goes no further.
#pragma once

#include "apps/kept_reading.hpp"
#include "sdk/shard_replay.hpp"
#include "shards/lockstep_world.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tessera {

/// A state whose hash is not the one that was logged.
struct hash_difference {
  tick_number tick = 0;
  std::uint64_t logged = 0;
  std::uint64_t replayed = 0;
};

/// An entity between two ticks, wherever it is.
struct replayed_entity {
  enum class whereabouts {
    in_shard,
    crossing,  ///< in a border packet: `shard` has it from the next tick on
    travelling ///< in a letter: it lands at `place`, which is in `shard`
  };
  entity_id id;
  whereabouts at = whereabouts::in_shard;
  shard_id shard = 0;
  position place;
  component_mask mask = 0;                    ///< all that it has, tags too
  std::vector<std::vector<std::byte>> values; ///< by component id; empty without bytes
};

/// One entity of a shard's store, with all that it has.
replayed_entity read_entity_out(const world_setup& setup, const store& from, handle who);

/// One thread at a time.
class replayed_world {
public:
  /// States that replay can begin with, ascending: tick 0, if the journal is whole from there on, and the
  /// checkpoints. Errors: those of reading the journal's floor; corrupt where there are none.
  static result<std::vector<tick_number>> beginnings(const kept_reading& kept);

  /// Goes on from the newest checkpoint not above `at` (from the newest of all without it), or from the
  /// start of the world. `kept` needs its game and is read anew when its world runs meanwhile; `cut` stands
  /// in for the kept layout. Errors: those of read_kept_world; wrong_code where the game's components have changed and ticks would
  /// have to be replayed; failure where `at` is not kept, or above all that is.
  static result<replayed_world> open(kept_reading& kept,
                                     std::optional<tick_number> at = std::nullopt,
                                     std::shared_ptr<const layout> cut = nullptr);

  /// Goes on from the first beginning that this build's game can replay from; `notes()` names those that
  /// were passed over.
  static result<replayed_world> open_earliest(kept_reading& kept,
                                              std::shared_ptr<const layout> cut = nullptr);

  /// Goes on from what was read of a directory, and perhaps changed.
  static result<replayed_world> from(const kept_reading& kept, recovered_world what,
                                     std::shared_ptr<const layout> cut = nullptr);

  /// Looks for the commands of a tick that ended the world by failing, so that it can be run as well. Reads all
  /// of the border log. Errors: those of read_failed_tick.
  result<void> add_failed_tick(const kept_reading& kept);

  /// Runs to the state of that tick. Errors: corrupt when a hash differs, see difference(); system_failure
  /// when a system or handler throws, with tick, system and entity; failure above last_tick() or below tick().
  /// After an error the world goes no further.
  result<void> run_to(tick_number tick);

  tick_number first_tick() const { return first_; }
  tick_number tick() const { return world_->tick(); }
  /// The newest state that is kept: inputs of all ticks below are in the journal.
  tick_number end_tick() const { return kept_.next_tick; }
  /// end_tick(), or one more after add_failed_tick() found one.
  tick_number last_tick() const { return end_tick() + (failed_tick_ ? 1 : 0); }
  std::uint64_t hash() const { return world_->hash(); }
  /// Of every state from first_tick() to tick().
  const std::vector<world_summary>& history() const { return world_->history(); }
  std::uint64_t hashes_checked() const { return checked_; }
  const std::optional<hash_difference>& difference() const { return difference_; }
  const std::vector<std::string>& notes() const { return notes_; }
  /// States of which the directory has a checkpoint.
  const std::set<tick_number>& checkpoint_ticks() const { return checkpoint_ticks_; }

  /// What was logged, of all ticks from first_tick() on.
  const recovered_world& kept() const { return kept_; }
  const std::map<tick_number, std::uint64_t>& logged_hashes() const { return kept_.hashes; }
  const world_setup& setup() const { return *setup_; }
  const std::shared_ptr<const world_setup>& shared_setup() const { return setup_; }
  const std::shared_ptr<const layout>& shared_cut() const { return cut_; }
  const lockstep_world& world() const { return *world_; }

  std::optional<replayed_entity> find(entity_id id) const;
  /// The whole state as a checkpoint has it, in the layout's parts: with what is on its way.
  result<std::shared_ptr<const saved_world>> state() const;

private:
  replayed_world() = default;
  void check(const world_summary& state);

  std::shared_ptr<const world_setup> setup_;
  std::shared_ptr<const layout> cut_;
  recovered_world kept_;
  std::unique_ptr<lockstep_world> world_;
  tick_number first_ = 0;
  std::uint64_t checked_ = 0;
  std::optional<hash_difference> difference_;
  std::optional<error> failed_;
  std::optional<failed_tick> failed_tick_;
  std::vector<std::string> notes_;
  std::set<tick_number> checkpoint_ticks_;
};

/// "tick 120 was replayed to world hash ..., but ... was logged".
std::string describe(const hash_difference& what);

/// Whether this build's game is the one that wrote the directory, by declared version and components.
bool same_code(const kept_reading& kept);

} // namespace tessera
