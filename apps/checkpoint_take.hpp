// `tessera checkpoint take`: a checkpoint now, of a world that runs or of one that is stopped.
#pragma once

#include "apps/exit_codes.hpp"

#include <CLI/CLI.hpp>

namespace tessera {

void add_checkpoint_take(CLI::App& group, exit_code& code);

} // namespace tessera
