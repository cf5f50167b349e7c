// Commands as JSON lines, one per line; docs/manual/command.md is the format's page.
//
// Always true of a command that came out of here: check_command accepts it for this world.
#pragma once

#include "core/error.hpp"
#include "shards/mail.hpp"
#include "shards/world_setup.hpp"

#include <filesystem>
#include <string_view>
#include <vector>

namespace tessera {

struct parsed_command {
  command what;
  bool has_tick = false; ///< false: the next tick that takes commands
};

/// Reads one line. Unknown keys, keys twice, wrong types and missing fields are errors of
/// bad_command that say what was found and what is allowed; the caller knows the line's number.
result<parsed_command> parse_command(std::string_view line, const world_setup& setup);

/// Reads a whole file, in which every command names its tick. Empty lines are passed over. The
/// error is of the first bad line and begins with FILE:LINE.
result<std::vector<command>> read_command_file(const std::filesystem::path& path,
                                               const world_setup& setup);

} // namespace tessera
