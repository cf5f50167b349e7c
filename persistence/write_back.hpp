// Write-back begun early: the disk works while the program goes on, and the sync that follows has
// less to wait for.
//
// Always true: nothing is durable by it, with or without an error.
#pragma once

#include "core/error.hpp"
#include "persistence/file_system.hpp"

#include <cstdint>
#include <string_view>

namespace tessera {

/// Of what was written to `target` from `offset` on: so many bytes, or, with 0, all. Does nothing
/// where the system has no such thing or the file no descriptor. An error is that of a write, never
/// tried again: the system may have dropped the bytes and tell nobody twice. `path` is for messages.
result<void> begin_write_back(file& target, std::string_view path, std::uint64_t offset = 0,
                              std::uint64_t bytes = 0);

} // namespace tessera
