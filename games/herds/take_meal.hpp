// A predator whose prey has died of its bite eats.
#pragma once

#include "games/herds/components.hpp"

#include <algorithm>

namespace herds {

struct take_meal {
  static constexpr const char* name = "take_meal";
  using access = tessera::access<tessera::writes<body, predator>>;

  static void run(const tessera::entity<access>& self, const fed& event, tessera::entity_id) {
    body& own = self.get<body>();
    own.energy = std::min(1.0F, own.energy + std::max(0.0F, event.energy));
    self.get<predator>().quarry = {};
  }
};

} // namespace herds
