#include "actors/inspector_actor.hpp"

#include <algorithm>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace tessera {

namespace {

/// What may be spent at once after a quiet time.
constexpr double most_budget_ns = 20e6;
/// Figures of shards are collected for so long after somebody asked.
constexpr std::chrono::seconds figures_time{5};

} // namespace

inspector_actor::inspector_actor(caf::actor_config& config, std::shared_ptr<const tracing> traced,
                                 std::shared_ptr<inspection_board> board, std::size_t shards,
                                 unsigned workers, caf::actor conductor)
  : traced_actor(config, std::move(traced), "inspector"), board_(std::move(board)), shards_(shards),
    conductor_(std::move(conductor)), gain_per_ns_(look_share * workers),
    budget_ns_(most_budget_ns) {
  if (const auto before = board_->seen())
    seen_.totals = before->totals; // the world went back: sums go on
}

caf::behavior inspector_actor::make_behavior() {
  // Its thread is its own. The world goes first, but what the conductor tells must not pile up.
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10);
  return {
    [this](const ticks_seen& m) { take_ticks(*m.ticks); },
    [this](const look_into_shards& m) { take_look(m.order); },
    [this](const looks_due&) {
      waking_ = false;
      begin_looks();
    },
    [this](const looked& m) { take_answer(m); },
    [this](const want_shard_figures&) {
      wanted_until_ = clock::now() + figures_time;
      if (!std::exchange(watching_, true))
        tell(conductor_, watch_shards{true});
    },
  };
}

void inspector_actor::on_exit() {
  auto refuse = [](look_order& order) {
    order.answer.set_value(refuse_with(503, "the world has ended, or is being recovered"));
  };
  for (auto& order : waiting_)
    refuse(*order);
  for (auto& [number, look] : under_way_)
    refuse(*look.order);
  waiting_.clear();
  under_way_.clear();
  conductor_ = nullptr;
}

void inspector_actor::take_ticks(seen_ticks& ticks) {
  if (ticks.newest)
    seen_.newest = std::move(*ticks.newest);
  if (ticks.shards)
    seen_.shards = ticks.shards;
  seen_.frames.insert(seen_.frames.end(), ticks.frames.begin(), ticks.frames.end());
  if (seen_.frames.size() > seen_world::most_frames)
    seen_.frames.erase(seen_.frames.begin(),
                       seen_.frames.end() - static_cast<std::ptrdiff_t>(seen_world::most_frames));
  seen_.totals.add(ticks.totals);
  seen_.control = ticks.control;
  seen_.planned_ns = ticks.planned_ns;
  if (watching_ && clock::now() > wanted_until_) {
    watching_ = false;
    seen_.shards = nullptr;
    tell(conductor_, watch_shards{false});
  }
  if (!seen_.frames.empty())
    board_->put(std::make_shared<const seen_world>(seen_), ticks.kept, ticks.answers);
  tell(conductor_, ticks_taken{});
}

void inspector_actor::take_look(const std::shared_ptr<look_order>& order) {
  if (waiting_.size() == most_waiting) {
    order->answer.set_value(refuse_with(429, "too many questions to the shards wait; ask less"));
    return;
  }
  waiting_.push_back(order);
  begin_looks();
}

void inspector_actor::begin_looks() {
  const auto now = clock::now();
  budget_ns_ = std::min(
    most_budget_ns,
    budget_ns_ + gain_per_ns_ * std::chrono::duration<double, std::nano>(now - budget_at_).count());
  budget_at_ = now;
  std::erase_if(under_way_, [&](auto& one) {
    const bool late = one.second.order->expires < now;
    if (late)
      one.second.order->answer.set_value(
        refuse_with(503, "a shard did not answer in time; has its tick failed?"));
    return late;
  });
  std::erase_if(waiting_, [&](auto& order) {
    const bool late = order->expires < now;
    if (late)
      order->answer.set_value(
        refuse_with(429, "questions to the shards take too much of their time; ask less"));
    return late;
  });
  while (!waiting_.empty() && budget_ns_ > 0 && under_way_.size() < most_under_way) {
    auto order = std::move(waiting_.front());
    waiting_.pop_front();
    const std::uint64_t number = next_number_++;
    const std::size_t asked = order->shards.empty() ? shards_ : order->shards.size();
    begin_look m;
    m.number = number;
    m.order = order;
    m.inspector = caf::actor_cast<caf::actor>(this);
    under_way_[number] = {std::move(order), {}, asked};
    tell(conductor_, std::move(m));
  }
  if ((!waiting_.empty() || !under_way_.empty()) && !std::exchange(waking_, true))
    delayed_send(this, std::chrono::milliseconds(5), looks_due{});
}

void inspector_actor::take_answer(const looked& m) {
  budget_ns_ -= static_cast<double>(m.look->cost_ns);
  auto found = under_way_.find(m.number);
  if (found == under_way_.end())
    return; // given up
  under_way& look = found->second;
  look.so_far.tick = m.look->tick;
  look.so_far.shards.push_back(m.look);
  if (--look.missing == 0) {
    std::sort(look.so_far.shards.begin(), look.so_far.shards.end(),
              [](const auto& l, const auto& r) { return l->shard < r->shard; });
    look.order->answer.set_value(std::move(look.so_far));
    under_way_.erase(found);
    begin_looks();
  }
}

} // namespace tessera
