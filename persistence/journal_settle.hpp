// What a recovery writes into a journal's directory before the manifest starts a new epoch.
//
// Always true: nothing that counts is changed; what does not count is copied aside and durable
// there before it is erased; done again after a crash in the middle it comes to the same.
#pragma once

#include "core/error.hpp"
#include "persistence/file_system.hpp"
#include "persistence/journal_reader.hpp"

namespace tessera {

/// Makes durable what counts: after a crash of the process alone the last round may still be in the
/// operating system's memory only, and a sync that failed before may have left it there for good,
/// so its frames are written again. Then moves torn tails into DIRECTORY/aside/NAME.OFFSET.COUNT,
/// zeros where they were, and removes segments that were never begun. Refuses a survey with
/// corruption. No journal may be open on the directory. Errors: those of file_system.hpp; corrupt.
result<void> settle_journal(file_system& fs, const journal_survey& survey);

} // namespace tessera
