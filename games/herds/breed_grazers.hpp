// Well-fed grown grazers conceive, carry, and bear a calf beside them.
#pragma once

#include "games/herds/components.hpp"
#include "games/herds/live_as_grazer.hpp"

namespace herds {

struct breed_grazers {
  static constexpr const char* name = "breed_grazers";
  using access = tessera::access<tessera::writes<body>,
                                 tessera::reads<tessera::position, velocity, presence, grazer>,
                                 tessera::spawns<velocity, presence, body, grazer, drive>,
                                 tessera::totals<grazer_total>, tessera::after<live_as_grazer>>;

  static void run(const tessera::entity<access>& self);
};

} // namespace herds
