// The parameters of the game: what a world file may set under [parameters].
//
// One table, in settings.cpp, holds each one's name, default, bounds and words; the world file, `tessera
// check` and docs/manual/herds.md are all checked against it.
#pragma once

#include <span>

namespace tessera {
class game_builder;
}

namespace herds {

/// Meanings and bounds: setting_table(). Times are of the world, so they do not depend on its tick rate.
struct settings {
  float grazers = 0;
  float predators = 0;
  float herd_size = 0;
  float water_level_m = 0;
  float spring_spacing_m = 0;
  float season_s = 0;
  float seasonality = 0;
  float grass_kg_per_m2 = 0;
  float grass_growth_per_s = 0;
  float slope_cost = 0;
  float crowding = 0;

  float grazer_life_s = 0;
  float grazer_maturity_s = 0;
  float grazer_gestation_s = 0;
  float grazer_courtship_s = 0;
  float grazer_hunger_s = 0;
  float grazer_thirst_s = 0;
  float grazer_intake_kg_per_s = 0;
  float grazer_walk_m_per_s = 0;
  float grazer_trot_m_per_s = 0;
  float grazer_run_m_per_s = 0;
  float grazer_calm_s = 0;

  float predator_life_s = 0;
  float predator_maturity_s = 0;
  float predator_gestation_s = 0;
  float predator_courtship_s = 0;
  float predator_hunger_s = 0;
  float predator_lope_m_per_s = 0;
  float predator_sprint_m_per_s = 0;
  float predator_breath_s = 0;
  float predator_bite = 0;
  float predator_meal = 0;
};

struct setting {
  float settings::*member;
  const char* name;
  double fallback;
  double least;
  double most;
  const char* words;
};

/// Every member of settings once, in its order.
std::span<const setting> setting_table();

/// Declares all parameters and returns what the world file says.
settings read_settings(tessera::game_builder& game);

} // namespace herds
