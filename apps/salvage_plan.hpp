// What is damaged in a data directory, what can still be had of it, and how it is brought there.
//
// Always true: looking changes nothing; before anything is changed, all that is damaged or given up lies,
// whole and durable, under DIR/aside/salvage-N/; what counts changes in one step, with the manifest.
#pragma once

#include "core/error.hpp"
#include "core/ids.hpp"
#include "persistence/data_directory.hpp"
#include "persistence/journal_reader.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tessera {

/// Ticks from <= t < end.
struct tick_range {
  tick_number from = 0;
  tick_number end = 0;
};

struct salvage_plan {
  std::string directory;
  manifest found;
  manifest next; ///< what shall count

  std::vector<std::string> damage; ///< "FILE: what was found", for people
  bool new_manifest =
    false; ///< its own is lost or damaged; `found` is made from what else is there
  std::vector<std::string> taken; ///< where each part of `found` comes from then
  std::vector<std::string> lost_with_manifest;
  std::vector<std::string> notes; ///< damage that matters to nothing
  std::vector<tick_number> damaged_checkpoints;
  tick_number base = 0;   ///< the state to go on from: a checkpoint that is whole, or 0
  tick_number stands = 0; ///< the newest state that can be had whole
  /// Were durable and cannot be had: the first are damaged or missing, the others come after them.
  std::optional<tick_range> lost;
  std::vector<lost_ticks> holes; ///< the ticks that are damaged or missing themselves
  bool new_floor = false;        ///< journal.floor is not readable and is written anew

  std::vector<std::string> keep;   ///< files below DIR that go aside before anything is changed
  std::vector<std::string> remove; ///< of these, those that no epoch of `next` knows

  bool sound() const { return damage.empty(); }
};

/// Looks at everything, changes nothing. Errors: those of data_directory::open_to_read, rebuild_manifest and of the
/// file system; corrupt when nothing can be had, with the reason and the way out.
result<salvage_plan> plan_salvage(const std::string& directory);

/// Does what `plan` says. Returns where the damaged files lie now. Errors: in_use; failure when the directory
/// has changed since; those of the file system.
result<std::string> apply_salvage(const salvage_plan& plan, const std::string& words);

} // namespace tessera
