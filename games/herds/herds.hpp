// Game `herds`, the default world: grazers in herds, the predators that hunt them, and grass that grows
// back, on real ground. docs/manual/herds.md tells what lives there and which parameters it takes.
#pragma once

#include "sdk/game_builder.hpp"

namespace herds {

extern const tessera::game_definition definition;

} // namespace herds
