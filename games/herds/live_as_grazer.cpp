#include "games/herds/live_as_grazer.hpp"

#include "games/herds/ageing.hpp"

namespace herds {

namespace {

/// An open wound bleeds; null when it has none.
wound* bleed(const tessera::entity<live_as_grazer::access>& self, body& b, float period_s) {
  // Only who is hurt can have a wound, and looking one up costs more than all the rest.
  if (b.health >= 1)
    return nullptr;
  wound* open = self.find<wound>();
  if (open == nullptr)
    return nullptr;
  b.health = std::min(1.0F, b.health - open->bleeding_per_s * period_s);
  open->open_s -= period_s;
  if (open->open_s <= 0)
    self.remove<wound>();
  return open;
}

} // namespace

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
  constitution kind{set.grazer_life_s, set.grazer_hunger_s, set.grazer_run_m_per_s};
  bool lives_on = grow_older(self, own, kind, period_s);
  state.water = std::max(0.0F, state.water - period_s / set.grazer_thirst_s);
  const wound* open = bleed(self, own, period_s);
  if (open != nullptr && own.health <= 0)
    self.send_far(open->biter, fed{meal_of(set, own.age_s)});
  bool suffers = own.energy <= 0 || state.water <= 0;
  if (suffers || open == nullptr)
    suffer_or_heal(own, suffers, period_s);
  if (own.health > 0 && lives_on)
    return;
  own.health = 0;
  self.despawn();
}

} // namespace herds
