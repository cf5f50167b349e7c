#include "games/herds/regrow.hpp"

#include <algorithm>
#include <span>

namespace herds {

namespace {

constexpr float scent_s = 150;       ///< in which it falls to a third
constexpr float least_scent = 1e-3F; ///< below, it is gone: denormals would be slow
constexpr float seed_share = 0.005F; ///< of capacity: roots, from which bare ground recovers

struct growth {
  float per_turn;     ///< share by which sparse grass multiplies
  float scent_kept;   ///< share that is left of the scent
  float visits_scale; ///< visits are counted per turn of living, scent in grazers
};

void grow_cell(grass& g, grazed& by, float capacity_kg, const growth& how) {
  float standing = g.standing_kg - static_cast<float>(by.eaten_g) * 0.001F;
  float base = std::max(standing, seed_share * capacity_kg);
  if (capacity_kg > 0)
    standing = base + how.per_turn * base * (1 - base / capacity_kg);
  g.standing_kg = share_of(standing, 0, capacity_kg);
  float scent = g.scent * how.scent_kept + static_cast<float>(by.visits) * how.visits_scale;
  g.scent = scent < least_scent ? 0.0F : scent;
  by = {};
}

/// Index past the last cell of the row that `first` is in.
std::size_t end_of_row(const tessera::cells<regrow::access>& all, std::size_t first) {
  std::uint16_t row = all.where(first).z;
  std::size_t last = all.size();
  while (first < last) { // the last cell of the run that is still in the row, by halving
    std::size_t middle = first + (last - first) / 2;
    if (all.where(middle).z == row)
      first = middle + 1;
    else
      last = middle;
  }
  return first;
}

} // namespace

void regrow::run(const tessera::cells<access>& all) {
  auto world = all.world();
  const auto& fixed = world.parameters<constants>();
  auto permille = all.total<season>();
  if (permille <= 0) // no sky: a command took it away
    permille = 1000;
  growth how{fixed.set.grass_growth_per_s * fixed.grow.period_s * static_cast<float>(permille) /
               1000,
             1 - std::min(1.0F, fixed.grow.period_s / scent_s), fixed.live.period_s / scent_s};
  auto standing = all.values<grass>();
  auto eaten = all.values<grazed>();
  for (std::size_t first = 0, last = 0; first < all.size(); first = last) {
    last = end_of_row(all, first);
    tessera::cell west = all.where(first);
    if (((west.z + static_cast<std::uint32_t>(world.tick())) & fixed.grow.mask) != 0)
      continue;
    const float* capacity = fixed.ground.capacities_from(west);
    for (std::size_t i = first; i < last; ++i)
      grow_cell(standing[i], eaten[i], capacity[i - first], how);
  }
}

} // namespace herds
