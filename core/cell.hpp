// Cells, positions and rectangles of cells.
//
// Always true of a position that is stored: 0 <= x < size, 0 <= z < size, both finite, never -0; y is
// any finite height in metres. Cells run from 0 to 65535 on both axes, so a world of 64 m cells can be
// 4194 km wide and has the same precision everywhere.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>

namespace tessera {

/// Square of ground, cell_size_m wide; x runs east, z runs south.
struct cell {
  std::uint16_t x = 0;
  std::uint16_t z = 0;
  constexpr auto operator<=>(const cell&) const = default;
};

/// A place: a cell and metres inside it; y is up. A game reads and writes x, y and z; only the engine
/// writes `where`, when it re-bases the position at the end of a tick.
struct position {
  cell where;
  float x = 0;
  float y = 0;
  float z = 0;
};
static_assert(sizeof(position) == 16);

/// Half-open rectangle of cells [x0, x1) x [z0, z1).
struct cell_rect {
  std::int32_t x0 = 0;
  std::int32_t z0 = 0;
  std::int32_t x1 = 0;
  std::int32_t z1 = 0;

  constexpr std::int32_t width() const { return x1 - x0; }
  constexpr std::int32_t depth() const { return z1 - z0; }
  constexpr std::int64_t area() const { return std::int64_t{width()} * depth(); }
  constexpr bool contains(std::int32_t x, std::int32_t z) const {
    return x >= x0 && x < x1 && z >= z0 && z < z1;
  }
  constexpr bool contains(cell c) const { return contains(c.x, c.z); }
  constexpr bool overlaps(const cell_rect& o) const {
    return x0 < o.x1 && o.x0 < x1 && z0 < o.z1 && o.z0 < z1;
  }
  /// The rectangle with a margin of `by` cells on every side; it may leave the world.
  constexpr cell_rect grown(std::int32_t by) const { return {x0 - by, z0 - by, x1 + by, z1 + by}; }
  constexpr cell_rect clipped(const cell_rect& to) const {
    return {std::max(x0, to.x0), std::max(z0, to.z0), std::min(x1, to.x1), std::min(z1, to.z1)};
  }
  constexpr bool operator==(const cell_rect&) const = default;
};

/// Chebyshev distance in cells.
constexpr std::int32_t cell_distance(cell a, cell b) {
  std::int32_t dx = std::int32_t{a.x} - b.x;
  std::int32_t dz = std::int32_t{a.z} - b.z;
  return std::max(dx < 0 ? -dx : dx, dz < 0 ? -dz : dz);
}

} // namespace tessera
