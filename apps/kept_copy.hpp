// Copies of data directories: of one that a running world writes meanwhile, too.
//
// Always true of a copy: its manifest is the one that was read first, all that this names is in it, and its
// journal ends with a flush round that was whole in all shards, so no file of it is ahead of another; its border
// log likewise, if it has one. What recovery had cut off (aside/) stays behind.
#pragma once

#include "apps/new_directory.hpp"
#include "core/ids.hpp"
#include "persistence/data_directory.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera {

/// Copies the first `bytes` of a file, which must have them (all without a number), to a new one, and syncs
/// it. Errors: corrupt for a file that is too short; those of the file system. Returns how many there were.
result<std::uint64_t> copy_file(file_system& fs, const std::string& from, const std::string& to,
                                std::optional<std::uint64_t> bytes = std::nullopt);

/// What a directory holds, all of it read and checked.
struct kept_soundness {
  tick_number tick = 0; ///< the state at which the world stands
  std::vector<tick_number> checkpoints;
  std::uint64_t journal_segments = 0;
};

/// Reads every byte that counts: inputs, checkpoints, journal. Errors: corrupt, naming the file; those of
/// data_directory::open_to_read and survey_journal. Of a directory that nobody writes to.
result<kept_soundness> verify_kept(const std::string& path);

struct kept_copy {
  kept_soundness sound;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  int begun_again = 0; ///< how often the world changed under the copy
};

/// Copies what is kept at `from` to where `to` builds, synced and verified; the caller finishes `to`. With
/// `border_log`, shards of the copy can be replayed alone, as far as that log is whole; nothing of it is demanded.
/// Errors: those of verify_kept; in_use when the world changes faster than it can be copied.
result<kept_copy> copy_kept(const std::string& from, new_directory& to, bool border_log = true);

} // namespace tessera
