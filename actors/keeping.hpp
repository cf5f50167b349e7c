// What the conductor knows of keeping its world: what was replayed, what is durable, when the next
// checkpoint is due. Plain, without actors.
//
// What always holds: no tick is granted more than most_ticks_ahead above what is durable, so a slow disk
// slows the world and does not eat its memory; at most one checkpoint is on its way.
#pragma once

#include "actors/engine.hpp"
#include "actors/kept_world.hpp"

#include <chrono>

namespace tessera {

class keeping {
public:
  static constexpr tick_number most_ticks_ahead = 1024;
  /// Packets are large, and wait in memory until they are logged.
  static constexpr tick_number most_borders_ahead = 32;

  keeping(const kept_world& world, unsigned workers);

  /// A state is complete. Fails when it was replayed and its hash is not the one that was logged.
  result<void> state_complete(const world_summary& state);
  /// Whether the tick that led to this state is new and is to be logged.
  bool is_new(const world_summary& state) const { return state.tick > next_tick_; }
  /// Whether a tick led to this state since the start, a replayed one or a new one.
  bool was_run(const world_summary& state) const { return state.tick > first_state_; }
  void ticks_durable(tick_number upto) { durable_below_ = std::max(durable_below_, upto + 1); }
  void border_logged(tick_number upto) { border_below_ = std::max(border_below_, upto + 1); }
  /// Whether all that led to this state can be read again, by one shard alone too if borders are logged.
  bool logged_up_to(tick_number state) const {
    return durable_below_ >= state && (!borders_ || border_below_ >= state);
  }
  /// Whether there is a border log.
  bool logs_borders() const { return borders_; }
  bool may_grant(tick_number tick) const {
    return tick < durable_below_ + most_ticks_ahead &&
           (!borders_ || tick < border_below_ + most_borders_ahead);
  }

  /// Somebody wants a checkpoint of this state or a later one.
  void want_checkpoint(tick_number state) { wanted_ = std::max(wanted_.value_or(state), state); }
  /// Whether the state after `tick`, about to be granted, is to be saved; if so it is on its way.
  bool save_after(tick_number tick);
  bool saves(tick_number state) const { return saving_ && *saving_ == state; }
  /// At the end: whether the last state has no checkpoint yet.
  bool lacks_checkpoint(tick_number state) const;
  void checkpoint_begun(tick_number state) { saving_ = state; }
  void checkpoint_committed(tick_number state) {
    saved_ = state;
    saving_.reset();
  }

  tick_number first_new_tick() const { return next_tick_; }
  kept_figures figures() const;

private:
  using clock = std::chrono::steady_clock;

  unsigned workers_;
  double recovery_target_s_;
  tick_number first_state_;
  std::uint64_t first_hash_;
  bool anew_;             ///< no state was recovered
  tick_number next_tick_; ///< ticks below are replayed
  std::map<tick_number, std::uint64_t> hashes_;
  std::uint64_t hashes_checked_ = 0;
  clock::time_point begin_ = clock::now();
  double recovery_s_ = 0;
  tick_number durable_below_;
  bool borders_;
  tick_number border_below_;
  std::optional<tick_number> wanted_;
  std::optional<tick_number> saving_;
  std::optional<tick_number> saved_;
  double cost_since_s_ = 0; ///< of ticks since the last checkpoint: what replaying them takes
};

} // namespace tessera
