// What the conductor knows of keeping its world: what was replayed, what is durable, when the next
// checkpoint is due. Plain, without actors.
//
// What always holds: no tick is granted more than most_ticks_ahead above what is durable, and none while a
// checkpoint is on its way and the logs have grown by as much again as made it due; so a slow disk slows the
// world, and neither its memory nor the disk is eaten up. At most one checkpoint is on its way.
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
  void ticks_durable(tick_number upto, std::uint64_t journal_bytes) {
    durable_below_ = std::max(durable_below_, upto + 1);
    journal_bytes_ = journal_bytes;
  }
  void border_logged(tick_number upto, std::uint64_t border_bytes) {
    border_below_ = std::max(border_below_, upto + 1);
    border_bytes_ = border_bytes;
  }
  /// Whether all that led to this state can be read again, by one shard alone too if borders are logged.
  bool logged_up_to(tick_number state) const {
    return durable_below_ >= state && (!borders_ || border_below_ >= state);
  }
  /// Whether there is a border log.
  bool logs_borders() const { return borders_; }
  bool may_grant(tick_number tick) const {
    return tick < durable_below_ + most_ticks_ahead &&
           (!borders_ || tick < border_below_ + most_borders_ahead) && !(saving_ && logs_due());
  }

  /// Somebody wants a checkpoint of `state` or a later one.
  void want_checkpoint(tick_number state) { wanted_ = wanted_ || !saving_ || *saving_ < state; }
  /// Whether the state after `tick`, about to be granted, is to be saved; if so it is on its way.
  bool save_after(tick_number tick);
  bool saves(tick_number state) const { return saving_ && *saving_ == state; }
  /// At the end: whether the last state has no checkpoint yet.
  bool lacks_checkpoint(tick_number state) const;
  void checkpoint_begun(tick_number state) { saving_ = state; }
  void checkpoint_committed(tick_number state, std::uint64_t bytes) {
    saved_ = state;
    saving_.reset();
    checkpoint_bytes_ = bytes;
  }

  tick_number first_new_tick() const { return next_tick_; }
  kept_figures figures() const;

private:
  using clock = std::chrono::steady_clock;

  std::uint64_t log_bytes() const { return journal_bytes_ + border_bytes_; }
  /// Whether the logs have grown so much since the last checkpoint was asked for.
  bool logs_due() const {
    return log_bytes() - log_bytes_saved_ >=
           std::max(log_bytes_per_checkpoint_, 2 * checkpoint_bytes_);
  }

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
  bool wanted_ = false; ///< a checkpoint, though none is due
  std::optional<tick_number> saving_;
  std::optional<tick_number> saved_;
  std::uint64_t log_bytes_per_checkpoint_;
  std::uint64_t checkpoint_bytes_ = 0; ///< of the last one
  std::uint64_t journal_bytes_ = 0;    ///< written so far; likewise of the border log
  std::uint64_t border_bytes_ = 0;
  std::uint64_t log_bytes_saved_ = 0; ///< of both, when the last checkpoint was asked for
  double cost_since_s_ = 0; ///< of ticks since the last checkpoint: what replaying them takes
};

} // namespace tessera
