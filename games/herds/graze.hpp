// A grazer that is at peace eats the grass of its cell, the faster the more there is; beside water it
// drinks. The cell learns what was eaten, and that somebody was there.
#pragma once

#include "games/herds/components.hpp"
#include "games/herds/constants.hpp"
#include "games/herds/keep_with_herd.hpp"

namespace herds {

struct graze {
  static constexpr const char* name = "graze";
  using access =
    tessera::access<tessera::writes<body, grazer>, tessera::reads<presence, tessera::position>,
                    tessera::cell_reads<grass>, tessera::cell_sums<grazed>,
                    tessera::after<keep_with_herd>>;

  static void run(const tessera::entity<access>& self);
};

} // namespace herds
