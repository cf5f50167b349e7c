#include "games/herds/settings.hpp"

#include "sdk/game_builder.hpp"

#include <array>

namespace herds {

namespace {

using s = settings;

// clang-format off
constexpr std::array table{
  setting{&s::grazers, "grazers", 60000, 0, 5e6, "grazers at the start, and the number births steer by"},
  setting{&s::predators, "predators", 600, 0, 1e6, "predators at the start, and the number births steer by"},
  setting{&s::herd_size, "herd_size", 90, 1, 1000, "mean size of a herd at the start"},
  setting{&s::water_level_m, "water_level_m", 300, -1000, 10000, "ground below this height is under water"},
  setting{&s::spring_spacing_m, "spring_spacing_m", 800, 8, 1e6, "one spring in each square of this side, metres"},
  setting{&s::season_s, "season_s", 250, 1, 1e6, "length of a season, a quarter of a year, seconds"},
  setting{&s::seasonality, "seasonality", 0.5, 0, 0.9, "how much more grass grows in summer, and less in winter"},
  setting{&s::grass_kg_per_m2, "grass_kg_per_m2", 0.8, 0, 100, "grass that stands on the best ground"},
  setting{&s::grass_growth_per_s, "grass_growth_per_s", 0.01, 0, 1, "rate at which sparse grass multiplies"},
  setting{&s::slope_cost, "slope_cost", 4, 0, 100, "uphill, pace is divided by 1 + this times the grade"},
  setting{&s::crowding, "crowding", 1.5, 0, 10, "how strongly births give way to numbers above those of the start; 0: not at all"},

  setting{&s::grazer_life_s, "grazer_life_s", 480, 10, 1e6, "mean life of a grazer that nothing kills but age"},
  setting{&s::grazer_maturity_s, "grazer_maturity_s", 80, 0, 1e6, "age at which a grazer first breeds"},
  setting{&s::grazer_gestation_s, "grazer_gestation_s", 40, 1, 1e6, "from conception to birth of a grazer"},
  setting{&s::grazer_courtship_s, "grazer_courtship_s", 120, 1, 1e6, "mean wait of a well-fed grazer for a conception"},
  setting{&s::grazer_hunger_s, "grazer_hunger_s", 120, 1, 1e6, "how long a full grazer lives on its reserves, at 1 kg/s"},
  setting{&s::grazer_thirst_s, "grazer_thirst_s", 320, 1, 1e6, "how long a grazer can go without water"},
  setting{&s::grazer_intake_kg_per_s, "grazer_intake_kg_per_s", 2.5, 0, 1000, "what a grazer eats in plenty; it needs 1 kg/s"},
  setting{&s::grazer_walk_m_per_s, "grazer_walk_m_per_s", 1.2, 0, 50, "pace of a grazer that feeds"},
  setting{&s::grazer_trot_m_per_s, "grazer_trot_m_per_s", 3.5, 0, 50, "pace of a grazer on its way"},
  setting{&s::grazer_run_m_per_s, "grazer_run_m_per_s", 8.5, 0, 50, "pace of a grazer that flees"},
  setting{&s::grazer_calm_s, "grazer_calm_s", 8, 0.1, 1e6, "time in which a fright wears off"},

  setting{&s::predator_life_s, "predator_life_s", 520, 10, 1e6, "mean life of a predator that nothing kills but age"},
  setting{&s::predator_maturity_s, "predator_maturity_s", 100, 0, 1e6, "age at which a predator first breeds"},
  setting{&s::predator_gestation_s, "predator_gestation_s", 50, 1, 1e6, "from conception to birth of a predator"},
  setting{&s::predator_courtship_s, "predator_courtship_s", 100, 1, 1e6, "mean wait of a well-fed predator for a conception"},
  setting{&s::predator_hunger_s, "predator_hunger_s", 220, 1, 1e6, "how long a full predator lives on its reserves"},
  setting{&s::predator_lope_m_per_s, "predator_lope_m_per_s", 4.5, 0, 50, "pace of a predator on its way"},
  setting{&s::predator_sprint_m_per_s, "predator_sprint_m_per_s", 10.5, 0, 50, "pace of a predator in a chase"},
  setting{&s::predator_breath_s, "predator_breath_s", 7, 0, 1e6, "how long a rested predator can sprint"},
  setting{&s::predator_bite, "predator_bite", 0.45, 0, 10, "share of a grazer's health that a bite takes, mean"},
  setting{&s::predator_meal, "predator_meal", 0.6, 0, 1, "share of a predator's reserves that a grown grazer fills"},
};
// clang-format on

} // namespace

std::span<const setting> setting_table() {
  return table;
}

settings read_settings(tessera::game_builder& game) {
  settings out;
  for (const setting& one : table)
    out.*one.member =
      static_cast<float>(game.parameter(one.name, one.fallback, one.least, one.most, one.words));
  return out;
}

} // namespace herds
