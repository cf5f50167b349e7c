// Commands as bytes: what a journal keeps of a tick. docs/formats/world-bytes.md describes the form.
//
// Component and event numbers are the game's, so bytes are good only for a game of the same
// fingerprint. Reading checks everything; what comes out is well-formed, though whether it fits the world is
// for check_command to say. Threads: any.
#pragma once

#include "core/byte_io.hpp"
#include "shards/mail.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tessera {

/// Appends one command, without its tick.
void write_command(std::vector<std::byte>& to, const command& c);

/// All commands in `bytes`, stamped with `tick`. Fails with bad_bytes.
result<std::vector<command>> read_commands(std::span<const std::byte> bytes, tick_number tick);

} // namespace tessera
