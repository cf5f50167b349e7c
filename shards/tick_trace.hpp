// Names of a tick's phases, systems and stages in a recorder, and spans of them.
#pragma once

#include "core/trace_recorder.hpp"
#include "shards/world_setup.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace tessera {

enum class tick_phase : std::uint8_t {
  tick, ///< all of step()
  index,
  arrivals, ///< of entities, cell data and letters
  commands,
  events,
  changes, ///< births, deaths, changes of components
  close,   ///< re-base, hash, packets
};

/// Made once per world; any thread reads it.
struct tick_trace {
  tick_trace(trace_recorder& recorder, const world_setup& world);

  trace_recorder* to;
  std::array<std::uint16_t, 7> phases{};
  std::vector<std::uint16_t> systems; ///< by index in schema::systems
  std::vector<std::uint16_t>
    stages; ///< by index in schedule::stages: systems that ran side by side
};

/// Makes spans of one shard's tick. Without names it makes spans that record nothing.
class tick_spans {
public:
  tick_spans(const tick_trace* names, std::uint32_t actor, tick_number tick)
    : names_(names), at_{names != nullptr ? names->to : nullptr, actor,
                         static_cast<std::uint32_t>(tick)} {}

  trace_span of(tick_phase phase) const {
    return {at_,
            names_ != nullptr ? names_->phases[static_cast<std::size_t>(phase)] : std::uint16_t{0}};
  }
  trace_span of_system(std::size_t system) const {
    return {at_, names_ != nullptr ? names_->systems[system] : std::uint16_t{0}};
  }
  trace_span of_stage(std::size_t stage) const {
    return {at_, names_ != nullptr ? names_->stages[stage] : std::uint16_t{0}};
  }

private:
  const tick_trace* names_;
  trace_place at_;
};

} // namespace tessera
