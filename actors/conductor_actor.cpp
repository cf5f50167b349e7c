#include "actors/conductor_actor.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <limits>
#include <utility>

namespace tessera {

namespace {

constexpr tick_number no_limit = std::numeric_limits<tick_number>::max();

const saved_conductor* saved_in(const engine_options& options) {
  bool saved = options.keep && options.keep->recovered().state;
  return saved ? &options.keep->recovered().state->conductor() : nullptr;
}

} // namespace

conductor_actor::conductor_actor(caf::actor_config& config, std::shared_ptr<const tracing> traced,
                                 std::shared_ptr<const world_setup> setup,
                                 std::shared_ptr<const layout> cut,
                                 std::shared_ptr<const engine_options> options,
                                 std::shared_ptr<world_pace> pace,
                                 std::shared_ptr<std::promise<engine_result>> ending,
                                 std::optional<tick_number> gone_back)
  : traced_actor(config, std::move(traced), "conductor"), known_(setup, cut, saved_in(*options)),
    options_(std::move(options)), ending_(std::move(ending)),
    last_tick_(options_->ticks == 0 ? no_limit : options_->ticks), pace_(std::move(pace)),
    failed_(gone_back), watch_(cut->size(), options_->inspector_session) {
  if (options_->keep) {
    const recovered_world& from = options_->keep->recovered();
    keeping_.emplace(*options_->keep, std::max(1U, options_->workers));
    result_.kept.emplace();
    known_.replay(options_->keep->take_inputs(*setup, *cut), from.next_tick);
    // What ran once runs again; a world that is asked to end before that ends where it stood.
    last_tick_ = std::max(last_tick_, from.next_tick);
  }
  for (const auto& c : options_->commands)
    if (auto taken = known_.submit(c, false); !taken)
      early_answers_.push_back(
        {c.session, c.sequence, c.tick, command_result::rejected, taken.error().message, c.target});
}

caf::behavior conductor_actor::make_behavior() {
  set_exception_handler([this](std::exception_ptr& thrown) -> caf::error {
    engine_failure failure;
    failure.tick = known_.next_tick();
    failure.system = "conductor";
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      failure.message = e.what();
    } catch (...) {
      failure.message = "an exception that is no std::exception";
    }
    fail_world(std::move(failure));
    return caf::none;
  });
  return {
    [this](const tick_done& m) { take_report(m); },
    [this](const tick_due&) {
      waiting_for_clock_ = false;
      hand_out_grants();
    },
    [this](const submit_commands& m) {
      if (asked_ || last_tick_ <= known_.next_tick())
        m.answer->set_value(fail(error_code::bad_command, "the world has ended"));
      else
        m.answer->set_value(known_.submit(m.input, m.at));
    },
    [this](const take_checkpoint& m) { want_checkpoint(m); },
    [this](const ticks_durable& m) { take_durable(m); },
    [this](const connect_conductor& m) {
      shards_ = m.shards;
      journal_ = m.journal;
      checkpoints_ = m.checkpoints;
      border_ = m.border;
      inspector_ = m.inspector;
      journal_open_ = journal_ != nullptr;
      border_open_ = border_ != nullptr;
      checkpoints_open_ = checkpoints_ != nullptr;
    },
    [this](const stop_world&) {
      last_tick_ = std::min(last_tick_, known_.next_tick());
      end_if_done();
    },
    [this](const tick_failed& m) { take_failure(m); },
    [this](const shard_restored& m) { take_restored(m); },
    [this](const control_world& m) { take_control(m); },
    [this](const begin_look& m) { start_look(m); },
    [this](const watch_shards& m) { watch_.want_shards(m.on); },
    [this](const ticks_taken&) {
      inspector_busy_ = false;
      tell_inspector();
    },
    [this](const statistics_told& m) {
      result_.shards.push_back(*m.figures);
      result_.messages_sent += m.messages_sent;
      ++told_;
      finish_when_told();
    },
    [this](const checkpoint_committed& m) { take_committed(m); },
    [this](const storage_failed& m) { storage_broke(*m.why); },
    [this](const journal_closed& m) {
      result_.kept->journal_bytes = m.figures->bytes;
      result_.kept->fsyncs = m.figures->syncs;
      result_.kept->flush_rounds = m.figures->rounds;
      result_.messages_sent += m.messages_sent;
      journal_open_ = false;
      // Only now is it known what is durable, and so which checkpoints count.
      tell(checkpoints_, close_checkpoints{});
      finish_when_told();
    },
    [this](const border_logged& m) {
      keeping_->border_logged(m.tick, m.border_bytes);
      hand_out_grants();
      mend_shards();
    },
    [this](const border_closed& m) {
      result_.kept->border_bytes = m.bytes;
      if (result_.failure && !m.failed_tick_logged)
        result_.failure->replay = failure_replay::none;
      result_.messages_sent += m.messages_sent;
      border_open_ = false;
      finish_when_told();
    },
    [this](const checkpoints_closed& m) {
      result_.messages_sent += m.messages_sent;
      checkpoints_open_ = false;
      finish_when_told();
    },
  };
}

