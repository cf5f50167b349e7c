// `tessera log show`, with --follow.
#include "apps/log_follow.hpp"
#include "apps/log_reading.hpp"
#include "apps/log_tools.hpp"
#include "apps/text.hpp"
#include "apps/wake_up.hpp"
#include "net/json_values.hpp"
#include "shards/command_codec.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace tessera {

namespace {

using json = nlohmann::ordered_json;

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Prints records as the options ask for. In --commands, those of one tick by (session, sequence): the
/// order in which they applied.
class record_printer {
public:
  record_printer(const log_options& options, const schema* game) : options_(options), game_(game) {}

  /// False once a record does not decode; error() says why.
  bool print(const journal_record& record);
  /// What is kept back for its order. To be called when no record of the last tick can come any more.
  void finish();
  const std::optional<error>& failure() const { return failure_; }
  std::uint64_t records() const { return records_; }

private:
  bool print_commands(const journal_record& record);
  void print_hash(const journal_record& record);
  void print_line(const journal_record& record, const std::string& text) const;

  const log_options& options_;
  const schema* game_;
  std::uint64_t records_ = 0;
  std::vector<command> waiting_; ///< of one tick, with --commands
  std::optional<error> failure_;
};

bool record_printer::print(const journal_record& record) {
  ++records_;
  switch (static_cast<record_kind>(record.kind)) {
    case record_kind::commands:
    case record_kind::commands_of_nobody: return print_commands(record);
    case record_kind::world_hash:
      if (record.bytes.size() == sizeof(std::uint64_t)) {
        print_hash(record);
        return true;
      }
      break;
    case record_kind::border_inputs:
    case record_kind::shard_hash:
    case record_kind::failed_commands:
    case record_kind::failed_inputs:
    case record_kind::border_layout: break; // of the border log, which is another directory
  }
  if (options_.commands_only)
    return true;
  if (options_.json)
    std::printf("%s\n", dump({{"tick", record.tick},
                              {"shard", record.shard},
                              {"kind", record.kind},
                              {"bytes", record.bytes.size()}})
                          .c_str());
  else
    print_line(record, name_of_kind(record.kind) + ", " + grouped(record.bytes.size()) + " bytes");
  return true;
}

void record_printer::print_line(const journal_record& record, const std::string& text) const {
  bool nobody = record.kind == static_cast<std::uint16_t>(record_kind::commands_of_nobody);
  std::string who = nobody ? "nobody" : "shard " + std::to_string(record.shard);
  std::printf("tick %-8llu  %-9s  %s\n", static_cast<unsigned long long>(record.tick), who.c_str(),
              text.c_str());
}

void record_printer::print_hash(const journal_record& record) {
  if (options_.commands_only)
    return;
  std::uint64_t hash;
  std::memcpy(&hash, record.bytes.data(), sizeof hash);
  if (options_.json)
    std::printf("%s\n", dump({{"tick", record.tick},
                              {"shard", record.shard},
                              {"kind", "world_hash"},
                              {"state", record.tick + 1},
                              {"hash", hex_text(hash)}})
                          .c_str());
  else
    print_line(record, "world hash " + hex_text(hash) + " after " +
                         std::to_string(record.tick + 1) + " ticks");
}

bool record_printer::print_commands(const journal_record& record) {
  auto commands = read_commands(record.bytes, record.tick);
  if (!commands) {
    failure_ =
      error{error_code::corrupt, "the log of shard " + std::to_string(record.shard) + ", tick " +
                                   std::to_string(record.tick) +
                                   ": commands that cannot be read, " + commands.error().message};
    return false;
  }
  if (options_.commands_only) {
    if (!waiting_.empty() && waiting_.front().tick != record.tick)
      finish();
    std::move(commands->begin(), commands->end(), std::back_inserter(waiting_));
    return true;
  }
  if (!options_.json) {
    for (const auto& c : *commands)
      print_line(record, dump(command_value(c, game_)));
    return true;
  }
  json list = json::array();
  for (const auto& c : *commands)
    list.push_back(command_value(c, game_));
  bool nobody = record.kind == static_cast<std::uint16_t>(record_kind::commands_of_nobody);
  std::printf("%s\n", dump({{"tick", record.tick},
                            {"shard", record.shard},
                            {"kind", nobody ? "commands_of_nobody" : "commands"},
                            {"commands", std::move(list)}})
                        .c_str());
  return true;
}

void record_printer::finish() {
  std::ranges::sort(waiting_, {}, [](const command& c) { return c.order(); });
  for (const auto& c : waiting_)
    std::printf("%s\n", dump(command_value(c, game_)).c_str());
  waiting_.clear();
  std::fflush(stdout);
}

exit_code follow(const log_options& options, const log_reading& log, record_printer& printer) {
  constexpr std::chrono::milliseconds poll_interval{100};
  wake_up sleeper;
  stop_signals signals{sleeper};
  journal_follower follower{log.kept.directory.path(), std::max(options.from, log.end_tick())};
  while (!stop_signals::asked_to_stop() && follower.next_tick() <= options.to) {
    auto ok = follower.poll(options.to, options.shard,
                            [&](const journal_record& record) { return printer.print(record); });
    printer.finish();
    if (!ok)
      return complain(ok.error());
    if (printer.failure())
      return complain(*printer.failure());
    if (auto missed = follower.take_missed())
      complain("ticks " + std::to_string(missed->from) + " to " + std::to_string(missed->end - 1) +
               " were deleted before they were read; to keep more, raise persistence.retention");
    sleeper.sleep(poll_interval);
  }
  return exit_code::fine;
}

std::string ticks_of(const log_reading& log) {
  return log.end_tick() > log.first_tick() ? "ticks " + std::to_string(log.first_tick()) + " to " +
                                               std::to_string(log.end_tick() - 1)
                                           : "none";
}

/// Where it makes a difference to what was asked for.
bool concerns(const log_options& options, const journal_survey& survey) {
  return survey.corruption && (survey.lost.empty() || options.to >= survey.lost.front().from);
}

} // namespace

exit_code show_log(const log_options& options) {
  auto log = read_log(options.directory);
  if (!log)
    return complain(log.error());
  for (const auto& text : log->notes)
    complain("note: " + text);
  if (!log->kept.has_game())
    complain("note: commands are shown without names: " + log->kept.game_gap->message);
  const schema* game = log->kept.has_game() ? log->kept.world.setup->game.get() : nullptr;
  record_printer printer{options, game};
  journal_range range{.from = options.from, .to = options.to, .shard = options.shard};
  auto ok = visit_journal(posix_files(), log->survey, range,
                          [&](const journal_record& record) { return printer.print(record); });
  printer.finish();
  if (!ok)
    return complain(ok.error());
  if (printer.failure())
    return complain(*printer.failure());
  if (concerns(options, log->survey))
    return complain(*log->survey.corruption);
  if (options.follow)
    return follow(options, *log, printer);
  if (printer.records() == 0)
    complain("note: no records" +
             (options.shard ? " of shard " + std::to_string(*options.shard) : std::string()) +
             " in these ticks; the journal has " + ticks_of(*log));
  return exit_code::fine;
}

} // namespace tessera
