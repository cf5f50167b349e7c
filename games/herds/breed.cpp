#include "games/herds/breed.hpp"

#include "games/herds/walk.hpp"

namespace herds {

namespace {

constexpr float fit_energy = 0.55F;
constexpr float fit_water = 0.25F;
/// What carrying a young one to its birth takes out of the mother.
constexpr float cost_of_birth = 0.3F;
constexpr float energy_at_birth = 0.6F;
constexpr float fertile_share = 0.85F; ///< of the mean life; older ones bear no more

struct reproduction {
  float maturity_s;
  float gestation_s;
  float courtship_s;
  float life_s;
};

enum class state { idle, carrying, bears };

/// Moves conception and pregnancy on by one turn. `willing` tells how readily its kind breeds now.
template <class Entity, class Willing>
state carry(const Entity& self, body& b, const reproduction& kind, bool fit, float period_s,
            Willing&& willing) {
  if (b.gestation_s > 0) {
    b.gestation_s = std::max(0.0F, b.gestation_s - period_s);
    return b.gestation_s > 0 ? state::carrying : state::bears;
  }
  if (!fit || b.age_s < kind.maturity_s || b.energy < fit_energy ||
      b.age_s > fertile_share * kind.life_s)
    return state::idle;
  if (self.random("conceive").chance(period_s / kind.courtship_s * willing()))
    b.gestation_s = kind.gestation_s;
  return state::idle;
}

struct birthplace {
  float x;
  float y;
  float z;
};

/// A step beside the mother, or where she stands if that is under water.
template <class Entity>
birthplace beside(const Entity& self, const constants& fixed, tessera::random_stream& random) {
  auto world = self.world();
  const tessera::position& at = self.template get<tessera::position>();
  auto side = tessera::math::sincos(random.uniform() * (2 * tessera::math::pi));
  float x = at.x + 1.5F * side.cosine;
  float z = at.z + 1.5F * side.sine;
  double east = world.east_m(at.where, x);
  double south = world.south_m(at.where, z);
  float height = fixed.ground.height_m(east, south);
  const world_sides& s = fixed.sides;
  bool inside = east >= s.west_m && east <= s.east_m && south >= s.north_m && south <= s.south_m;
  return inside && fixed.ground.is_dry(height) ? birthplace{x, height, z}
                                               : birthplace{at.x, at.y, at.z};
}

} // namespace

void breed_grazers::run(const tessera::entity<access>& self) {
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
  if (carry(self, own, kind, fit, fixed.live.period_s, willing) != state::bears)
    return;
  own.energy = std::max(0.0F, own.energy - cost_of_birth);
  auto random = self.random("birth");
  birthplace at = beside(self, fixed, random);
  self.spawn(at.x, at.y, at.z, self.get<velocity>(), presence{},
             body{energy_at_birth, 1, 0, 0}, grazer{mother.water, mother.company}, drive{});
}

void breed_predators::run(const tessera::entity<access>& self) {
  auto world = self.world();
  const auto& fixed = world.parameters<constants>();
  body& own = self.get<body>();
  if (!fixed.live.is_turn(self.id(), world.tick()) || own.health <= 0)
    return;
  const settings& set = fixed.set;
  reproduction kind{set.predator_maturity_s, set.predator_gestation_s, set.predator_courtship_s,
                    set.predator_life_s};
  auto willing = [&] { return willingness(set, self.total<predator_total>(), set.predators); };
  if (carry(self, own, kind, true, fixed.live.period_s, willing) != state::bears)
    return;
  own.energy = std::max(0.0F, own.energy - cost_of_birth);
  auto random = self.random("birth");
  std::uint32_t litter = 1 + random.below(3);
  for (std::uint32_t i = 0; i < litter; ++i) {
    birthplace at = beside(self, fixed, random);
    self.spawn(at.x, at.y, at.z, self.get<velocity>(), presence{1, 0},
               body{energy_at_birth, 1, 0, 0}, predator{{}, set.predator_breath_s, 0});
  }
}

} // namespace herds
