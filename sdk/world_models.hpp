// The models that a world file gives to kinds of bodies. Their files are opened by whoever draws, not here.
//
// Always true: nothing here reaches a world's state, its fingerprint or what is kept of it.
#pragma once

#include "sdk/world_file.hpp"
#include "shards/appearance.hpp"

#include <string>

namespace tessera {

/// What a message about the model of a kind begins with: "FILE:LINE: models.KIND: ", without a line where
/// --set gave the model.
std::string place_of_model(const world_config& config, const std::string& kind);

/// Whether the game has every kind that has a model. An error of bad_world_file names the kinds that there are.
result<void> check_models(const world_config& config, const appearance& looks);

} // namespace tessera
