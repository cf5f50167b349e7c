// A grazer walks with its herd: it keeps its distance, stays near the others, goes their way, follows
// its drive, takes fright from predators and from frightened neighbours, and flees. It also moves here,
// so that its neighbours are looked at once per tick.
#pragma once

#include "games/herds/components.hpp"
#include "games/herds/constants.hpp"

#include <algorithm>
#include <array>

namespace herds {

struct keep_with_herd {
  static constexpr const char* name = "keep_with_herd";
  using access =
    tessera::access<tessera::writes<tessera::position, velocity, presence, grazer>,
                    tessera::reads<drive, body>, tessera::neighbours<velocity, presence>,
                    tessera::changes<fleeing>, tessera::after<struct seek>>;
  using gather = tessera::gather<&velocity::x, &velocity::z, &presence::dread_m, &presence::alarm>;

  static float radius_m(const tessera::world_facts& world) {
    return std::min(32.0F, world.cell_size_m);
  }

  enum sum {
    push_x,
    push_z,
    speed_x,
    speed_z,
    centre_x,
    centre_z,
    others,
    alarms,
    dread_x,
    dread_z,
    sum_count_
  };
  static constexpr std::size_t sum_count = sum_count_;

  [[gnu::always_inline]] static void accumulate(const tessera::lane_neighbours<gather>& n,
                                                std::array<tessera::lanes, sum_count>& sums) {
    using tessera::keep;
    const tessera::lanes& dread = n.fields[2];
    tessera::lanes nearness = 1.0F / (n.distance_squared + tessera::splat(1.0F));
    tessera::lane_ints mate = n.near & (dread == tessera::splat(0.0F));
    // A grazer's dread of 0 m is never farther than its distance, so it frightens nobody.
    tessera::lane_ints feared = n.near & (n.distance_squared < dread * dread);
    tessera::lanes push = keep(mate, nearness);
    tessera::lanes fear = keep(feared, nearness);
    sums[push_x] -= n.dx * push;
    sums[push_z] -= n.dz * push;
    sums[speed_x] += keep(mate, n.fields[0]);
    sums[speed_z] += keep(mate, n.fields[1]);
    sums[centre_x] += keep(mate, n.dx);
    sums[centre_z] += keep(mate, n.dz);
    sums[others] += keep(mate, tessera::splat(1.0F));
    sums[alarms] += keep(mate, n.fields[3]);
    sums[dread_x] -= n.dx * fear;
    sums[dread_z] -= n.dz * fear;
  }

  static void run(const tessera::entity<access>& self, const tessera::lane_sums<sum_count>& sums);
};

} // namespace herds
