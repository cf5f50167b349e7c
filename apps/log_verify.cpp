// `tessera log verify`.
#include "apps/log_reading.hpp"
#include "apps/log_tools.hpp"
#include "apps/text.hpp"
#include "apps/tool_output.hpp"
#include "shards/command_codec.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace tessera {

namespace {

using json = nlohmann::ordered_json;

/// Of the border log, of which nothing is demanded.
struct border_verdict {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::vector<journal_damage> damage;
};

struct verdict {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t frames = 0;
  std::uint64_t records = 0;
  double seconds = 0; ///< of reading and checking
  std::vector<journal_damage> damage;
  std::vector<torn_tail> torn;
  std::vector<lost_ticks> lost;
  std::optional<error> corruption;
  border_verdict border;
  /// Recovery begins at this tick, and needs nothing below.
  tick_number recovery_from = 0;
  /// Whether recovery would find all that it needs.
  bool recovers = true;
  std::vector<std::string> notes;
};

/// What its own checks cannot see: that records of the engine's kinds are what they should be.
std::optional<error> decode_all(const journal_survey& survey) {
  std::optional<error> wrong;
  auto look = [&](const journal_record& record) {
    bool commands = record.kind == static_cast<std::uint16_t>(record_kind::commands) ||
                    record.kind == static_cast<std::uint16_t>(record_kind::commands_of_nobody);
    if (commands)
      if (auto read = read_commands(record.bytes, record.tick); !read)
        wrong =
          error{error_code::corrupt, survey.directory + ": shard " + std::to_string(record.shard) +
                                       ", tick " + std::to_string(record.tick) +
                                       ": commands that cannot be read, " + read.error().message};
    return !wrong;
  };
  auto ok = visit_journal(posix_files(), survey, {}, look);
  if (!ok && ok.error().code == error_code::corrupt)
    return ok.error();
  return wrong;
}

void add_damage(verdict& out, const journal_survey& survey) {
  // Damage that is torn is told as such.
  auto torn_at = [&](const journal_damage& d) {
    return std::ranges::any_of(
      survey.torn, [&](const torn_tail& t) { return t.path == d.path && d.offset >= t.offset; });
  };
  for (const auto& segment : survey.segments)
    for (const auto& d : segment.damage)
      if (survey.corruption || !torn_at(d))
        out.damage.push_back(d);
}

/// What another version of the game wrote there is passed over.
result<border_verdict> check_border(const kept_reading& kept) {
  border_verdict out;
  const manifest& m = kept.directory.current();
  auto epochs = epochs_of(m);
  auto survey = survey_journal(posix_files(), kept.directory.border_path(), m.identity, epochs,
                               {.from = 0, .synced = false});
  if (!survey) {
    bool nothing =
      survey.error().code == error_code::not_there || survey.error().code == error_code::wrong_code;
    return nothing ? result<border_verdict>(out) : tl::unexpected(survey.error());
  }
  for (const auto& segment : survey->segments) {
    ++out.files;
    out.bytes += segment.file_bytes;
    out.damage.insert(out.damage.end(), segment.damage.begin(), segment.damage.end());
  }
  return out;
}

result<verdict> check_journal(log_reading& log, double seconds) {
  verdict out;
  const auto& survey = log.survey;
  for (const auto& segment : survey.segments) {
    ++out.files;
    out.bytes += segment.file_bytes;
    for (const auto& frame : segment.frames) {
      out.frames += frame.counts ? 1 : 0;
      out.records += frame.counts ? frame.records : 0;
    }
  }
  out.seconds = seconds;
  out.notes = log.notes;
  out.lost = survey.lost;
  out.corruption = survey.corruption;
  add_damage(out, survey);
  if (!survey.corruption) {
    out.torn = survey.torn;
    out.corruption = decode_all(survey);
  }
  auto border = check_border(log.kept);
  if (!border)
    return tl::unexpected(border.error());
  out.border = std::move(*border);
  const auto& checkpoints = log.kept.directory.current().checkpoints;
  out.recovery_from = checkpoints.empty() ? 0 : checkpoints.back().tick;
  if (survey.corruption) {
    auto needed = survey_steadily(log.kept, out.recovery_from);
    if (!needed)
      return tl::unexpected(needed.error());
    out.recovers = !needed->corruption;
  }
  return out;
}

std::string rate_text(const verdict& v) {
  double gigabytes = static_cast<double>(v.bytes) * 1e-9;
  return v.seconds > 0 ? short_number(gigabytes / v.seconds) + " GB/s" : "-";
}

std::string ticks_text(tick_number from, tick_number end) {
  return end - from == 1 ? "tick " + grouped(from)
                         : "ticks " + grouped(from) + " to " + grouped(end - 1);
}

void print_damage(const verdict& v) {
  for (const auto& d : v.damage)
    std::printf("damaged: %s, byte %s, %s bytes: %s\n", d.path.c_str(),
                std::to_string(d.offset).c_str(), std::to_string(d.bytes).c_str(), d.what.c_str());
  for (const auto& l : v.lost)
    std::printf("lost: %s of epoch %s, which were durable\n", ticks_text(l.from, l.end).c_str(),
                std::to_string(l.epoch).c_str());
  if (v.recovers)
    std::printf("The world itself goes on: recovery begins at the checkpoint of tick %s and finds "
                "all it needs. What is lost is history: replay and export of those ticks.\n",
                grouped(v.recovery_from).c_str());
  else
    std::printf("The world does not open: recovery begins at the checkpoint of tick %s and needs "
                "what is lost. Restore a backup, or see what 'tessera salvage' can save.\n",
                grouped(v.recovery_from).c_str());
}

void print(const log_reading& log, const verdict& v) {
  std::printf("%s: %s files, %s bytes, %s frames, %s records checked in %s s, %s\n",
              log.survey.directory.c_str(), grouped(v.files).c_str(), grouped(v.bytes).c_str(),
              grouped(v.frames).c_str(), grouped(v.records).c_str(),
              short_number(v.seconds).c_str(), rate_text(v).c_str());
  for (const auto& text : v.notes)
    std::printf("note: %s\n", text.c_str());
  for (const auto& t : v.torn)
    std::printf("note: torn end: %s, byte %s, %s bytes: %s; never acknowledged, so nothing is "
                "lost: the next start cuts it off, or its writer is at it now\n",
                t.path.c_str(), std::to_string(t.offset).c_str(), std::to_string(t.bytes).c_str(),
                t.what.c_str());
  if (v.border.files != 0)
    std::printf("%s: %s files, %s bytes checked\n", log.kept.directory.border_path().c_str(),
                grouped(v.border.files).c_str(), grouped(v.border.bytes).c_str());
  for (const auto& d : v.border.damage)
    std::printf("note: border log: %s, byte %s, %s bytes: %s; it is never synced and the world "
                "does not need it, only the replay of one shard alone\n",
                d.path.c_str(), std::to_string(d.offset).c_str(), std::to_string(d.bytes).c_str(),
                d.what.c_str());
  if (v.corruption)
    print_damage(v);
  else if (log.end_tick() > log.first_tick())
    std::printf("sound: %s\n", ticks_text(log.first_tick(), log.end_tick()).c_str());
  else
    std::printf("sound: no ticks\n");
}

json damage_json(const std::vector<journal_damage>& damage) {
  json out = json::array();
  for (const auto& d : damage)
    out.push_back({{"file", d.path}, {"offset", d.offset}, {"bytes", d.bytes}, {"what", d.what}});
  return out;
}

void print_json(const log_reading& log, const verdict& v) {
  json torn = json::array();
  for (const auto& t : v.torn)
    torn.push_back({{"file", t.path}, {"offset", t.offset}, {"bytes", t.bytes}, {"what", t.what}});
  json lost = json::array();
  for (const auto& l : v.lost)
    lost.push_back({{"epoch", l.epoch}, {"from", l.from}, {"to", l.end - 1}});
  json out{{"directory", log.kept.directory.path()},
           {"sound", !v.corruption},
           {"first_tick", log.first_tick()},
           {"next_tick", log.end_tick()},
           {"files", v.files},
           {"bytes", v.bytes},
           {"frames", v.frames},
           {"records", v.records},
           {"seconds", v.seconds},
           {"torn", std::move(torn)},
           {"damage", damage_json(v.damage)},
           {"lost", std::move(lost)},
           {"border",
            {{"files", v.border.files},
             {"bytes", v.border.bytes},
             {"damage", damage_json(v.border.damage)}}},
           {"recovery_from", v.recovery_from},
           {"recovers", v.recovers},
           {"notes", v.notes},
           {"error", v.corruption ? json(v.corruption->message) : json(nullptr)}};
  tessera::print_json(out);
}

} // namespace

exit_code verify_log(const log_options& options) {
  auto begun = std::chrono::steady_clock::now();
  auto log = read_log(options.directory);
  std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
  if (!log)
    return complain(log.error());
  auto found = check_journal(*log, taken.count());
  if (!found)
    return complain(found.error());
  options.json ? print_json(*log, *found) : print(*log, *found);
  std::fflush(stdout);
  return found->corruption ? complain(*found->corruption) : exit_code::fine;
}

} // namespace tessera
