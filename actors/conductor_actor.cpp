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
    known_.replay(options_->keep->take_inputs(), from.next_tick);
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
  window_armed_.reset();
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
      window_armed_.reset();
    if (inspector_)
      watch_.add(summary, clock::now());
    result_.last = std::move(summary);
  }
  if (!early_looks_.empty() && known_.started())
    for (const auto& look : std::exchange(early_looks_, {}))
      start_look(look);
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
        traced && traced->from <= tick && tick <= traced->to && !window_armed_)
      window_armed_.emplace(*options_->trace);
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
