// What a whole lockstep world looks like between two ticks, for pictures of it.
//
// Always true: bodies come in the order of their ids, so what comes out is the same under any layout.
#pragma once

#include "shards/instances.hpp"
#include "shards/lockstep_world.hpp"

#include <vector>

namespace tessera {

/// All bodies in the first; behind it a part for each shard, with the cover of its cells and no body. Only between ticks.
std::vector<instance_columns> instances_of(const lockstep_world& world, const appearance& looks,
                                           float cell_size_m);

} // namespace tessera
