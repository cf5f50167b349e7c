#include "apps/log_reading.hpp"

#include <algorithm>

namespace tessera {

namespace {

result<journal_survey> survey_once(const kept_reading& kept, tick_number from) {
  const manifest& m = kept.directory.current();
  auto epochs = epochs_of(m);
  return survey_journal(posix_files(), kept.directory.journal_path(), m.identity, epochs,
                        {.from = from, .synced = true});
}

/// The first tick that the survey misses, if that is what is wrong.
std::optional<std::pair<std::uint64_t, tick_number>> first_lost(const journal_survey& s) {
  if (s.lost.empty())
    return std::nullopt;
  return std::pair(s.lost.front().epoch, s.lost.front().from);
}

result<void> open_anew(kept_reading& kept) {
  auto anew = data_directory::open_to_read(posix_files(), kept.directory.path());
  if (!anew)
    return tl::unexpected(anew.error());
  kept.directory = std::move(*anew);
  return {};
}

/// A round that was whole at the first look is seen whole at the second; so what is lost twice from the
/// same tick on is lost. Otherwise the rounds that count are those up to the watermark, and all is fine.
bool seems_lost_only(const journal_survey& before, const journal_survey& now) {
  return first_lost(before) != first_lost(now) || (!now.corruption && before.corruption);
}

} // namespace

result<journal_survey> survey_steadily(kept_reading& kept, tick_number from) {
  auto survey = read_steadily(kept, [&](kept_reading& k) { return survey_once(k, from); });
  constexpr int most_looks = 4;
  for (int i = 0; i < most_looks && survey && survey->corruption; ++i) {
    if (auto ok = open_anew(kept); !ok)
      return tl::unexpected(ok.error());
    auto again = survey_once(kept, from);
    if (!again)
      return again;
    bool seeming = seems_lost_only(*survey, *again);
    survey = std::move(again);
    if (!seeming)
      return survey;
  }
  if (survey && survey->corruption) {
    survey->corruption.reset();
    survey->lost.clear();
  }
  return survey;
}

result<log_reading> read_log(const std::string& path) {
  auto kept = read_kept(path);
  if (!kept)
    return tl::unexpected(kept.error());
  log_reading out{std::move(*kept), {}, {}};
  auto survey = survey_steadily(out.kept, 0);
  // Epochs that another version of the game wrote are not read; those of this one come last.
  const auto epochs = out.kept.directory.current().epochs;
  for (std::size_t i = 1;
       !survey && survey.error().code == error_code::wrong_code && i < epochs.size(); ++i) {
    survey = survey_steadily(out.kept, epochs[i].first_tick);
    out.notes = {"ticks below " + std::to_string(epochs[i].first_tick) +
                 " were written by another version of the game: their bytes are checked, their "
                 "records not read"};
  }
  if (!survey)
    return tl::unexpected(survey.error());
  out.survey = std::move(*survey);
  return out;
}

tick_number log_reading::first_tick() const {
  return survey.from;
}

std::map<std::uint32_t, shard_log> shard_logs(const journal_survey& from) {
  std::map<std::uint32_t, shard_log> out;
  for (const auto& segment : from.segments) {
    shard_log& log = out[segment.name.shard];
    ++log.segments;
    log.file_bytes += segment.file_bytes;
    log.used_bytes += segment.used_bytes;
    if (log.epochs.empty() || log.epochs.back() != segment.name.epoch)
      log.epochs.push_back(segment.name.epoch);
    for (const auto& frame : segment.frames) {
      if (!frame.counts)
        continue;
      ++log.frames;
      log.records += frame.records;
      if (!log.first || frame.from < *log.first)
        log.first = frame.from;
      log.end = std::max(log.end, frame.end);
    }
  }
  return out;
}

std::string name_of_kind(std::uint16_t kind) {
  switch (static_cast<record_kind>(kind)) {
    case record_kind::commands: return "commands";
    case record_kind::commands_of_nobody: return "commands of nobody";
    case record_kind::world_hash: return "world hash";
    case record_kind::border_inputs: return "border inputs";
    case record_kind::shard_hash: return "shard hash";
    case record_kind::failed_commands: return "commands of a failed tick";
    case record_kind::failed_inputs: return "border inputs of a failed tick";
    case record_kind::border_layout: return "layout";
  }
  return "kind " + std::to_string(kind);
}

std::string path_within(const std::string& directory, const std::string& path) {
  return path.starts_with(directory + "/") ? path.substr(directory.size() + 1) : path;
}

} // namespace tessera
