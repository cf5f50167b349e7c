#include "games/herds/breed_grazers.hpp"

#include "games/herds/gestation.hpp"

namespace herds {

void breed_grazers::run(const tessera::entity<access>& self) {
  constexpr float fit_water = 0.25F;
  auto world = self.world();
  const auto& fixed = world.parameters<constants>();
  body& own = self.get<body>();
  if (!fixed.live.is_turn(self.id(), world.tick()) || own.health <= 0)
    return;
  const settings& set = fixed.set;
  const grazer& mother = self.get<grazer>();
  reproduction kind{set.grazer_maturity_s, set.grazer_gestation_s, set.grazer_courtship_s,
                    set.grazer_life_s};
  bool fit = mother.water > fit_water && self.get<presence>().alarm <= 0.5F;
  auto willing = [&] { return willingness(set, self.total<grazer_total>(), set.grazers); };
  if (!carry(self, own, kind, fit, fixed.live.period_s, willing))
    return;
  own.energy = std::max(0.0F, own.energy - cost_of_birth);
  auto random = self.random("birth");
  birthplace at = beside(self, fixed, random);
  self.spawn(at.x, at.y, at.z, self.get<velocity>(), presence{}, body{energy_at_birth, 1, 0, 0},
             grazer{mother.water, mother.company}, drive{});
}

} // namespace herds
