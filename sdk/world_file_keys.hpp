// The table of keys, and how a name is looked up in it.
//
// Always true: a key stands once in world_file_keys(); its index there is what the sdk's sources
// call a key. The extent comes before the rectangles, which are checked against it.
#pragma once

#include "sdk/world_file.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace tessera::world_file {

inline constexpr std::size_t key_count = 18;

/// Index in world_file_keys().
std::optional<std::size_t> find_key(std::string_view key);

/// What a known key allows.
std::string_view allowed(std::string_view key);

/// Whether there are keys name.KEY.
bool is_table_of_keys(std::string_view name);

struct near_key {
  std::string_view key;
  std::size_t distance = 0; ///< insertions, removals and replacements
};

/// The known key that an unknown one most likely means.
near_key nearest_key(std::string_view unknown);

} // namespace tessera::world_file
