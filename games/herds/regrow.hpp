// The grass of a cell loses what was eaten and grows back, fastest where it stands at half of what the
// ground bears, faster in the season for it; and the scent of grazers wears off.
#pragma once

#include "games/herds/components.hpp"
#include "games/herds/constants.hpp"
#include "games/herds/graze.hpp"

namespace herds {

struct regrow {
  static constexpr const char* name = "regrow";
  using access = tessera::access<tessera::cell_writes<grass, grazed>, tessera::totals<season>,
                                 tessera::after<graze>>;

  static void run(const tessera::cells<access>& all);
};

} // namespace herds
