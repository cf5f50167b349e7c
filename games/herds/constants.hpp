// What all systems of a world share: its settings, its land, and the rhythm of what need not happen in
// every tick. Immutable.
#pragma once

#include "games/herds/land.hpp"
#include "games/herds/settings.hpp"
#include "sdk/game.hpp"

namespace herds {

/// Something that an animal does every 2^n ticks. Ids spread the animals over the ticks, so every tick
/// has its share of the work and nothing depends on who shares a shard.
struct rhythm {
  std::uint32_t mask = 0;
  float period_s = 0;

  bool is_turn(tessera::entity_id who, tessera::tick_number tick) const {
    return ((who.serial() + static_cast<std::uint32_t>(tick)) & mask) == 0;
  }
};

/// Sides of the world in metres, a finger's breadth inside, so that rounding leaves nobody beyond.
struct world_sides {
  double west_m = 0;
  double east_m = 0;
  double north_m = 0;
  double south_m = 0;
};

struct constants {
  settings set;
  world_sides sides;
  land ground;
  rhythm live;  ///< eating, drinking, ageing, breeding
  rhythm think; ///< where to go
  rhythm grow;  ///< grass, by rows of cells

  constants(const tessera::world_facts& world, const settings& chosen);
};

/// How readily animals breed: 1 at the numbers of the start, less above them, more below.
float willingness(const settings& set, std::int64_t total, float at_start);

/// Chance to die of age per second, and share of animals that would live to this age if age alone
/// killed: none dies before six tenths of the mean, then the hazard rises in proportion to what is above.
float hazard_per_s(float age_s, float mean_life_s);
float survival(float age_s, float mean_life_s);

/// What a grazer of this age is worth to a predator, of the predator's reserves.
float meal_of(const settings& set, float age_s);

inline float share_of(float value, float least, float most) {
  return value < least ? least : value > most ? most : value;
}

} // namespace herds
