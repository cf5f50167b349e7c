// A grazer that is bitten takes fright and is hurt. If it dies of it, its biter is fed; if not, the
// wound bleeds for a while.
#pragma once

#include "games/herds/components.hpp"
#include "games/herds/constants.hpp"

namespace herds {

struct take_bite {
  static constexpr const char* name = "take_bite";
  using access =
    tessera::access<tessera::writes<body, presence, wound>, tessera::reads<grazer>,
                    tessera::neighbours<>, tessera::changes<wound, fleeing>, tessera::sends<fed>>;

  static void run(const tessera::entity<access>& self, const bite& event, tessera::entity_id biter);
};

} // namespace herds
