// From a world file to a world that can run: finds the game, loads the ground, lets the game
// register itself, cuts the world.
#pragma once

#include "core/error.hpp"
#include "sdk/game_builder.hpp"
#include "sdk/world_file.hpp"
#include "shards/layout.hpp"
#include "shards/world_setup.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tessera {

/// All that an engine needs. Immutable and shared: it outlives the config it came from.
struct opened_world {
  const game_definition* game = nullptr; ///< lives as long as the process
  std::shared_ptr<const world_setup> setup;
  std::shared_ptr<const layout> cut;
  std::vector<parameter_info> parameters; ///< that the game knows, in its order
  std::vector<std::string> notes;         ///< allowed, but perhaps not what was meant
};

/// Finds the game: a built-in one by name, or a module. bad_game names those that there are.
result<const game_definition*> find_game(const world_config& config,
                                         std::span<const game_definition* const> built_in);

/// Errors: bad_world_file for terrain, parameters and models of kinds that the game does not show, bad_game for a game that is unknown, breaks
/// the law at registration, or comes in a module that does not fit. Runs the game's define function
/// once.
result<opened_world> open_world(const world_config& config,
                                std::span<const game_definition* const> built_in);

/// The parameters of a game, as it declares them for a flat world of 32 x 32 cells.
result<std::vector<parameter_info>> parameters_of(const game_definition& game);

} // namespace tessera
