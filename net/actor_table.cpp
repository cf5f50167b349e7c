#include "net/actor_table.hpp"

#include <algorithm>
#include <tuple>

namespace tessera {

namespace {

/// Messages whose end was lost would stay for ever.
constexpr std::size_t most_open = 100'000;
/// Times kept per actor and question for the percentiles.
constexpr std::size_t most_times = 20'000;

double percentile(std::vector<float>& values, std::size_t percent) {
  if (values.empty())
    return 0;
  auto at = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) * percent / 100);
  std::nth_element(values.begin(), at, values.end());
  return static_cast<double>(*at);
}

} // namespace

void actor_table::watch(std::chrono::steady_clock::time_point until) {
  const std::scoped_lock held{mutex_};
  if (!watching_) {
    start_over();
    watching_.emplace(*from_);
  }
  until_ = until;
}

void actor_table::look_at_clock(std::chrono::steady_clock::time_point now) {
  const std::scoped_lock held{mutex_};
  if (now >= until_)
    watching_.reset();
}

void actor_table::start_over() {
  next_.clear();
  for (const trace_ring* ring : from_->rings())
    next_.push_back(ring->head());
  begin_ = trace_time_now();
  open_.clear();
  tallies_.clear();
  edges_.clear();
  spans_.clear();
  ticks_.clear();
  lost_ = 0;
}

void actor_table::read_rings() {
  const trace_time now = trace_time_now();
  if (now.clock > begin_.clock)
    ms_per_unit_ = static_cast<double>(now.steady_ns - begin_.steady_ns) * 1e-6 /
                   static_cast<double>(now.clock - begin_.clock);
  const auto rings = from_->rings();
  next_.resize(rings.size());
  records_.clear();
  for (std::size_t i = 0; i < rings.size(); ++i) {
    const std::size_t before = records_.size();
    const std::uint64_t first = rings[i]->read(next_[i], records_);
    lost_ += first - next_[i];
    next_[i] = first + (records_.size() - before);
  }
  std::stable_sort(records_.begin(), records_.end(),
                   [](const auto& l, const auto& r) { return l.time < r.time; });
  for (const auto& r : records_)
    take_record(r);
  if (open_.size() > most_open)
    open_.clear();
  while (ticks_.size() > most_ticks)
    ticks_.erase(ticks_.begin());
}

void actor_table::take_record(const trace_record& r) {
  auto keep = [&](std::vector<float>& where, std::uint64_t units) {
    if (where.size() < most_times)
      where.push_back(static_cast<float>(static_cast<double>(units) * ms_per_unit_));
  };
  switch (r.kind) {
    case trace_kind::enqueued:
      open_[r.subject] = {r.time, 0};
      ++edges_[{r.peer, r.actor, r.name}];
      break;
    case trace_kind::handling_began: {
      auto& m = open_[r.subject];
      if (m.enqueued != 0)
        keep(tallies_[r.actor].wait_ms, r.time - m.enqueued);
      m.began = r.time;
      ++tallies_[r.actor].running;
      break;
    }
    case trace_kind::handling_ended: {
      auto& t = tallies_[r.actor];
      ++t.handled;
      t.running -= std::min<std::uint64_t>(t.running, 1);
      if (auto m = open_.find(r.subject); m != open_.end()) {
        if (m->second.began != 0)
          keep(t.run_ms, r.time - m->second.began);
        open_.erase(m);
      }
      break;
    }
    case trace_kind::span: {
      const double ms = static_cast<double>(r.subject) * ms_per_unit_;
      spans_[r.name] += ms;
      if (r.tick != no_trace_tick)
        ticks_[r.tick][r.name] += ms;
      break;
    }
  }
}

actor_figures actor_table::take() {
  const std::scoped_lock held{mutex_};
  actor_figures out;
  out.armed = from_->armed();
  if (begin_.clock == 0)
    return out; // nobody ever watched
  read_rings();
  const trace_time now = trace_time_now();
  out.seconds = static_cast<double>(now.steady_ns - begin_.steady_ns) * 1e-9;
  out.lost = lost_;
  const auto names = from_->names();
  auto name_of = [&](std::uint16_t n) { return n < names.size() ? names[n] : std::string{"?"}; };
  std::map<std::uint32_t, std::string> actors;
  for (const auto& a : from_->actors())
    actors[a.actor] = a.name;
  std::map<std::uint32_t, std::uint64_t> waiting;
  for (const auto& [key, count] : edges_)
    waiting[std::get<1>(key)] += count;
  for (const auto& [actor, name] : actors) {
    actor_figures::row row;
    row.actor = actor;
    row.name = name;
    if (auto t = tallies_.find(actor); t != tallies_.end()) {
      row.handled = t->second.handled;
      row.running = t->second.running != 0;
      for (float ms : t->second.run_ms)
        row.run_ms_sum += static_cast<double>(ms);
      row.run_ms_p50 = percentile(t->second.run_ms, 50);
      row.run_ms_p99 = percentile(t->second.run_ms, 99);
      row.wait_ms_p50 = percentile(t->second.wait_ms, 50);
      row.wait_ms_p99 = percentile(t->second.wait_ms, 99);
    }
    const std::uint64_t taken = row.handled + (row.running ? 1 : 0);
    row.waiting = waiting[actor] > taken ? waiting[actor] - taken : 0;
    out.actors.push_back(std::move(row));
  }
  for (const auto& [key, count] : edges_)
    out.edges.push_back({std::get<0>(key), std::get<1>(key), name_of(std::get<2>(key)), count});
  std::stable_sort(out.edges.begin(), out.edges.end(),
                   [](const auto& l, const auto& r) { return l.count > r.count; });
  if (out.edges.size() > most_edges)
    out.edges.resize(most_edges);
  for (const auto& [number, ms] : spans_)
    out.spans.push_back({name_of(number), ms});
  std::sort(out.spans.begin(), out.spans.end(),
            [](const auto& l, const auto& r) { return l.ms > r.ms; });
  // What has not ended goes on into the next answer.
  begin_ = now;
  std::map<std::uint32_t, tally> begun;
  for (auto& [actor, t] : tallies_)
    if (t.running != 0)
      begun[actor].running = t.running;
  tallies_ = std::move(begun);
  edges_.clear();
  spans_.clear();
  lost_ = 0;
  return out;
}

system_times actor_table::systems(std::uint32_t from) {
  const std::scoped_lock held{mutex_};
  system_times out;
  if (begin_.clock == 0)
    return out;
  read_rings();
  if (ticks_.empty() || ticks_.rbegin()->first < from)
    return out;
  std::map<std::uint16_t, std::size_t> columns;
  for (const auto& [tick, times] : ticks_)
    for (const auto& [name, ms] : times)
      columns.emplace(name, 0);
  const auto names = from_->names();
  for (auto& [name, column] : columns) {
    column = out.names.size();
    out.names.push_back(name < names.size() ? names[name] : "?");
  }
  // A tick that nothing was recorded of would shift those after it.
  const std::uint32_t last = ticks_.rbegin()->first;
  out.first_tick = std::max(
    {ticks_.begin()->first, from, last >= most_ticks ? last - std::uint32_t{most_ticks} + 1 : 0});
  for (std::uint32_t tick = out.first_tick; tick <= last; ++tick) {
    std::vector<double> row(out.names.size());
    if (auto found = ticks_.find(tick); found != ticks_.end())
      for (const auto& [name, ms] : found->second)
        row[columns[name]] = ms;
    out.ms.push_back(std::move(row));
  }
  return out;
}

} // namespace tessera
