#include "games/herds/hunt.hpp"

#include "games/herds/walk.hpp"

namespace herds {

namespace {

using who = tessera::entity<hunt::access>;

constexpr float hungry_below = 0.8F;
constexpr float reach_m = 2;
constexpr float bite_pause_s = 0.6F;
/// It creeps up to this distance, a little above stalking_dread_m, before it sprints.
constexpr float sprint_from_m = 13;
constexpr float running_dread_m = 30;
constexpr float stalking_pace = 0.6F; ///< of its lope
constexpr float second_wind_s = 2.5F; ///< breath it needs to start a sprint
constexpr float recovery = 0.4F;      ///< breath won back per second of rest
constexpr float agility_per_s = 4;
constexpr float apart = 4; ///< m^2/s, push from other predators
constexpr float faintest_scent = 0.02F;
constexpr float sway_rad_per_s = 0.8F;

struct target {
  tessera::neighbour<hunt::access> prey;
  float distance_squared;
};

struct view {
  std::optional<target> nearest;
  float away_x = 0; ///< from other predators
  float away_z = 0;
};

/// The nearest grazer; whom it already chases, unless another is much nearer.
view look_around(const who& self, tessera::entity_id quarry) {
  view seen;
  self.for_each_neighbour([&](const tessera::neighbour<hunt::access>& n) {
    float squared = n.distance_squared();
    if (n.template get<presence>().dread_m > 0) {
      float nearness = 1 / (squared + 1);
      seen.away_x -= n.dx() * nearness;
      seen.away_z -= n.dz() * nearness;
      return;
    }
    float weighed = n.id() == quarry ? squared * 0.25F : squared;
    if (!seen.nearest || weighed < seen.nearest->distance_squared)
      seen.nearest.emplace(target{n, weighed});
  });
  if (seen.nearest)
    seen.nearest->distance_squared = seen.nearest->prey.distance_squared();
  return seen;
}

struct aim {
  float x = 0;
  float z = 0;
  float pace = 0;
};

/// Towards where the prey will be when the predator gets there.
aim towards(const target& t, float pace) {
  velocity theirs = t.prey.get<velocity>();
  float ahead_s = tessera::math::sqrt(t.distance_squared) / std::max(pace, 1.0F);
  ahead_s = std::min(ahead_s, 1.5F);
  return {t.prey.dx() + theirs.x * ahead_s, t.prey.dz() + theirs.z * ahead_s, pace};
}

void try_bite(const who& self, const target& t, predator& me, float mean) {
  if (me.pause_s > 0 || t.distance_squared > reach_m * reach_m)
    return;
  self.send(t.prey, bite{mean * self.random("bite").uniform(0.6F, 1.4F)});
  me.pause_s = bite_pause_s;
}

aim chase(const who& self, const target& t, predator& me, presence& look, const settings& set) {
  bool running = me.quarry == t.prey.id();
  bool close = t.distance_squared < sprint_from_m * sprint_from_m;
  if (running ? me.breath_s > 0 : close && me.breath_s > second_wind_s) {
    me.quarry = t.prey.id();
    look.dread_m = running_dread_m;
    try_bite(self, t, me, set.predator_bite);
    return towards(t, set.predator_sprint_m_per_s);
  }
  me.quarry = {};
  // Out of breath it keeps its distance; with breath it creeps nearer.
  if (me.breath_s < second_wind_s)
    return {};
  return towards(t, stalking_pace * set.predator_lope_m_per_s);
}

/// On along its own heading, which sways.
aim wander(const who& self, const velocity& v, float pace) {
  auto random = self.random("sway");
  if (length(v.x, v.z) < 0.1F) {
    auto heading = tessera::math::sincos(random.uniform() * (2 * tessera::math::pi));
    return {heading.cosine, heading.sine, pace};
  }
  float sway = sway_rad_per_s * self.world().dt_s() * (2 * random.uniform() - 1) * 4;
  return {v.x - v.z * sway, v.z + v.x * sway, pace};
}

/// After the scent where it is strongest, or on until there is one.
aim track(const who& self, const velocity& v, float pace) {
  float strongest = faintest_scent;
  aim found;
  for (int dz = -1; dz <= 1; ++dz) {
    for (int dx = -1; dx <= 1; ++dx) {
      const grass* there = self.cell_value<grass>(dx, dz);
      if (there == nullptr || there->scent <= strongest)
        continue;
      strongest = there->scent;
      found = {static_cast<float>(dx), static_cast<float>(dz), pace};
    }
  }
  if (found.x == 0 && found.z == 0) // nothing, or strongest right here: quarter the ground
    return wander(self, v, strongest > faintest_scent ? 0.5F * pace : pace);
  return found;
}

} // namespace

void hunt::run(const tessera::entity<access>& self) {
  auto world = self.world();
  const auto& fixed = world.parameters<constants>();
  const float dt = world.dt_s();
  predator& me = self.get<predator>();
  presence& look = self.get<presence>();
  velocity& v = self.get<velocity>();
  me.pause_s = std::max(0.0F, me.pause_s - dt);
  look.dread_m = stalking_dread_m;
  aim want;
  float away_x = 0;
  float away_z = 0;
  if (self.get<body>().energy < hungry_below) {
    view seen = look_around(self, me.quarry);
    away_x = seen.away_x;
    away_z = seen.away_z;
    if (seen.nearest) {
      want = chase(self, *seen.nearest, me, look, fixed.set);
    } else {
      me.quarry = {};
      want = track(self, v, fixed.set.predator_lope_m_per_s);
    }
  } else {
    me.quarry = {};
  }
  bool sprints = static_cast<bool>(me.quarry);
  me.breath_s = sprints ? std::max(0.0F, me.breath_s - dt)
                        : std::min(fixed.set.predator_breath_s, me.breath_s + recovery * dt);
  float size = length(want.x, want.z);
  // A command may have given its prey an absurd velocity, and so an absurd place to meet it.
  float scale = size > 1e-6F && size < 1e6F ? want.pace / size : 0.0F;
  if (scale == 0)
    want = {};
  turn_towards(v, want.x * scale + apart * away_x, want.z * scale + apart * away_z, agility_per_s,
               dt);
  walk(world, fixed, self.get<tessera::position>(), v);
}

} // namespace herds
