// How much of a tick the cells near a place take.
//
// Always true: what a shard took in a tick is shared out over its cells by the bodies that stand in them, so cells without bodies take nothing.
#pragma once

#include "net/inspected_world.hpp"
#include "shards/instances.hpp"

#include <span>
#include <vector>

namespace tessera {

struct cell_load {
  cell where;
  std::uint32_t bodies = 0;
  double ms = 0;
  /// 1: a shard full of such cells would take the whole time that there is for a tick.
  double level = 0;
};

/// Of all cells in `near`, by shard. `regions`: those of the shards, in the order of the layout; `tick_ms`: the time that
/// there is for one.
std::vector<cell_load> loads_of(const instance_columns& bodies,
                                std::span<const instance_columns> regions,
                                const shard_figures& figures, double tick_ms,
                                const cell_rect& near);

} // namespace tessera
