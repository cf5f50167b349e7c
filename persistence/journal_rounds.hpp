// Decides, from the scans of all segments of a journal, which frames count: rounds, witnesses,
// epochs. Touches no file.
#pragma once

#include "persistence/journal_reader.hpp"

namespace tessera {

/// Fills in everything of `survey` that follows from directory, epochs, from, synced and segments.
void judge_rounds(journal_survey& survey);

} // namespace tessera
