// The file "journal.floor" of a journal's directory: below which tick segments may have been
// deleted, so that what is missing is told from what was removed.
//
// Always true: the floor is durable before the first segment below it goes, and never comes down.
#pragma once

#include "core/error.hpp"
#include "core/ids.hpp"
#include "persistence/file_system.hpp"

#include <string>

namespace tessera {

/// 0 where nothing was removed yet. Errors: corrupt, newer_format, those of file_system.hpp.
result<tick_number> read_journal_floor(file_system& fs, const std::string& directory);

/// Does nothing if the floor is that high already.
result<void> raise_journal_floor(file_system& fs, const std::string& directory, tick_number floor);

} // namespace tessera
