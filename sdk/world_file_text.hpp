// World files as text: written, and compared.
//
// Always true: every key has one canonical text, which TOML reads back to the same value, bit for
// bit; so two configurations agree in a key exactly where its texts do.
#pragma once

#include "sdk/world_file.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tessera {

/// The configuration as a world file that says every key, the same bytes for equal configurations;
/// terrain, models and directory, whose absence means something, are left out where they are absent.
/// parse_world_file() reads it back to an equal configuration under the same path.
///
/// `terrain_name` is what the file says under terrain, if the configuration has one: the terrain's
/// path relative to the file to be written. The game's module, models and the directory are written as they
/// were given, so a file that goes elsewhere needs them changed first.
std::string to_toml(const world_config& config, std::string_view terrain_name);

/// What keeps a world from going on under another world file: a line "KEY: kept VALUE, given VALUE"
/// for every key that differs and must not, in the manual's order; parameters one by one, "absent"
/// where one side does not say it. Layout, workers, models and [persistence] may differ. So may the paths
/// of terrain and modules: their contents are the caller's to compare, and so is a built-in game
/// against a module.
std::vector<std::string> differences(const world_config& kept, const world_config& given);

} // namespace tessera
