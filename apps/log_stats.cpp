// `tessera log stats`.
#include "apps/log_reading.hpp"
#include "apps/log_tools.hpp"
#include "apps/text.hpp"
#include "apps/text_table.hpp"
#include "apps/tool_output.hpp"
#include "net/json_values.hpp"
#include "shards/command_codec.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

namespace tessera {

namespace {

using json = nlohmann::ordered_json;

constexpr std::array operations{command_op::spawn, command_op::despawn, command_op::set,
                                command_op::event, command_op::teleport};

struct figures {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0; ///< of records, without what is around them
  std::uint64_t commands = 0;
};

struct session_figures {
  std::uint64_t commands = 0;
  tick_number first = 0;
  tick_number last = 0;
};

struct log_figures {
  std::uint64_t rounds = 0;
  std::map<std::uint32_t, figures> by_shard;
  std::map<std::uint16_t, figures> by_kind;
  std::map<command_op, std::uint64_t> by_operation;
  std::map<session_id, session_figures> by_session;
  std::optional<tick_number> first; ///< with a record
  tick_number last = 0;
  std::uint64_t ticks_with_commands = 0;
  std::uint64_t most_in_a_tick = 0;
  tick_number busiest = 0;

  std::uint64_t commands() const {
    std::uint64_t sum = 0;
    for (const auto& [op, count] : by_operation)
      sum += count;
    return sum;
  }
};

class log_counter {
public:
  bool count(const journal_record& record) {
    if (record.tick != tick_ || !any_)
      end_tick();
    any_ = true;
    tick_ = record.tick;
    out_.first = out_.first.value_or(record.tick);
    out_.last = record.tick;
    std::uint64_t commands = 0;
    auto kind = static_cast<record_kind>(record.kind);
    if (kind == record_kind::commands || kind == record_kind::commands_of_nobody) {
      auto read = read_commands(record.bytes, record.tick);
      if (!read) {
        failure_ =
          error{error_code::corrupt, "the log of shard " + std::to_string(record.shard) +
                                       ", tick " + std::to_string(record.tick) +
                                       ": commands that cannot be read, " + read.error().message};
        return false;
      }
      for (const auto& c : *read)
        count(c);
      commands = read->size();
    }
    in_tick_ += commands;
    for (figures* f : {&out_.by_shard[record.shard], &out_.by_kind[record.kind]}) {
      ++f->records;
      f->bytes += record.bytes.size();
      f->commands += commands;
    }
    return true;
  }

  log_figures finish() {
    end_tick();
    return std::move(out_);
  }
  const std::optional<error>& failure() const { return failure_; }

private:
  void count(const command& c) {
    ++out_.by_operation[c.op];
    auto& session = out_.by_session[c.session];
    if (session.commands++ == 0)
      session.first = c.tick;
    session.last = c.tick;
  }

  void end_tick() {
    if (in_tick_ > 0)
      ++out_.ticks_with_commands;
    if (in_tick_ > out_.most_in_a_tick) {
      out_.most_in_a_tick = in_tick_;
      out_.busiest = tick_;
    }
    in_tick_ = 0;
  }

