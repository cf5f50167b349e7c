#include "games/herds/walk.hpp"

namespace herds {

namespace {

/// Slower than this counts as standing: no ground to look up.
constexpr float standing_m_per_s = 0.02F;

struct stride {
  float x;
  float z;
};

/// Turns a stride that would leave the world along one axis.
void reflect(float& step, float& speed, double at_m, double first_m, double last_m) {
  double to = at_m + double{step};
  if (to >= first_m && to <= last_m)
    return;
  bool outwards = to < first_m ? speed < 0 : speed > 0;
  if (outwards)
    speed = -speed;
  step = 0;
}

} // namespace

void walk(const tessera::world_view& world, const constants& fixed, tessera::moving_position& place,
          velocity& speed) {
  float pace = length(speed.x, speed.z);
  if (pace < standing_m_per_s)
    return;
  // The law allows a cell per tick; half of one keeps a mother's calf inside it too.
  float scale = world.dt_s();
  if (pace * scale > 0.5F * world.cell_size_m())
    scale = 0.5F * world.cell_size_m() / pace;
  stride step{speed.x * scale, speed.z * scale};
  double east = world.east_m(place.where(), place.x);
  double south = world.south_m(place.where(), place.z);
  reflect(step.x, speed.x, east, fixed.sides.west_m, fixed.sides.east_m);
  reflect(step.z, speed.z, south, fixed.sides.north_m, fixed.sides.south_m);

  auto height_after = [&](const stride& s) {
    return fixed.ground.height_m(east + double{s.x}, south + double{s.z});
  };
  // Whom a command put into the water may climb out.
  auto may_stand = [&](float height) {
    return fixed.ground.is_dry(height) || (height > place.y && !fixed.ground.is_dry(place.y));
  };
  float height = height_after(step);
  if (!may_stand(height)) {
    // Along the shore if one of the axes stays dry, else back where it came from.
    stride along_x{step.x, 0};
    stride along_z{0, step.z};
    float height_x = height_after(along_x);
    float height_z = height_after(along_z);
    if (may_stand(height_x) && step.x != 0) {
      step = along_x;
      height = height_x;
      speed.z = -speed.z;
    } else if (may_stand(height_z) && step.z != 0) {
      step = along_z;
      height = height_z;
      speed.x = -speed.x;
    } else {
      speed.x = -speed.x;
      speed.z = -speed.z;
      return;
    }
  }
  float distance = length(step.x, step.z);
  if (distance <= 0)
    return;
  float grade = (height - place.y) / distance;
  float share = grade > 0 ? 1 / (1 + fixed.set.slope_cost * grade) : 1.0F;
  place.x += step.x * share;
  place.z += step.z * share;
  place.y += (height - place.y) * share;
}

} // namespace herds
