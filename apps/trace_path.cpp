// `tessera trace path`: walks back from the report that completed a tick to the tick's grant. What the
// sender of a message did before is what its handler had begun with: the last message that was missing,
// since an actor runs as soon as it has all it waits for.
#include "apps/text.hpp"
#include "apps/text_table.hpp"
#include "apps/tool_output.hpp"
#include "apps/trace_tools.hpp"

#include <algorithm>
#include <map>

namespace tessera {

namespace {

using json = nlohmann::ordered_json;
constexpr std::uint32_t none = trace_messages::none;

/// What is in the trace of one tick; of one that ran twice, since the world was taken back, the last run.
struct tick_bounds {
  std::uint32_t granted = none;  ///< its first grant, enqueued
  std::uint32_t reported = none; ///< its last report, handled
  std::size_t grants = 0;
  std::size_t reports = 0;
};

/// One handler on the way.
struct path_step {
  std::uint32_t handler = none;
  std::uint64_t queued = 0; ///< since when its message waited, not before the grant
  std::uint64_t began = 0;
  std::uint64_t left = 0; ///< when it sent what the next step begins with
};

struct tick_path {
  tick_bounds bounds;
  std::vector<path_step> steps; ///< from the grant on
  std::string broken;           ///< why it does not reach back to the grant; empty: it does
};

class path_finder {
public:
  path_finder(const trace_log& log, const trace_messages& messages)
    : log_(log), messages_(messages) {
    for (std::size_t i = 0; i < log.records.size(); ++i) {
      const trace_record& r = log.records[i];
      const auto at = static_cast<std::uint32_t>(i);
      if (r.kind == trace_kind::handling_began)
        handlers_[r.actor].push_back(at);
      if (r.tick == no_trace_tick)
        continue;
      if (r.kind == trace_kind::enqueued && log.name_of(r.name) == "grant_tick") {
        tick_bounds& tick = ticks_[r.tick];
        if (tick.reports != 0)
          tick = {};
        if (tick.grants++ == 0)
          tick.granted = at;
        shards_ = std::max(shards_, tick.grants);
      } else if (r.kind == trace_kind::handling_began && log.name_of(r.name) == "tick_done") {
        tick_bounds& tick = ticks_[r.tick];
        ++tick.reports;
        tick.reported = at;
      }
    }
  }

  const std::map<std::uint32_t, tick_bounds>& ticks() const { return ticks_; }
  std::size_t shards() const { return shards_; }
  /// Whether it has a begin and an end.
  bool spans(const tick_bounds& tick) const {
    return tick.granted != none && tick.reported != none &&
           log_.records[tick.granted].time <= log_.records[tick.reported].time;
  }
  bool whole(const tick_bounds& tick) const {
    return tick.grants == shards_ && tick.reports == shards_ && spans(tick);
  }
  std::uint64_t length(const tick_bounds& tick) const {
    return log_.records[tick.reported].time - log_.records[tick.granted].time;
  }

  /// How long the world stood at the state before because of this tick. Ticks are granted ahead: one that
  /// waits behind a slow one is not slow itself.
  std::uint64_t held_up(std::uint32_t number, const tick_bounds& tick) const {
    std::uint64_t begin = log_.records[tick.granted].time;
    if (auto before = ticks_.find(number - 1); before != ticks_.end() && spans(before->second))
      begin = std::max(begin, log_.records[before->second.reported].time);
    const std::uint64_t end = log_.records[tick.reported].time;
    return end > begin ? end - begin : 0;
  }

  std::optional<std::uint32_t> slowest() const {
    std::optional<std::uint32_t> found;
    std::uint64_t longest = 0;
    for (const auto& [number, tick] : ticks_)
      if (whole(tick) && (!found || held_up(number, tick) > longest)) {
        found = number;
        longest = held_up(number, tick);
      }
    return found;
  }

  tick_path path_of(const tick_bounds& tick) const {
    tick_path out{tick, {}, {}};
    const std::uint64_t granted = log_.records[tick.granted].time;
    std::uint64_t left = log_.records[tick.reported].time;
    for (std::uint32_t handler = tick.reported;;) {
      const trace_record& began = log_.records[handler];
      const std::uint32_t sent = messages_.other_end(handler);
      const std::uint64_t queued = sent == none ? began.time : log_.records[sent].time;
      out.steps.push_back(
        {handler, std::max(queued, granted), std::max(began.time, granted), left});
      if (queued <= granted)
        break; // it is the grant, or was there before it
      if (sent == none) {
        out.broken = "where " + text_of(handler) + " came from is not in the trace";
        break;
      }
      const std::uint32_t sender = log_.records[sent].peer;
      handler = handler_at(sender, queued);
      if (handler == none) {
        out.broken = sender == no_trace_actor
                       ? text_of(out.steps.back().handler) + " came from outside or from a timer"
                       : "what " + log_.actor_name(sender) + " did then is not in the trace";
        break;
      }
      left = queued;
      if (left <= granted)
        break;
    }
    std::reverse(out.steps.begin(), out.steps.end());
    return out;
  }

