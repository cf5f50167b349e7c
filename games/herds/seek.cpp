#include "games/herds/seek.hpp"

#include "games/herds/walk.hpp"

namespace herds {

namespace {

using who = tessera::entity<seek::access>;

/// Below the first it sets out for water, at the water it drinks up to the second.
constexpr float thirsty = 0.5F;
constexpr float quenched = 0.95F;
/// With fewer in sight than this it looks for company.
constexpr float lonely_below = 4;
/// How much every grazer's own whim counts beside the grass.
constexpr float whim = 0.35F;
/// How often it stays where it is when the grass is as good as can be.
constexpr float staying = 0.8F;

drive to_water(const who& self, const constants& fixed) {
  way_to_water way = fixed.ground.to_water(self.where());
  if (way.dx == 0 && way.dz == 0)
    return {0, 0};
  auto x = static_cast<float>(way.dx);
  auto z = static_cast<float>(way.dz);
  float scale = fixed.set.grazer_trot_m_per_s / length(x, z);
  return {x * scale, z * scale};
}

/// Sum over the cells next door of the direction there, by how much more of `what` they have than here.
template <class What>
drive uphill(const who& self, What&& what) {
  constexpr float diagonal = 0.70710678F;
  const grass* here = self.cell_value<grass>();
  drive sum;
  for (int dz = -1; dz <= 1; ++dz) {
    for (int dx = -1; dx <= 1; ++dx) {
      const grass* there = self.cell_value<grass>(dx, dz);
      if (there == nullptr || there == here)
        continue;
      float more = (what(*there) - what(*here)) * (dx != 0 && dz != 0 ? diagonal : 1.0F);
      sum.x += more * static_cast<float>(dx);
      sum.z += more * static_cast<float>(dz);
    }
  }
  return sum;
}

drive scaled(const drive& d, float pace) {
  float size = length(d.x, d.z);
  if (!(size > 1e-6F))
    return {0, 0};
  return {d.x / size * pace, d.z / size * pace};
}

drive to_company(const who& self, const constants& fixed) {
  return scaled(uphill(self, [](const grass& g) { return g.scent; }),
                fixed.set.grazer_trot_m_per_s);
}

drive to_grass(const who& self, const constants& fixed) {
  float best = fixed.ground.largest_capacity_kg();
  if (!(best > 0))
    return {0, 0};
  // It stands and eats, or takes some steps: the barer the ground here, the more often.
  float here = self.cell_value<grass>()->standing_kg / best;
  auto random = self.random("whim");
  if (random.chance(staying * share_of(here * 2, 0, 1)))
    return {0, 0};
  drive greener = uphill(self, [&](const grass& g) { return g.standing_kg / best; });
  greener.x += whim * (2 * random.uniform() - 1);
  greener.z += whim * (2 * random.uniform() - 1);
  return scaled(greener, fixed.set.grazer_walk_m_per_s);
}

} // namespace

void seek::run(const tessera::entity<access>& self) {
  auto world = self.world();
  const auto& fixed = world.parameters<constants>();
  if (!fixed.think.is_turn(self.id(), world.tick()) || self.get<presence>().alarm > 0.5F)
    return;
  const grazer& state = self.get<grazer>();
  drive& want = self.get<drive>();
  way_to_water way = fixed.ground.to_water(self.where());
  bool at_water = way.dx == 0 && way.dz == 0;
  if (state.water < (at_water ? quenched : thirsty))
    want = to_water(self, fixed);
  else if (state.company < lonely_below)
    want = to_company(self, fixed);
  else
    want = to_grass(self, fixed);
}

} // namespace herds
