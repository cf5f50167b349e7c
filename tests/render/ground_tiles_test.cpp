#include "render/ground_tiles.hpp"

#include <gtest/gtest.h>

namespace tessera {
namespace {

ground_frame hills() {
  ground_frame g;
  g.columns = 403;
  g.rows = 344;
  g.spacing_east_m = 74.46;
  g.spacing_south_m = 92.77;
  g.low_m = 236;
  g.high_m = 1076;
  return g;
}

bool holds(const gpu::terrain_node& n, double unit_x, double unit_z) {
  const int size = n.step * gpu::node_quads;
  return unit_x >= n.first.x && unit_x < n.first.x + size && unit_z >= n.first.y &&
         unit_z < n.first.y + size;
}

TEST(ground_tiles, every_place_in_view_is_covered_once) {
  const ground_frame ground = hills();
  for (float bearing : {0.0F, 77.0F, 200.0F, 301.0F}) {
    camera from;
    from.east_m = 14000;
    from.south_m = 9000;
    from.up_m = 700;
    from.bearing_deg = bearing;
    from.pitch_deg = -8;
    const auto view = matrices_of(from, 16.0F / 9);
    const auto tiles = choose_tiles(ground, from, view, 40'000, 750);
    ASSERT_FALSE(tiles.empty());
    int seen = 0;
    for (double east = 37; east < 29'000; east += 331)
      for (double south = 53; south < 31'000; south += 347) {
        const glm::vec4 at{static_cast<float>(east - from.east_m), 600 - 700,
                           static_cast<float>(south - from.south_m), 1};
        bool inside = true;
        for (const auto& plane : view.frustum)
          inside = inside && glm::dot(glm::vec3(plane), glm::vec3(at)) + plane.w > 0;
        if (!inside)
          continue;
        ++seen;
        int covered = 0;
        for (const auto& n : tiles)
          covered += holds(n, east / ground.spacing_east_m * gpu::units_per_sample,
                           south / ground.spacing_south_m * gpu::units_per_sample);
        ASSERT_EQ(covered, 1) << east << ", " << south;
      }
    EXPECT_GT(seen, 20);
  }
}

TEST(ground_tiles, the_ground_at_the_cameras_feet_is_of_the_finest_level) {
  const ground_frame ground = hills();
  camera from;
  from.east_m = 14000;
  from.south_m = 9000;
  from.up_m = 600;
  from.pitch_deg = -80;
  const auto tiles = choose_tiles(ground, from, matrices_of(from, 1), 40'000, 750);
  ASSERT_FALSE(tiles.empty());
  for (const auto& n : tiles)
    if (holds(n, from.east_m / ground.spacing_east_m * gpu::units_per_sample,
              from.south_m / ground.spacing_south_m * gpu::units_per_sample)) {
      EXPECT_EQ(n.step, 1);
    }
}

} // namespace
} // namespace tessera
