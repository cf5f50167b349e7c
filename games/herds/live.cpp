#include "games/herds/live.hpp"

#include <algorithm>

namespace herds {

namespace {

/// Running at full pace burns this much more than standing.
constexpr float effort = 1.5F;
constexpr float starving_s = 25; ///< from full health to death without reserves
constexpr float healing_s = 60;

struct species {
  float life_s;
  float hunger_s;
  float fastest_m_per_s;
};

/// Ages the body; false when its time has come.
template <class Entity>
bool age(const Entity& self, body& b, const species& kind, float period_s) {
  const velocity& v = self.template get<velocity>();
  float fastest = std::max(kind.fastest_m_per_s, 1.0F);
  float pace_squared = share_of((v.x * v.x + v.z * v.z) / (fastest * fastest), 0, 1);
  b.age_s += period_s;
  b.energy =
    std::max(0.0F, b.energy - period_s / kind.hunger_s * (1 + effort * pace_squared));
  float hazard = hazard_per_s(b.age_s, kind.life_s);
  return hazard <= 0 || !self.random("age").chance(hazard * period_s);
}

void suffer_or_heal(body& b, bool suffers, float period_s) {
  if (suffers)
    b.health -= period_s / starving_s;
  else if (b.energy > 0.2F)
    b.health = std::min(1.0F, b.health + period_s / healing_s);
}

/// An open wound bleeds; true while there is one.
bool bleed(const tessera::entity<live_as_grazer::access>& self, body& b, float period_s) {
  wound* open = self.find<wound>();
  if (open == nullptr)
    return false;
  b.health = std::min(1.0F, b.health - open->bleeding_per_s * period_s);
  open->open_s -= period_s;
  if (open->open_s <= 0)
    self.remove<wound>();
  return true;
}

} // namespace

float meal_of(const settings& set, float age_s) {
  float grown = share_of(0.3F + age_s / std::max(set.grazer_maturity_s, 1.0F), 0, 1);
  return set.predator_meal * grown;
}

void live_as_grazer::run(const tessera::entity<access>& self) {
  auto world = self.world();
  const auto& fixed = world.parameters<constants>();
  body& own = self.get<body>();
  // Who died in this tick already, by a bite, has told its biter.
  if (!fixed.live.is_turn(self.id(), world.tick()) || own.health <= 0)
    return;
  const float period_s = fixed.live.period_s;
  const settings& set = fixed.set;
  grazer& state = self.get<grazer>();
  species kind{set.grazer_life_s, set.grazer_hunger_s, set.grazer_run_m_per_s};
  bool lives_on = age(self, own, kind, period_s);
  state.water = std::max(0.0F, state.water - period_s / set.grazer_thirst_s);
  // Only who is hurt can have a wound, and looking one up costs more than all the rest.
  bool bleeds = own.health < 1 && bleed(self, own, period_s);
  bool bled_dry = own.health <= 0;
  if (!bleeds || own.energy <= 0 || state.water <= 0)
    suffer_or_heal(own, own.energy <= 0 || state.water <= 0, period_s);
  if (bled_dry)
    if (const wound* last = self.find<wound>())
      self.send_far(last->biter, fed{meal_of(set, own.age_s)});
  if (own.health > 0 && lives_on)
    return;
  own.health = 0;
  self.despawn();
}

void live_as_predator::run(const tessera::entity<access>& self) {
  auto world = self.world();
  const auto& fixed = world.parameters<constants>();
  if (!fixed.live.is_turn(self.id(), world.tick()))
    return;
  const settings& set = fixed.set;
  body& own = self.get<body>();
  species kind{set.predator_life_s, set.predator_hunger_s, set.predator_sprint_m_per_s};
  bool lives_on = age(self, own, kind, fixed.live.period_s);
  suffer_or_heal(own, own.energy <= 0, fixed.live.period_s);
  if (own.health > 0 && lives_on)
    return;
  own.health = 0;
  self.despawn();
}

} // namespace herds
