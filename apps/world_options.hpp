// The options that say which world is meant, the same for every sub-command that opens one.
#pragma once

#include "sdk/open_world.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace tessera {

struct world_options {
  std::string file;
  std::string shards; ///< empty: as the world file says; likewise below
  std::string workers;
  std::string seed;
  std::vector<std::string> set; ///< key=value, in order

  /// Adds WORLD.toml, --shards, --workers, --seed and --set.
  void add_to(CLI::App& app, bool world_required = true);

  /// Reads the world file and applies the options, each checked as the file is.
  result<world_config> load() const;
  /// Applies the options to a configuration from elsewhere.
  result<void> apply(world_config& config) const;

  /// The options as they were given, for a command that opens the same world again.
  std::string again() const;
};

} // namespace tessera