  log_figures out_;
  tick_number tick_ = 0;
  bool any_ = false;
  std::uint64_t in_tick_ = 0;
  std::optional<error> failure_;
};

/// Times that the journal was made durable, as far as the logs that are asked for took part.
std::uint64_t rounds_of(const journal_survey& survey, const log_options& options) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> rounds;
  for (const auto& s : survey.segments)
    for (const auto& f : s.frames)
      if (f.counts && (!options.shard || s.name.shard == *options.shard) && f.end > options.from &&
          f.from <= options.to)
        rounds.emplace(s.name.epoch, f.round);
  return rounds.size();
}

void print_sessions(const log_figures& all) {
  constexpr std::size_t most = 10;
  std::vector<std::pair<session_id, session_figures>> sessions(all.by_session.begin(),
                                                               all.by_session.end());
  std::ranges::stable_sort(sessions, std::ranges::greater{},
                           [](const auto& s) { return s.second.commands; });
  text_table table{{"session", "commands", "first tick", "last tick"}};
  for (std::size_t i = 0; i < std::min(most, sessions.size()); ++i)
    table.add({std::to_string(sessions[i].first), grouped(sessions[i].second.commands),
               grouped(sessions[i].second.first), grouped(sessions[i].second.last)});
  std::printf("\n%s", table.text().c_str());
  if (sessions.size() > most)
    std::printf("and %s more sessions; --json has them all\n",
                grouped(sessions.size() - most).c_str());
}

void print(const log_figures& all) {
  if (!all.first) {
    std::printf("no records\n");
    return;
  }
  std::printf("ticks %s to %s, %s rounds\n", grouped(*all.first).c_str(), grouped(all.last).c_str(),
              grouped(all.rounds).c_str());
  text_table kinds{{"kind", "records", "bytes", "commands"}};
  for (const auto& [kind, of] : all.by_kind)
    kinds.add({name_of_kind(kind), grouped(of.records), grouped(of.bytes), grouped(of.commands)});
  std::printf("\n%s", kinds.text().c_str());
  if (all.commands() != 0) {
    text_table operations_table{{"op", "commands"}};
    for (command_op op : operations)
      if (auto found = all.by_operation.find(op); found != all.by_operation.end())
        operations_table.add({name_of(op), grouped(found->second)});
    std::printf("\n%s", operations_table.text().c_str());
    std::printf("%s ticks have commands; most, %s, tick %s\n",
                grouped(all.ticks_with_commands).c_str(), grouped(all.most_in_a_tick).c_str(),
                grouped(all.busiest).c_str());
    print_sessions(all);
  }
  text_table shards{{"shard", "records", "bytes", "commands"}};
  for (const auto& [shard, of] : all.by_shard)
    shards.add(
      {std::to_string(shard), grouped(of.records), grouped(of.bytes), grouped(of.commands)});
  std::printf("\n%s", shards.text().c_str());
}

json figures_json(const char* key, json value, const figures& of) {
  return {{key, std::move(value)},
          {"records", of.records},
          {"bytes", of.bytes},
          {"commands", of.commands}};
}

void print_json(const log_figures& all) {
  json kinds = json::array();
  for (const auto& [kind, of] : all.by_kind)
    kinds.push_back(figures_json("kind", name_of_kind(kind), of));
  json shards = json::array();
  for (const auto& [shard, of] : all.by_shard)
    shards.push_back(figures_json("shard", shard, of));
  json ops = json::object();
  for (command_op op : operations) {
    auto found = all.by_operation.find(op);
    ops[name_of(op)] = found == all.by_operation.end() ? 0 : found->second;
  }
  json sessions = json::array();
  for (const auto& [session, of] : all.by_session)
    sessions.push_back({{"session", session},
                        {"commands", of.commands},
                        {"first_tick", of.first},
                        {"last_tick", of.last}});
  json out{{"first_tick", all.first ? json(*all.first) : json(nullptr)},
           {"last_tick", all.first ? json(all.last) : json(nullptr)},
           {"rounds", all.rounds},
           {"kinds", std::move(kinds)},
           {"commands", std::move(ops)},
           {"ticks_with_commands", all.ticks_with_commands},
           {"most_commands_in_a_tick", all.most_in_a_tick},
           {"sessions", std::move(sessions)},
           {"shards", std::move(shards)}};
  tessera::print_json(out);
}

} // namespace

exit_code count_log(const log_options& options) {
  auto log = read_log(options.directory);
  if (!log)
    return complain(log.error());
  for (const auto& text : log->notes)
    complain("note: " + text);
  log_counter counter;
  journal_range range{.from = options.from, .to = options.to, .shard = options.shard};
  auto ok = visit_journal(posix_files(), log->survey, range,
                          [&](const journal_record& record) { return counter.count(record); });
  if (!ok)
    return complain(ok.error());
  auto all = counter.finish();
  all.rounds = rounds_of(log->survey, options);
  options.json ? print_json(all) : print(all);
  if (counter.failure())
    return complain(*counter.failure());
  return log->survey.corruption ? complain(*log->survey.corruption) : exit_code::fine;
}

} // namespace tessera
