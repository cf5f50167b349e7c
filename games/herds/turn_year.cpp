#include "games/herds/turn_year.hpp"

namespace herds {

namespace {

constexpr float driest = 0.7F;
constexpr float wettest = 1.3F;
constexpr float weather_s = 60; ///< in which rain returns to its mean
constexpr float unrest = 0.02F; ///< of the weather, per square root of a second

} // namespace

std::int32_t growth_permille(const settings& set, double at_s, float rain) {
  double years = at_s / (4 * double{set.season_s});
  auto of_year = static_cast<float>(years - static_cast<double>(static_cast<std::int64_t>(years)));
  float wave = tessera::math::sin(2 * tessera::math::pi * of_year);
  return static_cast<std::int32_t>(1000 * (1 + set.seasonality * wave) * rain);
}

void turn_year::run(const tessera::entity<access>& self) {
  auto world = self.world();
  const auto& fixed = world.parameters<constants>();
  const float dt = world.dt_s();
  sky& now = self.get<sky>();
  float noise = self.random("weather").normal() * tessera::math::sqrt(dt) * unrest;
  float back = (1 - now.rain) * share_of(dt / weather_s, 0, 1);
  now.rain = share_of(now.rain + back + noise, driest, wettest);
  now.growth_permille =
    growth_permille(fixed.set, static_cast<double>(world.tick()) * double{dt}, now.rain);
}

} // namespace herds
