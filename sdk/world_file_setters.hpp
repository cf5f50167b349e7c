// From a TOML value to a member of world_config, key by key.
//
// Always true: a value that its key does not allow changes nothing, and the error names the part of
// it that is to blame.
#pragma once

#include "sdk/world_file.hpp"
#include "sdk/world_file_values.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

namespace tessera::world_file {

/// "FILE:LINE", as errors begin.
std::string place(const std::filesystem::path& path, const toml::value& value);

/// Whether --set takes what follows = as text, without quotes.
bool is_plain_on_command_line(std::size_t key);

/// Sets one key of world_file_keys(). `where` is the place that an error names; null for the line
/// in the file.
result<void> set(world_config& config, std::size_t key, const toml::value& value,
                 const std::string* where);

} // namespace tessera::world_file
