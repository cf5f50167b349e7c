// Game `flock`, the yardstick: n agents on a flat square with 0.06 agents per square metre.
#pragma once

#include "sdk/game_builder.hpp"

namespace flock {

extern const tessera::game_definition definition;

} // namespace flock
