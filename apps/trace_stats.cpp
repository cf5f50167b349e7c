// `tessera trace stats`.
#include "apps/text.hpp"
#include "apps/text_table.hpp"
#include "apps/tool_output.hpp"
#include "apps/trace_tools.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace tessera {

namespace {

using json = nlohmann::ordered_json;

struct type_counts {
  std::uint64_t enqueued = 0;
  std::uint64_t handled = 0;
};

struct trace_counts {
  std::map<std::string, type_counts> messages; ///< by type
  std::map<std::string, std::uint64_t> spans;
  std::optional<std::uint32_t> first_tick;
  std::uint32_t last_tick = 0;
  double seconds = 0;
};

trace_counts count(const trace_log& log, const trace_messages& messages) {
  trace_counts out;
  std::unordered_map<std::uint16_t, type_counts> types;
  std::unordered_map<std::uint16_t, std::uint64_t> spans;
  for (const auto& r : log.records) {
    switch (r.kind) {
      case trace_kind::enqueued: ++types[r.name].enqueued; break;
      case trace_kind::handling_began: ++types[r.name].handled; break;
      case trace_kind::handling_ended: break;
      case trace_kind::span:
        ++spans[r.name];
        out.first_tick = std::min(out.first_tick.value_or(r.tick), r.tick);
        out.last_tick = std::max(out.last_tick, r.tick);
        break;
    }
  }
  for (const auto& [name, of] : types)
    out.messages[std::string{log.name_of(name)}] = of;
  for (const auto& [name, of] : spans)
    out.spans[std::string{log.name_of(name)}] = of;
  if (!log.records.empty())
    out.seconds = log.ns_of(messages.last_time() - log.records.front().time) * 1e-9;
  return out;
}

void print(const trace_log& log, const trace_messages& all, const trace_counts& counts) {
  for (const auto& [what, value] : log.about)
    print_row(what.c_str(), value);
  const auto& sums = all.totals();
  print_row("length", short_number(counts.seconds) + " s");
  if (counts.first_tick)
    print_row("ticks", grouped(*counts.first_tick) + " to " + grouped(counts.last_tick));
  print_row("records", grouped(log.records.size()) + ", " + grouped(log.lost) + " lost");
  print_row("messages", grouped(sums.enqueued) + " enqueued (" + grouped(sums.between_actors) +
                          " between actors), " + grouped(sums.handled) + " handled");
  print_row("incomplete", grouped(sums.not_handled) + " sent and not handled, " +
                            grouped(sums.not_sent) + " handled and not sent, " +
                            grouped(sums.unfinished) + " handlers without an end, " +
                            grouped(sums.unbegun) + " without a begin");
  text_table messages{{"message", "enqueued", "handled"}};
  for (const auto& [name, of] : counts.messages)
    messages.add({name, grouped(of.enqueued), grouped(of.handled)});
  std::printf("\n%s", messages.text().c_str());
  if (counts.spans.empty())
    return;
  text_table spans{{"phase or system", "spans"}};
  for (const auto& [name, count] : counts.spans)
    spans.add({name, grouped(count)});
  std::printf("\n%s", spans.text().c_str());
}

void print_json(const trace_log& log, const trace_messages& all, const trace_counts& counts) {
  const auto& sums = all.totals();
  json about = json::object();
  for (const auto& [what, value] : log.about)
    about[what] = value;
  json types = json::object();
  for (const auto& [name, of] : counts.messages)
    types[name] = {{"enqueued", of.enqueued}, {"handled", of.handled}};
  json spans = json::object();
  for (const auto& [name, count] : counts.spans)
    spans[name] = count;
  tessera::print_json({{"about", std::move(about)},
                       {"seconds", counts.seconds},
                       {"first_tick", counts.first_tick ? json(*counts.first_tick) : json(nullptr)},
                       {"last_tick", counts.first_tick ? json(counts.last_tick) : json(nullptr)},
                       {"records", log.records.size()},
                       {"lost", log.lost},
                       {"cut_off", log.cut_off},
                       {"enqueued", sums.enqueued},
                       {"between_actors", sums.between_actors},
                       {"handled", sums.handled},
                       {"paired", sums.paired},
                       {"sent_not_handled", sums.not_handled},
                       {"handled_not_sent", sums.not_sent},
                       {"handlers_unfinished", sums.unfinished},
                       {"handlers_unbegun", sums.unbegun},
                       {"spans", sums.spans},
                       {"messages", std::move(types)},
                       {"spans_by_name", std::move(spans)}});
}

} // namespace

exit_code count_trace(const trace_tool_options& options) {
  auto log = read_trace(options.file);
  if (!log)
    return complain(log.error());
  const trace_messages messages(*log);
  const auto counts = count(*log, messages);
  if (options.json) {
    print_json(*log, messages, counts);
    return exit_code::fine;
  }
  print(*log, messages, counts);
  print_notes(caveats_of(*log));
  return exit_code::fine;
}

} // namespace tessera
