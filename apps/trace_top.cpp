// `tessera trace top`.
#include "apps/text.hpp"
#include "apps/text_table.hpp"
#include "apps/tool_output.hpp"
#include "apps/trace_tools.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace tessera {

namespace {

using json = nlohmann::ordered_json;

/// Lengths of time, in units of the trace clock.
struct durations {
  std::uint64_t sum = 0;
  std::vector<std::uint64_t> each;

  void add(std::uint64_t length) {
    sum += length;
    each.push_back(length);
  }
  /// The share'th of them: 0.5 is the median. Puts them in another order.
  std::uint64_t at(double share) {
    if (each.empty())
      return 0;
    auto place =
      each.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(each.size() - 1));
    std::nth_element(each.begin(), place, each.end());
    return *place;
  }
};

struct ranked {
  std::string name;
  std::uint64_t count = 0;
  durations run;
  durations wait; ///< of messages whose enqueueing is known
};

class ranking {
public:
  ranked& of(std::uint32_t number) { return rows_[number]; }
  /// By time that ran, longest first.
  template <class NameOf>
  std::vector<ranked> sorted(NameOf name_of) {
    std::vector<ranked> out;
    for (auto& [number, row] : rows_) {
      row.name = name_of(number);
      out.push_back(std::move(row));
    }
    std::ranges::sort(out, [](const ranked& l, const ranked& r) {
      return l.run.sum != r.run.sum ? l.run.sum > r.run.sum : l.name < r.name;
    });
    return out;
  }

private:
  std::unordered_map<std::uint32_t, ranked> rows_;
};

struct rankings {
  std::vector<ranked> actors;
  std::vector<ranked> messages;
  std::vector<ranked> spans;
};

rankings rank(const trace_log& log, const trace_messages& messages) {
  ranking actors;
  ranking types;
  ranking spans;
  for (std::size_t i = 0; i < log.records.size(); ++i) {
    const trace_record& r = log.records[i];
    if (r.kind == trace_kind::span) {
      auto& row = spans.of(r.name);
      ++row.count;
      row.run.add(r.subject);
    }
    if (r.kind != trace_kind::handling_began)
      continue;
    const auto sent = messages.other_end(i);
    for (ranked* row : {&actors.of(r.actor), &types.of(r.name)}) {
      ++row->count;
      row->run.add(messages.end_time(i) - r.time);
      if (sent != trace_messages::none)
        row->wait.add(r.time - log.records[sent].time);
    }
  }
  auto name = [&](std::uint32_t number) {
    return std::string{log.name_of(static_cast<std::uint16_t>(number))};
  };
  return {actors.sorted([&](std::uint32_t actor) { return log.actor_name(actor); }),
          types.sorted(name), spans.sorted(name)};
}

class top_output {
public:
  top_output(const trace_log& log, std::size_t rows) : log_(log), rows_(rows) {}

  void print(const char* what, const char* counted, std::vector<ranked>& rows, bool waits) const {
    std::vector<std::string> headings{what, counted, "run ms", "p50 us", "p99 us", "max us"};
    if (waits)
      headings.insert(headings.end(), {"wait ms", "p50 us", "p99 us", "max us"});
    text_table table{headings};
    for (std::size_t i = 0; i < std::min(rows_, rows.size()); ++i) {
      std::vector<std::string> cells{rows[i].name, grouped(rows[i].count)};
      put(cells, rows[i].run);
      if (waits)
        put(cells, rows[i].wait);
      table.add(cells);
    }
    std::printf("%s", table.text().c_str());
    if (rows.size() > rows_)
      std::printf("and %s more; --rows shows more of them\n", grouped(rows.size() - rows_).c_str());
    std::printf("\n");
  }

  json as_json(std::vector<ranked>& rows, bool waits) const {
    json out = json::array();
    for (std::size_t i = 0; i < std::min(rows_, rows.size()); ++i) {
      json row{{"name", rows[i].name}, {"count", rows[i].count}, {"run", figures(rows[i].run)}};
      if (waits)
        row["wait"] = figures(rows[i].wait);
      out.push_back(std::move(row));
    }
    return out;
  }

private:
  double us(std::uint64_t length) const { return log_.ns_of(length) * 1e-3; }

  void put(std::vector<std::string>& cells, durations& of) const {
    cells.push_back(fixed(us(of.sum) * 1e-3));
    for (double share : {0.5, 0.99, 1.0})
      cells.push_back(fixed(us(of.at(share))));
  }
  json figures(durations& of) const {
    return {{"total_us", us(of.sum)},
            {"p50_us", us(of.at(0.5))},
            {"p99_us", us(of.at(0.99))},
            {"max_us", us(of.at(1))}};
  }
  static std::string fixed(double value) {
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), "%.1f", value);
    return text.data();
  }

  const trace_log& log_;
  std::size_t rows_;
};

} // namespace

exit_code rank_trace(const trace_tool_options& options) {
  auto log = read_trace(options.file);
  if (!log)
    return complain(log.error());
  auto all = rank(*log, trace_messages(*log));
  const top_output out{*log, options.rows};
  if (options.json) {
    print_json({{"lost", log->lost},
                {"cut_off", log->cut_off},
                {"actors", out.as_json(all.actors, true)},
                {"messages", out.as_json(all.messages, true)},
                {"spans", out.as_json(all.spans, false)}});
    return exit_code::fine;
  }
  out.print("actor", "handled", all.actors, true);
  out.print("message", "handled", all.messages, true);
  out.print("phase or system", "times", all.spans, false);
  print_notes(caveats_of(*log));
  return exit_code::fine;
}

} // namespace tessera
