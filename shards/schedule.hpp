// The static order of a game's systems, derived once from what they declare.
//
// Always true: two systems of one stage neither conflict nor are ordered; every `after` points to an
// earlier stage; the running order, and with it every phase number, depends on the game alone.
#pragma once

#include "core/error.hpp"
#include "shards/schema.hpp"

#include <cstdint>
#include <vector>

namespace tessera {

struct schedule {
  /// Indexes into schema.systems, in running order; system order[i] has phase first_system_phase + i.
  std::vector<std::uint16_t> order;
  /// Places in `order`, grouped: a stage starts when the one before has ended.
  std::vector<std::vector<std::uint16_t>> stages;
};

/// Fails on an unknown name in `after`, a cycle, or two systems that touch the same component, at
/// least one of them writing, without an order between them; names both and the component.
result<schedule> make_schedule(const schema& s);

} // namespace tessera