  /// "deliver_packet of shard 3".
  std::string text_of(std::uint32_t handler) const {
    const trace_record& r = log_.records[handler];
    return std::string{log_.name_of(r.name)} + " of " + log_.actor_name(r.peer);
  }

  /// The handler that an actor was in at a time.
  std::uint32_t handler_at(std::uint32_t actor, std::uint64_t time) const {
    auto found = handlers_.find(actor);
    if (found == handlers_.end())
      return none;
    auto after = std::upper_bound(
      found->second.begin(), found->second.end(), time,
      [&](std::uint64_t t, std::uint32_t handler) { return t < log_.records[handler].time; });
    if (after == found->second.begin())
      return none;
    const std::uint32_t handler = *std::prev(after);
    return messages_.end_time(handler) >= time ? handler : none;
  }

private:
  const trace_log& log_;
  const trace_messages& messages_;
  std::map<std::uint32_t, tick_bounds> ticks_;
  std::size_t shards_ = 0;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> handlers_; ///< by actor, in time
};

/// A shard's run of the tick.
struct shard_run {
  std::uint32_t actor = no_trace_actor;
  std::uint64_t began = 0;
  std::uint64_t length = 0;
  std::uint32_t handler = none;
};

class path_output {
public:
  path_output(const trace_log& log, const path_finder& finder, std::uint32_t tick,
              const tick_path& path)
    : log_(log), finder_(finder), tick_(tick), path_(path),
      granted_(log.records[path.bounds.granted].time) {
    for (const auto& r : log.records)
      if (r.kind == trace_kind::span && r.tick == tick && r.time >= granted_ &&
          log.name_of(r.name) == "tick")
        runs_.push_back({r.actor, r.time, r.subject, finder.handler_at(r.actor, r.time)});
    std::ranges::sort(runs_, [](const shard_run& l, const shard_run& r) {
      return std::tuple(l.began + l.length, l.actor) > std::tuple(r.began + r.length, r.actor);
    });
  }

  void print(std::size_t rows) const {
    std::printf(
      "tick %u: %s us from its grant to its last report; %zu of %zu shards in the trace\n\n", tick_,
      us_text(finder_.length(path_.bounds)).c_str(), path_.bounds.reports, finder_.shards());
    text_table steps{{"at us", "actor", "handled", "queued us", "ran us", "most of it"}};
    for (const auto& s : path_.steps)
      steps.add({us_text(s.began - granted_), log_.actor_name(log_.records[s.handler].actor),
                 finder_.text_of(s.handler), us_text(s.began - s.queued), us_text(s.left - s.began),
                 most_of(s)});
    std::printf("%s", steps.text().c_str());
    if (!path_.broken.empty())
      std::printf("The path goes no further back: %s.\n", path_.broken.c_str());
    text_table shards{{"shard", "began us", "ran us", "ended us", "its last input"}};
    for (std::size_t i = 0; i < std::min(rows, runs_.size()); ++i)
      shards.add({log_.actor_name(runs_[i].actor), us_text(runs_[i].began - granted_),
                  us_text(runs_[i].length), us_text(runs_[i].began + runs_[i].length - granted_),
                  input_of(runs_[i])});
    std::printf("\nThe shards of the tick, last first:\n%s", shards.text().c_str());
    if (runs_.size() > rows)
      std::printf("and %zu more; --json has them all\n", runs_.size() - rows);
  }

