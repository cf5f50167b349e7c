#include "games/herds/live_as_predator.hpp"

#include "games/herds/ageing.hpp"

namespace herds {

void live_as_predator::run(const tessera::entity<access>& self) {
  auto world = self.world();
  const auto& fixed = world.parameters<constants>();
  if (!fixed.live.is_turn(self.id(), world.tick()))
    return;
  const settings& set = fixed.set;
  body& own = self.get<body>();
  constitution kind{set.predator_life_s, set.predator_hunger_s, set.predator_sprint_m_per_s};
  bool lives_on = grow_older(self, own, kind, fixed.live.period_s);
  suffer_or_heal(own, own.energy <= 0, fixed.live.period_s);
  if (own.health > 0 && lives_on)
    return;
  own.health = 0;
  self.despawn();
}

} // namespace herds
