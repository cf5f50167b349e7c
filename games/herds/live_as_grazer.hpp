// Time passes for a grazer: it ages, burns its reserves, thirsts, bleeds or heals, and dies of age,
// hunger, thirst or wounds. Who bleeds to death still feeds its biter, wherever that is by now.
#pragma once

#include "games/herds/components.hpp"
#include "games/herds/graze.hpp"

namespace herds {

struct live_as_grazer {
  static constexpr const char* name = "live_as_grazer";
  using access =
    tessera::access<tessera::writes<body, grazer, wound>, tessera::reads<velocity>,
                    tessera::sends<fed>, tessera::changes<wound>, tessera::after<graze>>;

  static void run(const tessera::entity<access>& self);
};

} // namespace herds
