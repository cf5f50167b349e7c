// A hungry predator follows the scent of a herd, stalks the nearest grazer in sight, sprints when it is
// close, and bites: an event, as its prey may live in another shard. A sated one rests.
#pragma once

#include "games/herds/components.hpp"
#include "games/herds/constants.hpp"

#include <algorithm>

namespace herds {

struct hunt {
  static constexpr const char* name = "hunt";
  // Without grazers, so that it may run beside the systems that move them.
  using access = tessera::access<tessera::writes<tessera::position, velocity, presence, predator>,
                                 tessera::reads<body>, tessera::without<grazer>,
                                 tessera::neighbours<velocity, presence>,
                                 tessera::cell_reads<grass>, tessera::sends<bite>>;

  static float radius_m(const tessera::world_facts& world) {
    return std::min(32.0F, world.cell_size_m);
  }
  static void run(const tessera::entity<access>& self);
};

} // namespace herds
