// Where a run's world is kept, and what world that makes it: from WORLD.toml, --data and what the data
// directory holds already.
#pragma once

#include "apps/world_options.hpp"
#include "sdk/kept_world.hpp"
#include "sdk/open_world.hpp"

#include <memory>
#include <string>

namespace tessera {

/// A world about to run.
struct chosen_world {
  world_config config;
  opened_world world;
  std::string directory;            ///< empty: in memory only
  bool is_new = true;               ///< the directory was made just now
  std::unique_ptr<kept_world> keep; ///< null: in memory only
};

/// Opens the world that the options name, and its data directory if there is one, making it if need
/// be. A kept world that differs from the world file is refused (wrong_world), naming the keys.
result<chosen_world> choose_world(const world_options& options, const std::string& data);

/// The configuration that a data directory holds.
result<world_config> kept_config(file_system& fs, const data_directory& directory);

/// Opens the world that a data directory holds, for tools; options as layout change it.
result<opened_world> open_kept(const world_config& config);

} // namespace tessera
