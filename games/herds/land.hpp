// What never changes about the ground of a world, cell by cell: how much grass it bears and where the
// nearest drink is.
//
// Always true: a function of seed, extent, terrain and settings alone, computed when the world opens;
// immutable, so all threads read it. A cell holds grass only on its dry part. The way to water leads
// straight to the nearest cell where an animal can drink, so no other water lies in between.
#pragma once

#include "games/herds/settings.hpp"
#include "sdk/game.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace tessera {
struct world_facts;
}

namespace herds {

/// Cells to the nearest one with a drink, east and south; {0, 0} there.
struct way_to_water {
  std::int16_t dx = 0;
  std::int16_t dz = 0;
};

class land {
public:
  land(const tessera::world_facts& world, const settings& set);

  float capacity_kg(tessera::cell c) const { return capacity_kg_[index(c)]; }
  /// Capacities of cells (x, z), (x + 1, z) and on to the east edge.
  const float* capacities_from(tessera::cell c) const { return capacity_kg_.data() + index(c); }
  float largest_capacity_kg() const { return largest_capacity_kg_; }
  way_to_water to_water(tessera::cell c) const { return ways_[index(c)]; }

  /// Height of the ground in metres; 0 in a flat world.
  float height_m(double east_m, double south_m) const {
    return ground_ == nullptr ? 0.0F : ground_->height_m(east_m, south_m);
  }
  /// Whether an animal may stand on ground of this height. It keeps a hand's breadth above the water,
  /// so that rounding never puts it below.
  bool is_dry(float height_m) const { return ground_ == nullptr || height_m >= dry_from_m_; }

private:
  std::size_t index(tessera::cell c) const {
    return static_cast<std::size_t>(c.z - extent_.z0) * static_cast<std::size_t>(extent_.width()) +
           static_cast<std::size_t>(c.x - extent_.x0);
  }
  struct survey;

  tessera::cell_rect extent_;
  std::shared_ptr<const tessera::terrain> ground_;
  float dry_from_m_ = 0;
  float largest_capacity_kg_ = 0;
  std::vector<float> capacity_kg_;
  std::vector<way_to_water> ways_;
};

} // namespace herds
