// Reads a journal's directory: which records count, up to which tick the log is whole, what was
// torn by a crash and what is damaged. Writes nothing; settle_journal() (journal_settle.hpp) does
// what a recovery must write before it starts a new epoch. Format: docs/formats/journal.md.
//
// Always true: a record counts only if every frame of its round is whole, every round before it in
// its epoch counts, and its tick is below the first tick of the next epoch. Damage is torn, and no
// error, where nothing in the directory witnesses that it was durable; below that it is corruption.
#pragma once

#include "core/error.hpp"
#include "core/ids.hpp"
#include "persistence/file_system.hpp"
#include "persistence/identity.hpp"
#include "persistence/journal_scan.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera {

/// From the manifest: epoch `epoch` holds ticks from `first_tick` on. What older epochs hold at or
/// above it is void for ever.
struct epoch_start {
  std::uint64_t epoch = 1;
  tick_number first_tick = 0;
};

struct journal_record {
  std::uint32_t shard = 0;
  tick_number tick = 0;
  std::uint16_t kind = 0;
  std::span<const std::byte> bytes;
};

/// The end of a file from the first byte that does not count; zeros follow.
struct torn_tail {
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  tick_number first_tick = 0; ///< from here on nothing of its epoch counts
  std::string what;           ///< was found there
};

/// Ticks from <= t < end were durable and cannot be read.
struct lost_ticks {
  std::uint64_t epoch = 0;
  tick_number from = 0;
  tick_number end = 0;
};

struct journal_survey {
  std::string directory;
  std::vector<epoch_start> epochs;
  tick_number from = 0;  ///< as demanded, or the floor where that is higher
  tick_number floor = 0; ///< segments below may have been deleted
  bool synced = true; ///< false: a border log, or newest epoch without syncs: nothing is demanded

  /// Of the epochs named, by shard, epoch and number; frames say whether they count.
  std::vector<segment_scan> segments;
  /// The newest tick up to which every round counts; all below `from` is taken to be there.
  std::optional<tick_number> watermark;
  /// All below was durable when some frame of the newest epoch was written.
  tick_number witnessed = 0;
  /// The newest epoch ends with the witness of close(), and nothing lies behind it.
  bool clean_stop = false;
  std::vector<torn_tail> torn;
  std::vector<journal_damage> needless; ///< damage below `from`, which nobody asks for
  std::vector<lost_ticks> lost;
  std::optional<error> corruption; ///< set if something is lost: error_code::corrupt
};

/// What must be there.
struct journal_demand {
  tick_number from = 0; ///< nothing below: recovery asks from the tick after its checkpoint's
  bool synced = true;   ///< false for a border log: nothing at all
  /// Of a border log: the first of `epochs` and no other, from the tick at which its own segments begin,
  /// which the answer's `epochs` has.
  bool alone = false;
};

/// Scans and checks every byte of every segment and decides what counts. `epochs` ascend in both
/// members; segments of epochs before the first are passed over. Corruption is told in the answer.
/// Errors: wrong_world; wrong_code, where the epoch has ticks that are demanded; newer_format;
/// corrupt for a damaged floor file; those of file_system.hpp. Any thread.
result<journal_survey> survey_journal(file_system& fs, const std::string& directory,
                                      const log_identity& identity,
                                      std::span<const epoch_start> epochs,
                                      const journal_demand& demand = {});

struct journal_range {
  tick_number from = 0;
  tick_number to = std::numeric_limits<tick_number>::max(); ///< the last
  std::optional<std::uint32_t> shard;                       ///< this one only
};

/// Calls `each` for every record that counts, ascending by tick, shard, place in the log; the bytes
/// live as long as the call. Holds one frame per shard in memory. Stops early when `each` returns
/// false. Errors: those of file_system.hpp; corrupt where a frame changed since the survey.
result<void> visit_journal(file_system& fs, const journal_survey& survey,
                           const journal_range& range,
                           const std::function<bool(const journal_record&)>& each);

struct journal_contents : journal_survey {
  /// Ascending by tick, shard, place in the log. Their bytes belong to `segments`.
  std::vector<journal_record> records;
};

/// survey_journal(), with all records that count in memory; corruption is an error.
result<journal_contents> read_journal(file_system& fs, const std::string& directory,
                                      const log_identity& identity,
                                      std::span<const epoch_start> epochs,
                                      const journal_demand& demand = {});

} // namespace tessera
