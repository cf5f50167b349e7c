// What lies over the ground in the window of `tessera run --window`: shard borders, ghosts, load, the chosen entity.
//
// Always true: it reaches a few kilometres at most and its size is bounded, however large the world is.
#pragma once

#include "apps/cell_load.hpp"
#include "render/scene.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace tessera {

/// Cells within this are coloured by load: 2 km, and no more than 32 cells.
inline double load_reach_m(const shown_world& world) {
  return std::min(2000.0, 32 * double{world.cell_size_m});
}
/// The cells within reach of a camera.
cell_rect cells_near(const shown_world& world, const camera& from, double reach_m);
/// Green for no load, over yellow to red for level 1.
void add_loads(overlay_content& to, std::span<const cell_load> loads, const shown_world& world,
               const camera& from, float width, float height);

/// Bodies that a neighbour of their shard has as ghosts, as rows, the nearest to the camera first: those within `bin_m` of
/// the neighbour's cells. No more than most_ghosts, within ghost_reach_m.
inline constexpr double ghost_reach_m = 400;
inline constexpr std::size_t most_ghosts = 400;
std::vector<std::size_t> ghosts_near(const instance_columns& bodies,
                                     std::span<const instance_columns> shards, double bin_m,
                                     const shown_world& world, const camera& from);
void add_ghosts(overlay_content& to, std::span<const std::size_t> rows,
                const instance_columns& bodies, const shown_world& world, const camera& from,
                float width, float height);

/// Borders of shards near the camera, on the ground.
void add_borders(overlay_content& to, std::span<const instance_columns> shards,
                 const shown_world& world, const camera& from, float width, float height);

/// A frame around row `row`, where it is in the picture.
void add_marker(overlay_content& to, const instance_columns& bodies, std::size_t row,
                const shown_world& world, const camera& from, float width, float height);

} // namespace tessera
