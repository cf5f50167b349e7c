// How animals come to have young: conception, carrying, and where the newborn lies.
//
// Real regulation is by food: only the well-fed conceive. On top of it they conceive a little less
// readily the more of their kind there are in the whole world, and more readily the fewer.
#pragma once

#include "games/herds/components.hpp"
#include "games/herds/constants.hpp"

#include <algorithm>

namespace herds {

/// What carrying a young one to its birth takes out of the mother, and what the young starts with.
inline constexpr float cost_of_birth = 0.3F;
inline constexpr float energy_at_birth = 0.6F;

struct reproduction {
  float maturity_s;
  float gestation_s;
  float courtship_s;
  float life_s;
};

/// Moves conception and pregnancy on by one turn; true when it bears now. `willing` tells how readily
/// its kind breeds at present.
template <class Entity, class Willing>
bool carry(const Entity& self, body& b, const reproduction& kind, bool fit, float period_s,
           Willing&& willing) {
  constexpr float fit_energy = 0.55F;
  constexpr float fertile_share = 0.85F; // of the mean life; older ones bear no more
  if (b.gestation_s > 0) {
    b.gestation_s = std::max(0.0F, b.gestation_s - period_s);
    return b.gestation_s <= 0;
  }
  if (fit && b.energy >= fit_energy && b.age_s >= kind.maturity_s &&
      b.age_s <= fertile_share * kind.life_s &&
      self.random("conceive").chance(period_s / kind.courtship_s * willing()))
    b.gestation_s = kind.gestation_s;
  return false;
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

} // namespace herds
