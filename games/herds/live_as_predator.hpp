// Time passes for a predator: it ages, burns its reserves, heals, and dies of age or hunger. What it
// drinks is in its prey.
#pragma once

#include "games/herds/components.hpp"
#include "games/herds/hunt.hpp"

namespace herds {

struct live_as_predator {
  static constexpr const char* name = "live_as_predator";
  using access = tessera::access<tessera::writes<body>, tessera::reads<velocity, predator>,
                                 tessera::without<grazer>, tessera::after<hunt>>;

  static void run(const tessera::entity<access>& self);
};

} // namespace herds
