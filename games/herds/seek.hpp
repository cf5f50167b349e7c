// A grazer makes up its mind, a little over once a second: to the water when it is thirsty, to greener
// grass otherwise, and after the scent of others when it has lost its herd.
#pragma once

#include "games/herds/components.hpp"
#include "games/herds/constants.hpp"

namespace herds {

struct seek {
  static constexpr const char* name = "seek";
  using access = tessera::access<tessera::reads<body, grazer, presence>, tessera::writes<drive>,
                                 tessera::cell_reads<grass>, tessera::reads<tessera::position>>;

  static void run(const tessera::entity<access>& self);
};

} // namespace herds
