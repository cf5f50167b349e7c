// A kept world's journal as the `tessera log` tools see it: surveyed from end to end, whether or not a
// writer goes on meanwhile and whatever version of the game wrote it.
#pragma once

#include "apps/kept_reading.hpp"
#include "persistence/journal_reader.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tessera {

struct log_reading {
  kept_reading kept;
  journal_survey survey;
  /// For the operator: what was left out, say.
  std::vector<std::string> notes;

  /// The first tick whose records can be read.
  tick_number first_tick() const;
  /// Above the last one.
  tick_number end_tick() const { return survey.watermark ? *survey.watermark + 1 : 0; }
};

/// Surveys the journal of what is kept at `path`, all of it that this version of the game wrote. Damage is
/// told in the survey, torn ends too. Errors: those of read_kept and survey_journal.
result<log_reading> read_log(const std::string& path);

/// Surveys one journal of `kept` with the history from `from` on demanded; `kept` is opened anew if it has
/// changed meanwhile. What a writer was writing just then is taken for neither lost nor torn.
result<journal_survey> survey_steadily(kept_reading& kept, tick_number from);

/// What one shard's log holds.
struct shard_log {
  std::uint64_t segments = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t used_bytes = 0;
  std::vector<std::uint64_t> epochs; ///< ascending
  std::uint64_t records = 0;         ///< that count; likewise below
  std::uint64_t frames = 0;
  std::optional<tick_number> first; ///< of a frame that counts
  tick_number end = 0;
};

/// By shard, segments that were never begun included.
std::map<std::uint32_t, shard_log> shard_logs(const journal_survey& from);

/// "commands", "commands of nobody", "world hash", or the number.
std::string name_of_kind(std::uint16_t kind);

/// A path below `directory` as it is seen from there.
std::string path_within(const std::string& directory, const std::string& path);

} // namespace tessera
