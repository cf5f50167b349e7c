// What time does to any animal's body.
#pragma once

#include "games/herds/components.hpp"
#include "games/herds/constants.hpp"

#include <algorithm>

namespace herds {

/// What sets one kind of animal apart from the other here.
struct constitution {
  float life_s;
  float hunger_s;
  float fastest_m_per_s;
};

/// Ages the body and burns its reserves, in proportion to the square of its pace; false when its time
/// has come.
template <class Entity>
bool grow_older(const Entity& self, body& b, const constitution& kind, float period_s) {
  constexpr float effort = 1.5F; // running at full pace burns this much more than standing
  const velocity& v = self.template get<velocity>();
  float fastest = std::max(kind.fastest_m_per_s, 1.0F);
  float pace_squared = share_of((v.x * v.x + v.z * v.z) / (fastest * fastest), 0, 1);
  b.age_s += period_s;
  b.energy = std::max(0.0F, b.energy - period_s / kind.hunger_s * (1 + effort * pace_squared));
  float hazard = hazard_per_s(b.age_s, kind.life_s);
  return hazard <= 0 || !self.random("age").chance(hazard * period_s);
}

/// Health goes while it suffers and comes back while it is fed.
inline void suffer_or_heal(body& b, bool suffers, float period_s) {
  constexpr float suffering_s = 25; // from full health to death
  constexpr float healing_s = 60;
  if (suffers)
    b.health -= period_s / suffering_s;
  else if (b.energy > 0.2F)
    b.health = std::min(1.0F, b.health + period_s / healing_s);
}

} // namespace herds
