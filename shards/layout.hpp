// How the world is cut: a set of rectangles that covers every cell exactly once. A layout never
// changes; to cut the world otherwise is to make another one.
#pragma once

#include "core/cell.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tessera {

class layout {
public:
  /// Rows x columns of nearly equal rectangles, numbered west to east, then north to south.
  static result<layout> grid(cell_rect world, std::int32_t rows, std::int32_t columns);

  /// Any rectangles of at least 2 x 2 cells; fails if one is too small, they overlap or leave a hole.
  static result<layout> rectangles(cell_rect world, std::vector<cell_rect> shards);

  const cell_rect& world() const { return world_; }
  std::size_t size() const { return shards_.size(); }
  const cell_rect& rect(shard_id shard) const { return shards_[shard]; }

  /// Owner of a cell of the world.
  shard_id owner(cell c) const {
    return table_[std::size_t{z_band_[c.z - static_cast<std::size_t>(world_.z0)]} * x_bands_ +
                  x_band_[c.x - static_cast<std::size_t>(world_.x0)]];
  }

  /// Shards, ascending, that own a cell within limits::neighbour_cells of `shard`'s; never itself.
  const std::vector<shard_id>& neighbours(shard_id shard) const { return neighbours_[shard]; }

  /// Shards, ascending, that own a cell within `distance` cells of `c`.
  void owners_within(cell c, std::int32_t distance, std::vector<shard_id>& out) const;

  /// "4x8" for grids, "12 rectangles" otherwise.
  const std::string& name() const { return name_; }

private:
  result<void> index();

  cell_rect world_;
  std::vector<cell_rect> shards_;
  std::vector<std::vector<shard_id>> neighbours_;
  // The cuts of all rectangles, compressed: cell -> band per axis, band x band -> shard.
  std::vector<std::uint16_t> x_band_;
  std::vector<std::uint16_t> z_band_;
  std::size_t x_bands_ = 0;
  std::vector<shard_id> table_;
  std::string name_;
};

} // namespace tessera
