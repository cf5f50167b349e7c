// The tools of `tessera trace`: each prints what it found and gives the code to exit with.
#pragma once

#include "apps/exit_codes.hpp"
#include "apps/trace_messages.hpp"
#include "core/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera {

struct trace_tool_options {
  std::string file;
  std::string to;  ///< "perfetto" or "chrome"
  std::string out; ///< file that is written
  std::uint64_t most_records = 1'000'000;
  std::size_t rows = 10;
  std::optional<tick_number> tick;
  bool json = false;
};

/// Another form of the same trace.
exit_code convert_trace(const trace_tool_options& options);
/// What the file holds, and what it lacks.
exit_code count_trace(const trace_tool_options& options);
/// Actors, types of messages, phases and systems by time.
exit_code rank_trace(const trace_tool_options& options);
/// The critical path of a tick.
exit_code show_trace_path(const trace_tool_options& options);

/// What a reader must know before it believes the figures: records lost, a file that was cut off.
std::vector<std::string> caveats_of(const trace_log& log);

} // namespace tessera
