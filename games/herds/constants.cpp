#include "games/herds/constants.hpp"

#include <algorithm>

namespace herds {

namespace {

/// The largest power of two of ticks that lasts no longer than `at_most_s`; one tick at least.
rhythm every(float at_most_s, float dt_s) {
  std::uint32_t ticks = 1;
  while (ticks < 4096 && static_cast<float>(2 * ticks) * dt_s <= at_most_s)
    ticks *= 2;
  return {ticks - 1, static_cast<float>(ticks) * dt_s};
}

world_sides sides_of(const tessera::world_facts& world) {
  constexpr double inside_m = 0.01;
  const double size = double{world.cell_size_m};
  const tessera::cell_rect& all = world.extent;
  return {all.x0 * size + inside_m, all.x1 * size - inside_m, all.z0 * size + inside_m,
          all.z1 * size - inside_m};
}

} // namespace

constants::constants(const tessera::world_facts& world, const settings& chosen)
  : set(chosen), sides(sides_of(world)), ground(world, chosen), live(every(0.25F, world.dt_s)),
    think(every(0.8F, world.dt_s)), grow(every(0.4F, world.dt_s)) {}

float willingness(const settings& set, std::int64_t total, float at_start) {
  if (at_start < 1)
    return 1;
  float excess = static_cast<float>(total) / at_start - 1;
  return share_of(1 - set.crowding * excess, 0, 3);
}

namespace {

// With hazard b * (a - 0.6) at age a, in mean lives, the time left at 0.6 is half-normal with the mean
// sqrt(pi / 2b); this b makes it 0.4, and so the mean life 1.
constexpr float safe_until = 0.6F;
constexpr float ageing = 9.8175F;

} // namespace

float hazard_per_s(float age_s, float mean_life_s) {
  float old = age_s / mean_life_s - safe_until;
  return old > 0 ? ageing * old / mean_life_s : 0.0F;
}

float survival(float age_s, float mean_life_s) {
  float old = age_s / mean_life_s - safe_until;
  return old > 0 ? tessera::math::exp(-0.5F * ageing * old * old) : 1.0F;
}

float meal_of(const settings& set, float age_s) {
  return set.predator_meal * share_of(0.3F + age_s / std::max(set.grazer_maturity_s, 1.0F), 0, 1);
}

} // namespace herds
