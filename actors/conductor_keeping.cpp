// What the conductor does for a world that is kept: logs, checkpoints, and shards made anew after a tick that failed.
#include "actors/conductor_actor.hpp"

#include <algorithm>
#include <utility>

namespace tessera {

void conductor_actor::keep_state(const world_summary& state) {
  if (auto ok = keeping_->state_complete(state); !ok) {
    storage_broke(ok.error());
    return;
  }
  if (keeping_->is_new(state))
    tell(journal_, log_tick{log_of(state)});
  if (keeping_->is_new(state) && keeping_->logs_borders())
    tell(border_,
         log_borders{state.tick - 1, std::make_shared<const std::vector<border_record>>(
                                       std::move(borders_.extract(state.tick - 1).mapped()))});
  if (keeping_->saves(state.tick))
    save_now(state);
}

void conductor_actor::save_now(const world_summary& state) {
  tell(checkpoints_,
       conductor_state_taken{std::make_shared<const saved_conductor>(known_.save()), state.hash});
}

void conductor_actor::take_durable(const ticks_durable& m) {
  keeping_->ticks_durable(m.tick, m.journal_bytes);
  tell(checkpoints_, m);
  if (options_->on_durable)
    options_->on_durable(m.tick);
  hand_out_grants();
  mend_shards();
}

/// States before that of the next tick are older than the wish.
void conductor_actor::want_checkpoint(const take_checkpoint& m) {
  if (!keeping_ || asked_ || result_.storage_failure) {
    m.answer->set_value(
      fail(error_code::failure, keeping_ ? "the world has ended" : "the world is in memory only"));
    return;
  }
  tick_number state = std::max(known_.next_tick(), keeping_->first_new_tick());
  keeping_->want_checkpoint(state);
  want_checkpoint_.emplace(state, m.answer);
}

void conductor_actor::take_committed(const checkpoint_committed& made) {
  keeping_->checkpoint_committed(made.tick, made.bytes);
  auto end = want_checkpoint_.upper_bound(made.tick);
  for (auto waiting = want_checkpoint_.begin(); waiting != end; ++waiting)
    waiting->second->set_value(made.tick);
  want_checkpoint_.erase(want_checkpoint_.begin(), end);
  result_.kept->checkpoints += 1;
  result_.kept->checkpoint_bytes = made.bytes;
  result_.kept->checkpoint_s = made.seconds;
  result_.kept->checkpoint_tick = made.tick;
  hand_out_grants(); // they may have waited for it
  tick_number retention = options_->keep->options().retention;
  if (closing_ || made.oldest_kept <= retention)
    return;
  tell(journal_, forget_ticks{made.oldest_kept - retention});
  if (border_)
    tell(border_, forget_ticks{made.oldest_kept - retention});
}

/// Nothing more becomes durable: the world stops where it is, and nothing above is acknowledged.
void conductor_actor::storage_broke(const error& why) {
  if (!result_.storage_failure)
    result_.storage_failure = why;
  last_tick_ = std::min(last_tick_, known_.next_tick());
  if (const auto* failed = failed_.waiting())
    fail_world(failed->failure); // nobody can restore it now
  end_if_done();
}

/// In memory a failure is the end. In a kept world the shard is restored, or failing that the world goes
/// back (engine::restart); neighbours simply wait for its packets.
void conductor_actor::take_failure(const tick_failed& m) {
  if (!keeping_ || !m.inputs || asked_ || result_.storage_failure)
    return fail_world(*m.failure);
  failed_.add(*m.failure, m.inputs);
  mend_shards();
}

/// What can be done for shards that failed, once the states before are complete and logged.
void conductor_actor::mend_shards() {
  if (!keeping_ || asked_ || !known_.started())
    return;
  tick_number complete = known_.complete_tick();
  if (!keeping_->logged_up_to(complete))
    return;
  while (auto* failed = failed_.waiting_for(complete)) {
    if (failed->failure.again)
      return give_up(*failed);
    if (!keeping_->logs_borders()) {
      failed->failure.not_alone = "there is no border log";
      return fail_world(failed->failure);
    }
    failed->restoring = true;
    tell(checkpoints_, restore_failed_shard{failed->failure.shard, complete});
  }
}

/// It failed again in the same tick: the world ends, and what the shard was given goes to disk.
void conductor_actor::give_up(const failed_shards::one& failed) {
  tell(border_, log_failed_tick{failed.failure.shard, failed.inputs});
  engine_failure failure = failed.failure;
  failure.replay = failed.restored_before ? failure_replay::shard : failure_replay::world;
  fail_world(std::move(failure));
}

void conductor_actor::take_restored(const shard_restored& m) {
  auto* failed = failed_.restoring(m.shard);
  if (asked_ || failed == nullptr)
    return;
  if (!*m.replay) {
    failed->failure.not_alone = m.replay->error().message;
    return fail_world(failed->failure);
  }
  ++result_.kept->shard_restarts;
  if (options_->on_shard_restart)
    options_->on_shard_restart(
      {failed->failure, (*m.replay)->from, (*m.replay)->hashes_checked, m.seconds});
  failed_.restored(m.shard);
  tell(shards_[m.shard], m);
}

kept_state conductor_actor::kept_now() const {
  kept_state out;
  if (!keeping_)
    return out;
  const kept_figures figures = keeping_->figures();
  out.durable_tick = figures.durable_tick;
  out.checkpoints = result_.kept->checkpoints;
  out.checkpoint_tick = result_.kept->checkpoint_tick;
  out.checkpoint_bytes = result_.kept->checkpoint_bytes;
  out.checkpoint_s = result_.kept->checkpoint_s;
  out.recovered_from = figures.recovered_from;
  out.replayed_ticks = figures.replayed_ticks;
  out.recovery_s = figures.recovery_s;
  return out;
}

bool conductor_actor::replays(tick_number tick) const {
  return keeping_ && tick < keeping_->first_new_tick();
}

} // namespace tessera