  json as_json() const {
    json steps = json::array();
    for (const auto& s : path_.steps)
      steps.push_back({{"actor", log_.actor_name(log_.records[s.handler].actor)},
                       {"message", log_.name_of(log_.records[s.handler].name)},
                       {"sender", log_.actor_name(log_.records[s.handler].peer)},
                       {"at_us", us(s.began - granted_)},
                       {"queued_us", us(s.began - s.queued)},
                       {"ran_us", us(s.left - s.began)},
                       {"spent_on", spans_json(s)}});
    json shards = json::array();
    for (const auto& r : runs_)
      shards.push_back({{"actor", log_.actor_name(r.actor)},
                        {"began_us", us(r.began - granted_)},
                        {"ran_us", us(r.length)},
                        {"last_input", input_of(r)}});
    return {{"tick", tick_},
            {"us", us(finder_.length(path_.bounds))},
            {"reports", path_.bounds.reports},
            {"shards_in_trace", finder_.shards()},
            {"reaches_grant", path_.broken.empty()},
            {"steps", std::move(steps)},
            {"shards", std::move(shards)},
            {"lost", log_.lost},
            {"cut_off", log_.cut_off}};
  }

private:
  double us(std::uint64_t length) const { return log_.ns_of(length) * 1e-3; }
  std::string us_text(std::uint64_t length) const {
    return grouped(static_cast<std::uint64_t>(us(length) + 0.5));
  }

  std::string input_of(const shard_run& run) const {
    return run.handler == none ? "not in the trace" : finder_.text_of(run.handler);
  }

  /// What the phases and systems of a step took of it, by name, longest first, without "tick", which holds
  /// them.
  std::vector<std::pair<std::string, std::uint64_t>> spans_of(const path_step& step) const {
    std::map<std::string, std::uint64_t> sums;
    const std::uint32_t actor = log_.records[step.handler].actor;
    for (std::size_t i = step.handler; i < log_.records.size(); ++i) {
      const trace_record& r = log_.records[i];
      if (r.time > step.left)
        break;
      if (r.actor == actor && r.kind == trace_kind::span && log_.name_of(r.name) != "tick")
        sums[std::string{log_.name_of(r.name)}] +=
          std::min(r.time + r.subject, step.left) -
          std::min(std::max(r.time, step.began), step.left);
    }
    std::vector<std::pair<std::string, std::uint64_t>> out(sums.begin(), sums.end());
    std::ranges::stable_sort(out, std::ranges::greater{}, [](const auto& s) { return s.second; });
    return out;
  }

  std::string most_of(const path_step& step) const {
    std::string text;
    auto spans = spans_of(step);
    for (std::size_t i = 0; i < std::min<std::size_t>(2, spans.size()); ++i)
      text += (i == 0 ? "" : ", ") + spans[i].first + " " + us_text(spans[i].second);
    return text;
  }

  json spans_json(const path_step& step) const {
    json out = json::object();
    for (const auto& [name, length] : spans_of(step))
      out[name] = us(length);
    return out;
  }

  const trace_log& log_;
  const path_finder& finder_;
  std::uint32_t tick_;
  const tick_path& path_;
  std::uint64_t granted_;
  std::vector<shard_run> runs_; ///< last first
};

/// Why a tick has no path.
error no_such_tick(const path_finder& finder, const std::string& file,
                   const std::optional<tick_number>& asked) {
  std::string text = file + ": ";
  text += asked ? "grant and reports of tick " + std::to_string(*asked) + " are not both in it"
                : "no tick is whole in it";
  std::optional<std::uint32_t> first;
  std::uint32_t last = 0;
  for (const auto& [number, tick] : finder.ticks())
    if (finder.whole(tick)) {
      first = first.value_or(number);
      last = number;
    }
  if (first)
    text += "; whole are ticks " + std::to_string(*first) + " to " + std::to_string(last);
  else
    text += "; was it recorded with --trace-actors, or for less than a tick?";
  return {error_code::not_there, text};
}

} // namespace

exit_code show_trace_path(const trace_tool_options& options) {
  auto log = read_trace(options.file);
  if (!log)
    return complain(log.error());
  const trace_messages messages(*log);
  const path_finder finder(*log, messages);
  const auto tick =
    options.tick ? static_cast<std::uint32_t>(*options.tick) : finder.slowest().value_or(0);
  const auto found = finder.ticks().find(tick);
  if (found == finder.ticks().end() || !finder.spans(found->second) ||
      (!options.tick && !finder.slowest()))
    return complain(no_such_tick(finder, options.file, options.tick));
  const auto path = finder.path_of(found->second);
  const path_output out{*log, finder, tick, path};
  if (options.json) {
    print_json(out.as_json());
    return exit_code::fine;
  }
  out.print(options.rows);
  auto notes = caveats_of(*log);
  if (!finder.whole(found->second))
    notes.emplace_back("not all of the tick is in the trace: what is missing may have been slower");
  print_notes(notes);
  return exit_code::fine;
}

} // namespace tessera
