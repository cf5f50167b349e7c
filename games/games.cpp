#include "games/games.hpp"

#include "games/flock/flock.hpp"
#include "games/herds/herds.hpp"
#include "games/store/store_game.hpp"

#include <array>

namespace tessera {

std::span<const game_definition* const> built_in_games() {
  static constexpr std::array games{&herds::definition, &flock::definition,
                                    &store_game::definition};
  return games;
}

} // namespace tessera
