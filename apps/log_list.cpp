// `tessera log list`.
#include "apps/log_reading.hpp"
#include "apps/log_tools.hpp"
#include "apps/text.hpp"
#include "apps/text_table.hpp"
#include "apps/tool_output.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace tessera {

namespace {

using json = nlohmann::ordered_json;

std::string epochs_text(const std::vector<std::uint64_t>& epochs) {
  std::string text;
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    std::size_t last = i;
    while (last + 1 < epochs.size() && epochs[last + 1] == epochs[last] + 1)
      ++last;
    text += (text.empty() ? "" : ",") + std::to_string(epochs[i]);
    if (last > i)
      text += "-" + std::to_string(epochs[last]);
    i = last;
  }
  return text;
}

std::string tick_text(bool any, tick_number tick) {
  return any ? grouped(tick) : "-";
}

void print_heading(const log_reading& log) {
  const auto& survey = log.survey;
  std::string ticks = log.end_tick() > log.first_tick() ? "ticks " + grouped(log.first_tick()) +
                                                            " to " + grouped(log.end_tick() - 1)
                                                        : "no ticks";
  std::printf("%s: world %s, %s in the journal%s\n", log.kept.directory.path().c_str(),
              log.kept.config.name.c_str(), ticks.c_str(),
              survey.clean_stop ? ", stopped cleanly" : "");
  for (const auto& text : log.notes)
    std::printf("note: %s\n", text.c_str());
}

void print_shards(const log_reading& log) {
  text_table table{
    {"shard", "segments", "epochs", "first tick", "last tick", "records", "bytes", "on disk"}};
  for (const auto& [shard, of] : shard_logs(log.survey))
    table.add({std::to_string(shard), grouped(of.segments), epochs_text(of.epochs),
               tick_text(of.first.has_value(), of.first.value_or(0)),
               tick_text(of.end > 0, of.end - 1), grouped(of.records), grouped(of.used_bytes),
               grouped(of.file_bytes)});
  std::printf("\n%s", table.text().c_str());
  text_table epochs{{"epoch", "first tick"}};
  for (const auto& e : log.survey.epochs)
    epochs.add({std::to_string(e.epoch), grouped(e.first_tick)});
  std::printf("\n%s", epochs.text().c_str());
}

struct segment_row {
  std::string name;
  std::uint64_t epoch = 0;
  std::uint64_t records = 0;
  std::uint64_t frames = 0;
  std::uint64_t used_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::optional<tick_number> first;
  tick_number end = 0;
};

std::vector<segment_row> segments_of(const log_reading& log, std::uint32_t shard) {
  std::vector<segment_row> rows;
  for (const auto& s : log.survey.segments) {
    if (s.name.shard != shard)
      continue;
    segment_row row;
    row.name = path_within(log.survey.directory, s.path);
    row.epoch = s.name.epoch;
    row.used_bytes = s.used_bytes;
    row.file_bytes = s.file_bytes;
    for (const auto& frame : s.frames) {
      if (!frame.counts)
        continue;
      row.records += frame.records;
      ++row.frames;
      row.first = row.first.value_or(frame.from);
      row.end = frame.end;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

void print_segments(const std::vector<segment_row>& rows) {
  text_table table{
    {"segment", "epoch", "first tick", "last tick", "frames", "records", "bytes", "on disk"}};
  for (const auto& r : rows)
    table.add({r.name, std::to_string(r.epoch), tick_text(r.first.has_value(), r.first.value_or(0)),
               tick_text(r.end > 0, r.end - 1), grouped(r.frames), grouped(r.records),
               grouped(r.used_bytes), grouped(r.file_bytes)});
  std::printf("\n%s", table.text().c_str());
}

json tick_or_null(bool any, tick_number tick) {
  return any ? json(tick) : json(nullptr);
}

json shards_json(const log_reading& log) {
  json out = json::array();
  for (const auto& [shard, of] : shard_logs(log.survey))
    out.push_back({{"shard", shard},
                   {"segments", of.segments},
                   {"epochs", of.epochs},
                   {"first_tick", tick_or_null(of.first.has_value(), of.first.value_or(0))},
                   {"last_tick", tick_or_null(of.end > 0, of.end - 1)},
                   {"frames", of.frames},
                   {"records", of.records},
                   {"bytes", of.used_bytes},
                   {"file_bytes", of.file_bytes}});
  return out;
}

json segments_json(const std::vector<segment_row>& rows) {
  json out = json::array();
  for (const auto& r : rows)
    out.push_back({{"segment", r.name},
                   {"epoch", r.epoch},
                   {"first_tick", tick_or_null(r.first.has_value(), r.first.value_or(0))},
                   {"last_tick", tick_or_null(r.end > 0, r.end - 1)},
                   {"frames", r.frames},
                   {"records", r.records},
                   {"bytes", r.used_bytes},
                   {"file_bytes", r.file_bytes}});
  return out;
}

void print_json(const log_options& options, const log_reading& log) {
  json epochs = json::array();
  for (const auto& e : log.survey.epochs)
    epochs.push_back({{"epoch", e.epoch}, {"first_tick", e.first_tick}});
  json out{{"directory", log.kept.directory.path()}, {"world", log.kept.config.name},
           {"first_tick", log.first_tick()},         {"next_tick", log.end_tick()},
           {"clean_stop", log.survey.clean_stop},    {"epochs", epochs}};
  if (options.shard)
    out["segments"] = segments_json(segments_of(log, *options.shard));
  else
    out["shards"] = shards_json(log);
  out["notes"] = log.notes;
  tessera::print_json(out);
}

} // namespace

exit_code list_log(const log_options& options) {
  auto log = read_log(options.directory);
  if (!log)
    return complain(log.error());
  if (options.shard && segments_of(*log, *options.shard).empty()) {
    complain("shard " + std::to_string(*options.shard) +
             " has no log; shards that never had a command have none, but for shard 0");
    return exit_code::usage;
  }
  if (options.json) {
    print_json(options, *log);
  } else {
    print_heading(*log);
    if (options.shard)
      print_segments(segments_of(*log, *options.shard));
    else
      print_shards(*log);
  }
  return log->survey.corruption ? complain(*log->survey.corruption) : exit_code::fine;
}

} // namespace tessera
