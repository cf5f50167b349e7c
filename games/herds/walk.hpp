// How any animal gets from where it is to where its velocity takes it in one tick.
//
// Always true afterwards: it is inside the world, on dry ground, within half a cell of where it was, and
// y is the height of the ground (to a hand's breadth: between lookups the ground counts as straight).
#pragma once

#include "games/herds/components.hpp"
#include "games/herds/constants.hpp"

namespace herds {

/// Water turns the animal along the shore or back, the edge of the world reflects it, and uphill it
/// covers less ground than its velocity says.
void walk(const tessera::world_view& world, const constants& fixed, tessera::moving_position& place,
          velocity& speed);

/// Length of a vector on the ground.
inline float length(float x, float z) {
  return tessera::math::sqrt(x * x + z * z);
}

/// Moves a velocity towards the one it wants to have, by the share that `agility_per_s` allows.
inline void turn_towards(velocity& v, float want_x, float want_z, float agility_per_s, float dt_s) {
  float share = share_of(agility_per_s * dt_s, 0, 1);
  v.x += (want_x - v.x) * share;
  v.z += (want_z - v.z) * share;
}

} // namespace herds
