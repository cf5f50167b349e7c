// Sub-commands of a sub-command: `tessera log list` and its like.
#pragma once

#include "apps/exit_codes.hpp"

#include <CLI/CLI.hpp>

namespace tessera {

/// A sub-command that is nothing but a group of others. Without one of them it is a usage error that names
/// them.
CLI::App* add_group(CLI::App& app, exit_code& code, const char* name, const char* words);

} // namespace tessera
