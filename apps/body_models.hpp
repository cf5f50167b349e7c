// The models that a world file gives to kinds of bodies, read from their files.
#pragma once

#include "core/error.hpp"
#include "sdk/world_file.hpp"
#include "shards/appearance.hpp"

#include <memory>
#include <vector>

namespace tessera {

struct body_model;

/// As shown_world::models wants them: one for each kind of `looks`, null where the file gives none. Errors of
/// bad_world_file name line, kind and model, and what is wrong with it. Empty in a build without the renderer, which
/// draws none.
result<std::vector<std::shared_ptr<const body_model>>> load_models(const world_config& config,
                                                                   const appearance& looks);

} // namespace tessera
