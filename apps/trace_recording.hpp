// What `tessera run` records of its actors: a trace file that is asked for, the flight recorder that is
// always there, and stalls.
//
// Always true: what is recorded, lost or not to be written changes nothing of the world; a trace that
// cannot be written to its end is told of at the end of the run.
//
// Threads: the run's own calls the functions; one of this class's own drains the rings and, when the
// process crashes, writes the flight recorder; tick_failed() and state_complete() may come from any.
#pragma once

#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/trace_file.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace tessera {

struct engine_options;

struct trace_options {
  std::string file; ///< empty: none
  std::optional<tick_number> from;
  std::optional<tick_number> to;
  std::string actors; ///< a shell pattern; empty: all
  bool no_flight_recorder = false;
  std::uint64_t stall_limit_ms = 1000; ///< 0: not looked for

  void add_to(CLI::App& app);
  /// Throws CLI::ValidationError for options that do not go together. `ticks`: of the run, 0 if it has no
  /// end.
  void check(tick_number ticks) const;
  /// Whether the recorder is armed in all ticks or in some.
  bool records() const { return !file.empty() || !no_flight_recorder; }
};

/// For summary and report.
struct trace_figures {
  std::string file; ///< that was asked for; empty: none
  std::uint64_t records = 0;
  std::uint64_t lost = 0;  ///< recorded and overwritten before they could be written
  std::string flight_file; ///< written when a tick failed; empty: none
  std::uint64_t stalls = 0;
};

class trace_recording {
public:
  /// Begins to record. `flight_stem`: what the flight recorder's files begin with, as in "DIR/meadow".
  /// Fails with io_failure if the trace file cannot be made.
  static result<std::unique_ptr<trace_recording>>
  start(const trace_options& options, trace_facts about, std::filesystem::path flight_stem);
  ~trace_recording();

  /// The recorder of the run. Whoever arms it takes what it costs.
  const std::shared_ptr<trace_recorder>& recorder() const;
  void put_into(engine_options& options) const;

  /// Names the file that a crash leaves behind.
  void state_complete(tick_number tick) noexcept;
  /// Writes the flight recorder, if there is one, and says where.
  void tick_failed(tick_number tick);

  /// The end, once no actor runs any more. Fails with io_failure where the trace is not whole.
  result<void> finish();
  /// After finish().
  trace_figures figures() const;

private:
  struct impl;
  explicit trace_recording(std::unique_ptr<impl> made);
  std::unique_ptr<impl> impl_;
};

/// "meadow of old" as a part of a file's name: "meadow_of_old".
std::string file_name_of(const std::string& world);

} // namespace tessera
