// `tessera trace convert`.
#include "apps/text.hpp"
#include "apps/tool_output.hpp"
#include "apps/trace_export.hpp"
#include "apps/trace_tools.hpp"

namespace tessera {

std::vector<std::string> caveats_of(const trace_log& log) {
  std::vector<std::string> out;
  if (log.lost != 0)
    out.push_back(grouped(log.lost) + " records were overwritten before they could be written; "
                                      "what they said is missing below");
  if (log.cut_off)
    out.emplace_back(
      "the file has no end: its run was killed or still goes on; what is whole counts");
  return out;
}

exit_code convert_trace(const trace_tool_options& options) {
  auto log = read_trace(options.file);
  if (!log)
    return complain(log.error());
  auto notes = caveats_of(*log);
  const std::size_t there = log->records.size();
  const bool capped = options.to == "chrome" && there > options.most_records;
  if (capped) {
    log->records.resize(options.most_records);
    notes.push_back("only the first " + grouped(options.most_records) + " of " + grouped(there) +
                    " records are in it; --most takes more, --to perfetto takes all");
  }
  const trace_messages messages(*log);
  const auto made = options.to == "perfetto" ? write_perfetto(*log, messages, options.out)
                                             : write_chrome_json(*log, messages, options.out);
  if (!made) {
    complain(made.error());
    return exit_code::cannot_write;
  }
  const auto& sums = messages.totals();
  if (options.json) {
    print_json({{"file", options.out},
                {"records", log->records.size()},
                {"records_in_trace", there},
                {"bytes", made->bytes},
                {"flows", made->flows},
                {"sent_not_handled", sums.not_handled},
                {"handled_not_sent", sums.not_sent},
                {"handlers_unfinished", sums.unfinished},
                {"lost", log->lost},
                {"cut_off", log->cut_off}});
    return exit_code::fine;
  }
  std::printf("%s: %s records, %s messages from sender to receiver, %s bytes\n",
              options.out.c_str(), grouped(log->records.size()).c_str(),
              grouped(made->flows).c_str(), grouped(made->bytes).c_str());
  if (sums.not_handled + sums.not_sent != 0)
    notes.push_back(grouped(sums.not_handled) +
                    " messages were sent and not handled in the trace, " + grouped(sums.not_sent) +
                    " handled and not sent: they have no arrow");
  print_notes(notes);
  return exit_code::fine;
}

} // namespace tessera
