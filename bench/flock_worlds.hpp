// Worlds of game flock for benchmarks, run by the whole engine.
#pragma once

#include "actors/engine.hpp"
#include "bench/measuring.hpp"
#include "games/flock/flock.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tessera::bench {

inline double side_m(std::size_t agents) {
  return std::sqrt(static_cast<double>(agents) / 0.06);
}

struct flock_world {
  std::shared_ptr<const world_setup> setup;
  std::shared_ptr<const layout> cut;
};

/// `agents` on their square, cut into rows x columns shards of 64 m cells.
inline flock_world make_flock(std::size_t agents, int rows, int columns) {
  int cells =
    std::max(static_cast<int>(std::ceil(side_m(agents) / 64)), 2 * std::max(rows, columns));
  world_setup setup;
  setup.seed = 7;
  setup.extent = {0, 0, cells, cells};
  game_builder game{"flock",
                    {setup.seed, 0.05F, setup.cell_size_m, setup.extent, nullptr},
                    {{"agents", static_cast<double>(agents)}}};
  flock::definition.define(game);
  setup.game = or_die(game.finish());
  flock_world made;
  made.cut = std::make_shared<const layout>(or_die(layout::grid(setup.extent, rows, columns)));
  made.setup = or_die(prepare(std::move(setup)));
  return made;
}

struct run_figures {
  double wall_s = 0;     ///< from the first grant to the last state
  double latency_ms = 0; ///< paced: planned start to end of a tick, median
  engine_result result;
};

inline run_figures run_world(const flock_world& world, unsigned workers, tick_number ticks,
                             bool paced = false) {
  engine_options options;
  options.workers = workers;
  options.ticks = ticks;
  options.paced = paced;
  run_figures out;
  out.result = or_die(engine::start(world.setup, world.cut, options))->wait();
  out.wall_s = out.result.wall_s;
  if (paced)
    out.latency_ms = median(out.result.tick_latency_ms);
  return out;
}

} // namespace tessera::bench
