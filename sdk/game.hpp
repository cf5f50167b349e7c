// Everything a game includes.
#pragma once

#include "core/math.hpp"          // IWYU pragma: export
#include "core/random.hpp"        // IWYU pragma: export
#include "sdk/access.hpp"         // IWYU pragma: export
#include "sdk/describe.hpp"       // IWYU pragma: export
#include "sdk/entity.hpp"         // IWYU pragma: export
#include "sdk/game_builder.hpp"   // IWYU pragma: export
#include "sdk/lane_reduction.hpp" // IWYU pragma: export
