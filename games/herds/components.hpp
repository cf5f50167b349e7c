// What animals, cells and the sky carry, and what animals tell each other.
//
// Always true between ticks, unless a command says otherwise:
// - every animal has velocity, presence and body; a grazer has grazer and drive beside, a predator has
//   predator; nobody has both;
// - body.energy, body.health and grazer.water lie in [0, 1];
// - the tag fleeing is on exactly while presence.alarm is above one half.
//
// What neighbours read is kept small, because every shared field is copied into each tick's index and
// into every border packet.
#pragma once

#include "sdk/game.hpp"

namespace herds {

using tessera::describe_as;
using tessera::field;
using tessera::marks;

/// Of an animal, east and south.
struct velocity {
  float x = 0;
  float z = 0;
};
constexpr auto describe(tessera::of<velocity>) {
  return describe_as("velocity", marks::shared | marks::replicated, field<&velocity::x>("x", "m/s"),
                     field<&velocity::z>("z", "m/s"));
}

/// What others notice of an animal. dread_m tells grazers from predators: it is 0 for a grazer and
/// above 0 for a predator.
struct presence {
  float dread_m = 0; ///< how near grazers let it come before they flee
  float alarm = 0;   ///< 1 when just frightened, down to 0; above one half it flees
};
constexpr auto describe(tessera::of<presence>) {
  return describe_as("presence", marks::shared | marks::replicated,
                     field<&presence::dread_m>("dread", "m"),
                     field<&presence::alarm>("alarm", "1"));
}

/// Of a predator that is not running.
inline constexpr float stalking_dread_m = 11;

/// The state of any animal.
struct body {
  float energy = 1;
  float health = 1;
  float age_s = 0;
  float gestation_s = 0; ///< time to the birth; 0 when not pregnant
};
constexpr auto describe(tessera::of<body>) {
  return describe_as("body", field<&body::energy>("energy", "1"),
                     field<&body::health>("health", "1"), field<&body::age_s>("age", "s"),
                     field<&body::gestation_s>("gestation", "s"));
}

struct grazer {
  float water = 1;
  float company = 0; ///< grazers in sight in the last tick
};
constexpr auto describe(tessera::of<grazer>) {
  return describe_as("grazer", field<&grazer::water>("water", "1"),
                     field<&grazer::company>("company", "1"));
}

/// Where a grazer would go by itself; the herd and its fears have their say as well.
struct drive {
  float x = 0;
  float z = 0;
};
constexpr auto describe(tessera::of<drive>) {
  return describe_as("drive", field<&drive::x>("x", "m/s"), field<&drive::z>("z", "m/s"));
}

struct predator {
  tessera::entity_id quarry; ///< whom it chases; nobody's id while it does not
  float breath_s = 0;        ///< for how long it can still sprint
  float pause_s = 0;         ///< until it can bite again
};
constexpr auto describe(tessera::of<predator>) {
  return describe_as("predator", field<&predator::quarry>("quarry"),
                     field<&predator::breath_s>("breath", "s"),
                     field<&predator::pause_s>("pause", "s"));
}

/// Runs for its life. For those who look at the world; grazers themselves read presence.alarm.
struct fleeing {};
constexpr auto describe(tessera::of<fleeing>) {
  return describe_as("fleeing", marks::replicated);
}

/// What is left of a bite that did not kill at once.
struct wound {
  tessera::entity_id biter;
  float bleeding_per_s = 0; ///< of health
  float open_s = 0;         ///< until it has closed
};
constexpr auto describe(tessera::of<wound>) {
  return describe_as("wound", marks::rare, field<&wound::biter>("biter"),
                     field<&wound::bleeding_per_s>("bleeding", "1/s"),
                     field<&wound::open_s>("open", "s"));
}

/// The one entity that is no animal: it keeps the weather, and through the world value `season` all
/// cells grow by the same one.
struct sky {
  float rain = 1;
  std::int32_t growth_permille = 1000; ///< of grass, against the mean of the year
};
constexpr auto describe(tessera::of<sky>) {
  return describe_as("sky", field<&sky::rain>("rain", "1"),
                     field<&sky::growth_permille>("growth", "1/1000"));
}

// --- cells

struct grass {
  float standing_kg = 0;
  float scent = 0; ///< of grazers: how many, weighted by how long ago
};
constexpr auto describe(tessera::of<grass>) {
  return describe_as("grass", marks::shared, field<&grass::standing_kg>("standing", "kg"),
                     field<&grass::scent>("scent", "1"));
}

/// What grazers have done to a cell since it last grew.
struct grazed {
  std::int32_t eaten_g = 0;
  std::int32_t visits = 0;
};
constexpr auto describe(tessera::of<grazed>) {
  return describe_as("grazed", field<&grazed::eaten_g>("eaten", "g"),
                     field<&grazed::visits>("visits", "1"));
}

// --- events

/// Predator to prey.
struct bite {
  float strength = 0; ///< what it takes of the prey's health
};
constexpr auto describe(tessera::of<bite>) {
  return describe_as("bite", field<&bite::strength>("strength", "1"));
}

/// Prey that died to its biter.
struct fed {
  float energy = 0;
};
constexpr auto describe(tessera::of<fed>) {
  return describe_as("fed", field<&fed::energy>("energy", "1"));
}

// --- world values

struct grazer_total {
  static constexpr const char* name = "grazers";
  using access = tessera::access<tessera::reads<grazer>>;
  static std::int64_t value(const grazer&) { return 1; }
};

struct predator_total {
  static constexpr const char* name = "predators";
  using access = tessera::access<tessera::reads<predator>>;
  static std::int64_t value(const predator&) { return 1; }
};

/// Growth of grass in thousandths of the year's mean.
struct season {
  static constexpr const char* name = "season";
  using access = tessera::access<tessera::reads<sky>>;
  static std::int64_t value(const sky& s) { return s.growth_permille; }
};

} // namespace herds
