// The games that come with it.
#pragma once

#include "sdk/game_builder.hpp"

#include <span>

namespace tessera {

/// Built in, and named in a world file by their names; the default first.
std::span<const game_definition* const> built_in_games();

} // namespace tessera
