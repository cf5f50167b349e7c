// What all shards of a world have in common, immutable while it runs.
#pragma once

#include "core/cell.hpp"
#include "core/error.hpp"
#include "shards/neighbourhood.hpp"
#include "shards/schedule.hpp"
#include "shards/schema.hpp"
#include "shards/system_call.hpp"
#include "shards/terrain.hpp"

#include <memory>

namespace tessera {

struct world_setup {
  std::shared_ptr<const schema> game;
  std::uint64_t seed = 1;
  double tick_rate_hz = 20;
  float cell_size_m = 64;
  cell_rect extent;
  std::shared_ptr<const terrain> ground; ///< null for a flat world
  /// For tests: rows of every table are put in another order after filling. 0: left as they are. The
  /// order of rows has no meaning, so no hash may change.
  std::uint64_t shuffle_rows_seed = 0;

  // Derived by prepare().
  schedule order;
  float bin_size_m = 0;
  std::vector<component_id> shared_components; ///< position left out, ascending
};

/// Checks the game against the world and derives the rest.
result<std::shared_ptr<const world_setup>> prepare(world_setup setup);

} // namespace tessera
