// Well-fed grown animals conceive, carry, and bear young beside them: one calf, or one to three cubs.
// Real regulation is by food; on top of it they conceive a little less readily the more of their kind
// there are in the whole world, and more readily the fewer.
#pragma once

#include "games/herds/components.hpp"
#include "games/herds/constants.hpp"
#include "games/herds/live.hpp"

namespace herds {

struct breed_grazers {
  static constexpr const char* name = "breed_grazers";
  using access = tessera::access<
    tessera::writes<body>, tessera::reads<tessera::position, velocity, presence, grazer>,
    tessera::spawns<velocity, presence, body, grazer, drive>, tessera::totals<grazer_total>,
    tessera::after<live_as_grazer>>;

  static void run(const tessera::entity<access>& self);
};

struct breed_predators {
  static constexpr const char* name = "breed_predators";
  using access = tessera::access<
    tessera::writes<body>, tessera::reads<tessera::position, velocity, predator>,
    tessera::without<grazer>, tessera::spawns<velocity, presence, body, predator>,
    tessera::totals<predator_total>, tessera::after<live_as_predator>>;

  static void run(const tessera::entity<access>& self);
};

} // namespace herds
