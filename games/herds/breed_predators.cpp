#include "games/herds/breed_predators.hpp"

#include "games/herds/gestation.hpp"

namespace herds {

void breed_predators::run(const tessera::entity<access>& self) {
  constexpr std::uint32_t largest_litter = 3;
  auto world = self.world();
  const auto& fixed = world.parameters<constants>();
  body& own = self.get<body>();
  if (!fixed.live.is_turn(self.id(), world.tick()) || own.health <= 0)
    return;
  const settings& set = fixed.set;
  reproduction kind{set.predator_maturity_s, set.predator_gestation_s, set.predator_courtship_s,
                    set.predator_life_s};
  auto willing = [&] { return willingness(set, self.total<predator_total>(), set.predators); };
  if (!carry(self, own, kind, true, fixed.live.period_s, willing))
    return;
  own.energy = std::max(0.0F, own.energy - cost_of_birth);
  auto random = self.random("birth");
  std::uint32_t litter = 1 + random.below(largest_litter);
  for (std::uint32_t i = 0; i < litter; ++i) {
    birthplace at = beside(self, fixed, random);
    self.spawn(at.x, at.y, at.z, self.get<velocity>(), presence{stalking_dread_m, 0},
               body{energy_at_birth, 1, 0, 0}, predator{{}, set.predator_breath_s, 0});
  }
}

} // namespace herds
