// Step 4 of a tick: systems run by the static schedule, in line or over threads. Which thread ran what
// never shows: every unit writes its own rows and fills its own outbox.
#include "core/fp_environment.hpp"
#include "shards/shard.hpp"

#include <algorithm>
#include <cstring>

namespace tessera {

namespace {

using steady = std::chrono::steady_clock;

double since_ns(steady::time_point begin) {
  return std::chrono::duration<double, std::nano>(steady::now() - begin).count();
}

} // namespace

void shard::reset_scratch() {
  component_mask scratch = setup_->game->scratch_mask();
  for (; scratch != 0; scratch &= scratch - 1) {
    auto c = static_cast<component_id>(__builtin_ctzll(scratch));
    for (std::uint32_t t = 0; t < store_.archetype_count(); ++t) {
      archetype& table = store_.at(t);
      if (std::byte* column = table.column(c); column != nullptr)
        std::memset(column, 0, std::size_t{table.rows()} * setup_->game->components[c].size);
    }
  }
}

void shard::run_systems(const step_resources& resources) {
  for (std::size_t stage = 0; stage < setup_->order.stages.size(); ++stage)
    run_stage(stage, resources);
}

const std::vector<std::uint8_t>& shard::matches(const system_info& s) {
  auto& known = matching_[static_cast<std::size_t>(&s - setup_->game->systems.data())];
  for (std::size_t t = known.size(); t < store_.archetype_count(); ++t) {
    component_mask mask = store_.at(static_cast<std::uint32_t>(t)).mask();
    known.push_back((mask & s.required) == s.required && (mask & s.access.without) == 0);
  }
  return known;
}

void shard::collect_units(std::uint16_t place, std::size_t wanted,
                          std::vector<system_call>& units) {
  const system_info& s = setup_->game->systems[setup_->order.order[place]];
  system_call call;
  call.world = &context_;
  call.system = &s;
  call.phase = static_cast<phase_number>(first_system_phase + place);
  call.entities = &store_;
  call.cells = &cells_;
  call.around = &around_;
  const auto& matching = matches(s);
  call.matches = &matching;
  auto cut = [&](std::size_t n, std::size_t pieces) {
    pieces = std::clamp<std::size_t>(pieces, 1, std::max<std::size_t>(n, 1));
    for (std::size_t i = 0; i < pieces && n > 0; ++i) {
      call.first = static_cast<std::uint32_t>(n * i / pieces);
      call.last = static_cast<std::uint32_t>(n * (i + 1) / pieces);
      units.push_back(call);
    }
  };
  if (s.kind == system_kind::cells) {
    cut(cells_.size(), wanted);
    return;
  }
  if (s.kind == system_kind::neighbours) {
    if (around_.size() > 0)
      cut(static_cast<std::size_t>(around_.columns()) * static_cast<std::size_t>(around_.rows()),
          wanted);
    if (!newcomers_.empty()) {
      call.newcomers = &newcomers_;
      units.push_back(call);
    }
    return;
  }
  std::size_t rows = 0;
  for (std::uint32_t t = 0; t < matching.size(); ++t)
    rows += matching[t] != 0 ? store_.at(t).rows() : 0;
  for (std::uint32_t t = 0; t < matching.size(); ++t) {
    if (matching[t] == 0)
      continue;
    call.table = t;
    std::size_t n = store_.at(t).rows();
    cut(n, std::max<std::size_t>(1, wanted * n / std::max<std::size_t>(rows, 1)));
  }
}

void shard::run_stage(std::size_t number, const step_resources& resources) {
  const auto& stage = setup_->order.stages[number];
  const tick_spans spans{resources.trace, resources.trace_actor, tick_};
  double cost = 0;
  for (auto place : stage)
    cost += cost_ns_[setup_->order.order[place]];
  bool spread =
    resources.workers != nullptr && resources.worker_count > 1 && cost > 2 * resources.handoff_ns;
  std::vector<system_call> units;
  std::size_t wanted = spread ? std::size_t{resources.worker_count} * 4 : 1;
  std::vector<std::size_t> first_unit;
  for (auto place : stage) {
    first_unit.push_back(units.size());
    double share = cost > 0 ? cost_ns_[setup_->order.order[place]] / cost : 0;
    // A system that is a small part of its stage stays whole.
    collect_units(place, share * static_cast<double>(wanted) < 1 ? 1 : wanted, units);
  }
  first_unit.push_back(units.size());
  std::size_t first_box = boxes_used_;
  boxes_used_ += units.size();
  while (boxes_.size() < boxes_used_)
    boxes_.push_back(std::make_unique<outbox>());
  for (std::size_t i = 0; i < units.size(); ++i) {
    boxes_[first_box + i]->clear();
    units[i].out = boxes_[first_box + i].get();
  }
  if (!spread) {
    for (std::size_t s = 0; s < stage.size(); ++s) {
      const auto span = spans.of_system(setup_->order.order[stage[s]]);
      auto begin = steady::now();
      for (std::size_t i = first_unit[s]; i < first_unit[s + 1]; ++i)
        units[i].system->run(units[i]);
      double& known = cost_ns_[setup_->order.order[stage[s]]];
      known += (since_ns(begin) - known) * 0.25;
    }
    return;
  }
  // Each unit notes its own time; together they keep the measured cost of their system current.
  const auto span = spans.of_stage(number);
  std::vector<double> spent(units.size());
  auto body = [&](std::size_t i) {
    auto begin = steady::now();
    fp_environment_guard floats;
    units[i].system->run(units[i]);
    spent[i] = since_ns(begin);
  };
  resources.workers->for_each(units.size(), resources.worker_count, index_function{body});
  for (std::size_t s = 0; s < stage.size(); ++s) {
    double sum = 0;
    for (std::size_t i = first_unit[s]; i < first_unit[s + 1]; ++i)
      sum += spent[i];
    double& known = cost_ns_[setup_->order.order[stage[s]]];
    known += (sum - known) * 0.25;
  }
}

} // namespace tessera
