#include "games/herds/graze.hpp"

#include <algorithm>

namespace herds {

namespace {

/// Grass density at which a grazer eats at half its best rate (a Holling type II response).
constexpr float half_kg_per_m2 = 0.15F;
constexpr float drinking_s = 8; ///< from dry to full

} // namespace

void graze::run(const tessera::entity<access>& self) {
  auto world = self.world();
  const auto& fixed = world.parameters<constants>();
  if (!fixed.live.is_turn(self.id(), world.tick()))
    return;
  self.add_to_cell<&grazed::visits>(1);
  if (self.get<presence>().alarm > 0.5F)
    return;
  grazer& state = self.get<grazer>();
  way_to_water way = fixed.ground.to_water(self.where());
  if (way.dx == 0 && way.dz == 0)
    state.water = std::min(1.0F, state.water + fixed.live.period_s / drinking_s);

  body& own = self.get<body>();
  float room_kg = (1 - own.energy) * fixed.set.grazer_hunger_s;
  float per_m2 =
    self.cell_value<grass>()->standing_kg / (world.cell_size_m() * world.cell_size_m());
  float rate = fixed.set.grazer_intake_kg_per_s * per_m2 / (per_m2 + half_kg_per_m2);
  // In whole grams, so that what is eaten is exactly what the cell loses.
  auto eaten_g = static_cast<std::int32_t>(
    share_of(std::min(rate * fixed.live.period_s, room_kg) * 1000, 0, 1e6F));
  if (eaten_g <= 0)
    return;
  self.add_to_cell<&grazed::eaten_g>(eaten_g);
  own.energy =
    std::min(1.0F, own.energy + static_cast<float>(eaten_g) / (1000 * fixed.set.grazer_hunger_s));
}

} // namespace herds
