#include "actors/tick_watch.hpp"

#include <algorithm>
#include <utility>

namespace tessera {

void tick_watch::want_shards(bool on) {
  wanted_ = on;
  if (!on)
    open_.clear();
}

void tick_watch::add(shard_report& report) {
  if (!wanted_)
    return;
  auto& open = open_[report.tick];
  open.figures.tick = report.tick;
  open.figures.shards.resize(shards_);
  open.figures.shards[report.shard] = {report.busy_ns,         report.wait_ns, report.entities,
                                       report.ghosts,          report.leaving, report.packet_bytes,
                                       std::move(report.flows)};
  if (++open.reports != shards_)
    return;
  since_.shards = std::make_shared<const shard_figures>(std::move(open.figures));
  // Those of ticks before, which it began to collect too late, never become complete.
  open_.erase(open_.begin(), open_.upper_bound(report.tick));
}

void tick_watch::add(const world_summary& state, clock::time_point now) {
  tick_frame frame;
  frame.tick = state.tick;
  frame.busy_ns = state.busy_ns;
  frame.slowest = state.slowest;
  frame.entities = state.entities;
  frame.migrations = state.migrations;
  if (last_)
    frame.interval_ns = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now - *last_).count());
  last_ = now;
  if (since_.frames.size() == seen_world::most_frames)
    since_.frames.erase(since_.frames.begin());
  since_.frames.push_back(frame);
  since_.totals.add(state);
  if (answers_own(state))
    for (auto& a : state.answers())
      if (a.session == own_)
        since_.answers.push_back(std::move(a));
  since_.newest = state;
  since_.newest->outcomes = nullptr;
  since_.newest->other_answers.clear();
}

/// So that a tick with many commands of others costs nothing here.
bool tick_watch::answers_own(const world_summary& state) const {
  auto own = [this](const auto& a) { return a.session == own_; };
  return std::ranges::any_of(state.other_answers, own) ||
         (state.outcomes &&
          std::ranges::any_of(state.outcomes->ran->commands,
                              [this](const auto& b) { return b->session() == own_; }));
}

} // namespace tessera
