#include "games/herds/take_bite.hpp"

namespace herds {

namespace {

constexpr float bleeding_s = 12;

void feed(const tessera::entity<take_bite::access>& self, tessera::entity_id biter, float energy) {
  // The biter stood beside it two ticks ago; should it have gone out of sight, the post finds it.
  if (auto beside = self.find_neighbour(biter))
    self.send(*beside, fed{energy});
  else
    self.send_far(biter, fed{energy});
}

} // namespace

void take_bite::run(const tessera::entity<access>& self, const bite& event,
                    tessera::entity_id biter) {
  body& own = self.get<body>();
  if (own.health <= 0) // an earlier bite of this tick killed it, and fed another
    return;
  presence& look = self.get<presence>();
  if (look.alarm <= 0.5F)
    self.add(fleeing{});
  look.alarm = 1;
  own.health = std::max(0.0F, own.health - std::max(0.0F, event.strength));
  if (own.health <= 0) {
    feed(self, biter, meal_of(self.world().parameters<constants>().set, own.age_s));
    self.despawn();
    return;
  }
  wound made{biter, event.strength / (2 * bleeding_s), bleeding_s};
  if (wound* open = self.find<wound>())
    *open = made;
  else
    self.add(made);
}

} // namespace herds