void conductor_actor::on_exit() {
  if (!ended_)
    finish(); // torn down before its time: whoever waits must not wait for ever
  shards_.clear();
  journal_ = nullptr;
  checkpoints_ = nullptr;
  border_ = nullptr;
  borders_.clear();
  inspector_ = nullptr;
  early_looks_.clear();
}

void conductor_actor::take_report(const tick_done& m) {
  if (m.border)
    borders_[m.border->given->tick].push_back(std::move(*m.border));
  watch_.add(*m.report);
  known_.take_report(std::move(*m.report));
  for (auto& summary : known_.take_summaries()) {
    if (!begun_ || replays(summary.tick - 1)) {
      begun_ = true;
      begin_ = clock::now(); // what is replayed is not run in its time
      next_due_ = begin_;
    } else if (auto planned = planned_.find(summary.tick - 1); planned != planned_.end()) {
      auto late = clock::now() - planned->second;
      result_.tick_latency_ms.push_back(std::chrono::duration<double, std::milli>(late).count());
      planned_.erase(planned);
    }
    result_.wall_s = std::chrono::duration<double>(clock::now() - begin_).count();
    std::move(early_answers_.begin(), early_answers_.end(),
              std::back_inserter(summary.other_answers));
    early_answers_.clear();
    if (keeping_)
      keep_state(summary);
    if (options_->on_summary)
      options_->on_summary(summary);
    if (options_->trace_ticks && options_->trace_ticks->to < summary.tick)
      options_->trace->arm(false);
    if (inspector_)
      watch_.add(summary, clock::now());
    result_.last = std::move(summary);
  }
  if (!early_looks_.empty() && known_.started())
    for (const auto& m : std::exchange(early_looks_, {}))
      start_look(m);
  hand_out_grants();
  mend_shards();
  tell_inspector();
  end_if_done();
}

void conductor_actor::hand_out_grants() {
  while (!asked_ && known_.started() && known_.next_tick() < last_tick_ && due_now()) {
    tick_number tick = known_.next_tick();
    if (pace_->holds(tick)) {
      if (!held_since_)
        held_since_ = clock::now();
      return;
    }
    if (held_since_)
      begin_ += clock::now() - *std::exchange(held_since_, std::nullopt);
    if (keeping_ && !keeping_->may_grant(tick))
      return; // the disk is behind
    if (!known_.may_grant())
      return;
    if (const auto& traced = options_->trace_ticks;
        traced && traced->from <= tick && tick <= traced->to)
      options_->trace->arm();
    auto made = known_.try_grant(keeping_ && keeping_->save_after(tick));
    if (pace_->paced() && !replays(tick)) {
      planned_[tick] = next_due_;
      next_due_ += pace_->period();
      planned_time_ += pace_->period();
    }
    for (const auto& s : shards_)
      tell(s, grant_tick{made});
  }
}

bool conductor_actor::due_now() {
  if (!pace_->paced() || replays(known_.next_tick()))
    return true;
  auto now = clock::now();
  if (now < next_due_) {
    if (!waiting_for_clock_) {
      waiting_for_clock_ = true;
      delayed_send(this, next_due_ - now, tick_due{});
    }
    return false;
  }
  // A world that is more than one period behind gives the lost time up instead of chasing it: it runs
  // slower than real time, and every tick still runs.
  if (now - next_due_ > pace_->period())
    next_due_ = now;
  return true;
}

void conductor_actor::end_if_done() {
  if (!known_.started() || known_.complete_tick() < last_tick_)
    return;
  ask_for_figures();
}

