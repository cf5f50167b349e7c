// The write-ahead log of all shards of a node: what came in from outside, tick by tick, durable
// before anybody is told so. Format: docs/formats/journal.md.
//
// Always true: a flush round covers all shards up to one tick and is begun only after the round
// before it was durable in full; no file of an older epoch is written to; a failed write or sync is
// never tried again, and nothing is durable after it: the journal is poisoned and every later call
// says why.
//
// One thread uses a journal at a time. Errors are those of file_system.hpp.
#pragma once

#include "core/error.hpp"
#include "core/ids.hpp"
#include "persistence/file_system.hpp"
#include "persistence/identity.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tessera {

struct journal_options {
  std::string directory; ///< made if it is not there; its parent must be
  log_identity identity;
  std::uint64_t epoch = 1; ///< greater than any that was written here
  tick_number first_tick =
    0; ///< of the epoch: all before it is durable elsewhere or in older epochs
  std::uint32_t shards = 1;
  bool sync = true; ///< false for the border log, which power loss may empty
  /// Segments grow up to this size, more only for a frame that needs it; a whole number of blocks.
  std::uint64_t largest_segment_bytes = std::uint64_t{16} << 20;
  bool allow_io_uring = true;
  /// Makes the next segment of a busy shard on a thread of the journal's own. Tests that count
  /// file-system calls turn it off.
  bool make_segments_ahead = true;
  /// Salts of segments follow from it; 0: drawn at random, as they must be outside of tests.
  std::uint64_t salt_seed = 0;
};

struct journal_statistics {
  std::uint64_t records = 0;  ///< durable
  std::uint64_t bytes = 0;    ///< written in rounds that succeeded: frames and segment headers
  std::uint64_t syncs = 0;    ///< of files in such rounds; those of new segments are not counted
  std::uint64_t rounds = 0;   ///< that succeeded
  std::uint64_t segments = 0; ///< begun in this epoch
};

class journal {
public:
  /// Longer records break an invariant.
  static constexpr std::size_t most_record_bytes = std::size_t{128} << 20;

  /// Begins an epoch. Files appear with the first flush that needs them. `fs` outlives the journal.
  /// Refused (error_code::failure) if this epoch, or a later one, has files in the directory
  /// already.
  static result<std::unique_ptr<journal>> open(file_system& fs, journal_options options);
  ~journal();
  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;

  /// Keeps a copy until a flush takes it; touches no file. `shard` is below options.shards, `tick`
  /// not below an earlier one of this shard and not durable yet; anything else breaks an invariant.
  /// The meaning of `kind` and `bytes` is the caller's.
  void append(std::uint32_t shard, tick_number tick, std::uint16_t kind,
              std::span<const std::byte> bytes);

  /// One flush round. When it returns fine, everything appended with tick <= up_to is durable
  /// (written, with sync off) and durable_tick() >= up_to. With nothing appended it writes one
  /// frame that says just this; it does nothing for ticks that are durable already.
  result<void> flush(tick_number up_to);

  /// States durably that the journal ends at durable_tick() on purpose. What was appended above it
  /// is dropped. Afterwards only the observers may be called.
  result<void> close();

  /// Deletes segments that hold nothing from `tick` on, of older epochs too, after stating durably
  /// that they may be missing; `tick` is what a recovery will read from. At most durable_tick() + 1
  /// counts.
  result<void> remove_before(tick_number tick);

  /// The newest tick that is durable; nothing before the first, if the epoch began at tick 0.
  std::optional<tick_number> durable_tick() const;
  const journal_statistics& statistics() const;
  /// Why every call fails, if it does.
  const std::optional<error>& poison() const;
  /// "io_uring" or "pwrite".
  std::string_view writer_name() const;

private:
  class implementation;
  explicit journal(std::unique_ptr<implementation> inside);
  std::unique_ptr<implementation> inside_;
};

} // namespace tessera
