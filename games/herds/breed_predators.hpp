// Well-fed grown predators conceive, carry, and bear one to three cubs beside them.
#pragma once

#include "games/herds/components.hpp"
#include "games/herds/live_as_predator.hpp"

namespace herds {

struct breed_predators {
  static constexpr const char* name = "breed_predators";
  using access =
    tessera::access<tessera::writes<body>, tessera::reads<tessera::position, velocity, predator>,
                    tessera::without<grazer>, tessera::spawns<velocity, presence, body, predator>,
                    tessera::totals<predator_total>, tessera::after<live_as_predator>>;

  static void run(const tessera::entity<access>& self);
};

} // namespace herds