void conductor_actor::fail_world(engine_failure failure) {
  if (!result_.failure)
    result_.failure = std::move(failure);
  last_tick_ = std::min(last_tick_, known_.next_tick());
  ask_for_figures();
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

void conductor_actor::ask_for_figures() {
  if (asked_)
    return;
  asked_ = true;
  tell_inspector();
  bool whole = !result_.failure && !result_.storage_failure;
  if (keeping_ && whole && keeping_->lacks_checkpoint(result_.last.tick)) {
    for (const auto& s : shards_)
      tell(s, give_state{});
    keeping_->checkpoint_begun(result_.last.tick);
    save_now(result_.last);
  }
  for (const auto& s : shards_)
    tell(s, tell_statistics{});
}

/// A kept world has ended when its disk has: its states may come after its figures.
void conductor_actor::finish_when_told() {
  if (told_ != shards_.size())
    return;
  if (journal_open_ && !std::exchange(closing_, true)) {
    tell(journal_, close_journal{});
    if (border_)
      tell(border_, close_journal{});
  }
  if (!journal_open_ && !checkpoints_open_ && !border_open_)
    finish();
}

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

void conductor_actor::take_control(const control_world& m) {
  const tick_number next = known_.next_tick();
  if (m.order.what != control_order::kind::tell && (asked_ || last_tick_ <= next)) {
    m.told->set_value(refuse_with(409, "the world has ended"));
    return;
  }
  if (auto ok = pace_->apply(m.order, next); !ok) {
    m.told->set_value(tl::unexpected(ok.error()));
    return;
  }
  if (m.order.what == control_order::kind::speed)
    next_due_ = std::min(next_due_, clock::now() + pace_->period());
  hand_out_grants();
  m.told->set_value(pace_->state(known_.next_tick(), ended()));
  tell_inspector();
}

/// No shard is past the next tick to be granted, and a shard gets this before that grant.
void conductor_actor::start_look(const begin_look& m) {
  if (!known_.started()) {
    early_looks_.push_back(m);
    return;
  }
  const look_at_tick look{known_.next_tick(), m.number, m.order, m.inspector};
  if (m.order->shards.empty())
    for (const auto& s : shards_)
      tell(s, look);
  for (shard_id s : m.order->shards)
    tell(shards_[s], look);
}

void conductor_actor::tell_inspector() {
  if (!inspector_ || inspector_busy_)
    return; // without onlookers nothing is worked out; a busy one asks again
  const control_state now = pace_->state(known_.next_tick(), ended());
  const bool changed =
    !told_control_ || told_control_->version != now.version || told_control_->ended != now.ended;
  if (!watch_.has_news() && !changed)
    return;
  auto ticks = std::make_shared<seen_ticks>(watch_.take());
  ticks->control = now;
  if (pace_->paced())
    ticks->planned_ns = std::chrono::duration<double, std::nano>(pace_->period()).count();
  ticks->kept = kept_now();
  told_control_ = now;
  inspector_busy_ = true;
  tell(inspector_, ticks_seen{std::move(ticks)});
}

/// For onlookers: a kept world that goes back (engine::restart) has not.
bool conductor_actor::ended() const {
  const bool goes_back =
    keeping_ && result_.failure && !result_.failure->again && !result_.storage_failure;
  return asked_ && !goes_back;
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

void conductor_actor::finish() {
  if (std::exchange(ended_, true))
    return;
  for (auto& [state, answer] : want_checkpoint_)
    answer->set_value(fail(error_code::failure, "the world ended before its checkpoint counted"));
  want_checkpoint_.clear();
  result_.messages_sent += messages_sent();
  std::sort(result_.shards.begin(), result_.shards.end(),
            [](const auto& l, const auto& r) { return l.shard < r.shard; });
  if (keeping_) {
    kept_figures figures = keeping_->figures();
    figures.journal_bytes = result_.kept->journal_bytes;
    figures.border_bytes = result_.kept->border_bytes;
    figures.fsyncs = result_.kept->fsyncs;
    figures.flush_rounds = result_.kept->flush_rounds;
    figures.checkpoints = result_.kept->checkpoints;
    figures.checkpoint_bytes = result_.kept->checkpoint_bytes;
    figures.checkpoint_s = result_.kept->checkpoint_s;
    figures.checkpoint_tick = result_.kept->checkpoint_tick;
    figures.shard_restarts = result_.kept->shard_restarts;
    result_.kept = figures;
  }
  double world_s = std::chrono::duration<double>(planned_time_).count();
  if (pace_->always_paced() && world_s > 0)
    result_.dilation = std::max(1.0, result_.wall_s / world_s);
  ending_->set_value(std::move(result_));
}

} // namespace tessera
