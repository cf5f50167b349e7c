// The one system of the flock: every agent looks at the others within 8 m, as they were at the end of
// the last tick, steers, and moves.
#pragma once

#include "games/flock/components.hpp"

#include <array>

namespace flock {

struct fly {
  static constexpr const char* name = "fly";
  using access =
    tessera::access<tessera::writes<tessera::position, velocity>, tessera::neighbours<velocity>>;
  using gather = tessera::gather<&velocity::x, &velocity::z>;
  static constexpr float radius_m = 8;

  enum sum { push_x, push_z, speed_x, speed_z, centre_x, centre_z, others, sum_count_ };
  static constexpr std::size_t sum_count = sum_count_;

  /// What eight candidates add: the push away from each, weakening with distance; the sums of their
  /// velocities and places; their number.
  [[gnu::always_inline]] static void accumulate(const tessera::lane_neighbours<gather>& n,
                                                std::array<tessera::lanes, sum_count>& sums) {
    using tessera::keep;
    // Far candidates weigh nothing: masking the weight masks the push without two more masks.
    tessera::lanes weight = keep(n.near, 1.0F / (n.distance_squared + tessera::splat(0.01F)));
    sums[push_x] -= n.dx * weight;
    sums[push_z] -= n.dz * weight;
    sums[speed_x] += keep(n.near, n.fields[0]);
    sums[speed_z] += keep(n.near, n.fields[1]);
    sums[centre_x] += keep(n.near, n.dx);
    sums[centre_z] += keep(n.near, n.dz);
    sums[others] += keep(n.near, tessera::splat(1.0F));
  }

  static void run(const tessera::entity<access>& self, const tessera::lane_sums<sum_count>& sums);
};

inline void fly::run(const tessera::entity<access>& self,
                     const tessera::lane_sums<sum_count>& sums) {
  constexpr float separation = 12;
  constexpr float alignment = 1;
  constexpr float cohesion = 0.5F;
  constexpr float fastest = 6; // m/s
  auto world = self.world();
  const float dt = world.dt_s();
  velocity& v = self.get<velocity>();
  float force_x = separation * sums[push_x];
  float force_z = separation * sums[push_z];
  if (sums[others] > 0) {
    float share = 1.0F / sums[others];
    force_x += alignment * (sums[speed_x] * share - v.x) + cohesion * (sums[centre_x] * share);
    force_z += alignment * (sums[speed_z] * share - v.z) + cohesion * (sums[centre_z] * share);
  }
  v.x += force_x * dt;
  v.z += force_z * dt;
  // Without a branch, which half of the agents would mispredict: at or below 6 m/s this is 6 / 6 = 1.
  float squared = v.x * v.x + v.z * v.z;
  constexpr float limit = fastest * fastest;
  float scale = fastest / tessera::math::sqrt(tessera::math::max_without_branch(squared, limit));
  v.x *= scale;
  v.z *= scale;
  tessera::moving_position& p = self.get<tessera::position>();
  p.x += v.x * dt;
  p.z += v.z * dt;
  // The edge reflects. The far edges lie anywhere in a cell, so they are met in metres of the world.
  const auto& square = world.parameters<constants>();
  auto reflect = [&](float& inside, float& speed, std::uint16_t cell_index) {
    if (cell_index != 0 && cell_index + 1 < square.last_cell)
      return;
    double side = square.side_m;
    double corner = double{world.cell_size_m()} * cell_index;
    double at = corner + double{inside};
    if (at < 0) {
      inside = -inside;
      speed = -speed;
    } else if (at >= side) {
      inside = static_cast<float>(2 * side - at - corner);
      speed = -speed;
    }
  };
  reflect(p.x, v.x, p.where().x);
  reflect(p.z, v.z, p.where().z);
}

} // namespace flock
