#include "actors/conductor_actor.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <utility>

namespace tessera {

namespace {

constexpr tick_number no_limit = std::numeric_limits<tick_number>::max();

} // namespace

conductor_actor::conductor_actor(caf::actor_config& config,
                                 std::shared_ptr<const world_setup> setup, std::size_t shard_count,
                                 std::shared_ptr<const engine_options> options,
                                 std::shared_ptr<std::promise<engine_result>> ending)
  : caf::event_based_actor(config), known_(setup, shard_count), options_(std::move(options)),
    ending_(std::move(ending)), last_tick_(options_->ticks == 0 ? no_limit : options_->ticks) {
  period_ = std::chrono::duration_cast<clock::duration>(
    std::chrono::duration<double>(1.0 / setup->tick_rate_hz));
  for (const auto& c : options_->commands)
    (void)known_.submit(c, false); // checked by engine::start
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
    if (!result_.failure)
      result_.failure = failure;
    ask_for_figures();
    return caf::none;
  });
  return {
    [this](const tick_done& m) { take_report(*m.report); },
    [this](const tick_due&) {
      waiting_for_clock_ = false;
      hand_out_grants();
    },
    [this](const submit_command& m) {
      if (asked_ || last_tick_ <= known_.next_tick())
        m.answer->set_value(fail(error_code::bad_command, "the world has ended"));
      else
        m.answer->set_value(known_.submit(std::move(*m.input), m.any_tick));
    },
    [this](const connect_conductor& m) { shards_ = m.shards; },
    [this](const stop_world&) {
      last_tick_ = std::min(last_tick_, known_.next_tick());
      end_if_done();
    },
    [this](const tick_failed& m) {
      if (!result_.failure)
        result_.failure = *m.failure;
      last_tick_ = std::min(last_tick_, known_.next_tick());
      ask_for_figures();
    },
    [this](const statistics_told& m) {
      result_.shards.push_back(*m.figures);
      result_.messages_sent += m.messages_sent;
      if (++told_ == shards_.size())
        finish();
    },
  };
}

void conductor_actor::on_exit() {
  if (!ended_)
    finish(); // torn down before its time: whoever waits must not wait for ever
  shards_.clear();
}

void conductor_actor::take_report(shard_report& report) {
  known_.take_report(std::move(report));
  for (auto& summary : known_.take_summaries()) {
    if (summary.tick == 0) {
      begin_ = clock::now();
      next_due_ = begin_;
    } else if (options_->paced) {
      auto late = clock::now() - planned_[summary.tick - 1];
      result_.tick_latency_ms.push_back(std::chrono::duration<double, std::milli>(late).count());
    }
    result_.wall_s = std::chrono::duration<double>(clock::now() - begin_).count();
    if (options_->on_summary)
      options_->on_summary(summary);
    result_.last = std::move(summary);
  }
  hand_out_grants();
  end_if_done();
}

void conductor_actor::hand_out_grants() {
  while (!asked_ && known_.started() && known_.next_tick() < last_tick_ && due_now()) {
    auto made = known_.try_grant();
    if (!made)
      return;
    if (options_->paced) {
      planned_.push_back(next_due_);
      next_due_ += period_;
    }
    for (const auto& s : shards_)
      send(s, grant_tick{made});
    result_.messages_sent += shards_.size();
  }
}

bool conductor_actor::due_now() {
  if (!options_->paced)
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
  if (now - next_due_ > period_)
    next_due_ = now;
  return true;
}

void conductor_actor::end_if_done() {
  if (!known_.started() || known_.complete_tick() < last_tick_)
    return;
  ask_for_figures();
}

void conductor_actor::ask_for_figures() {
  if (asked_)
    return;
  asked_ = true;
  for (const auto& s : shards_)
    send(s, tell_statistics{});
  result_.messages_sent += shards_.size();
}

void conductor_actor::finish() {
  if (std::exchange(ended_, true))
    return;
  std::sort(result_.shards.begin(), result_.shards.end(),
            [](const auto& l, const auto& r) { return l.shard < r.shard; });
  double world_s =
    std::chrono::duration<double>(period_).count() * static_cast<double>(result_.last.tick);
  if (options_->paced && world_s > 0)
    result_.dilation = std::max(1.0, result_.wall_s / world_s);
  ending_->set_value(std::move(result_));
}

} // namespace tessera
