// `tessera run`: a world from its file, in memory or kept in a data directory, until its ticks are run
// or somebody stops it.
//
// Threads: the main one sleeps, prints and writes; the engine's workers run the world and call
// run_record::add; one waits for the world's end; one reads standard input, if asked to; one answers who wants a
// checkpoint; those of trace_recording watch the rest.
#pragma once

#include "apps/frame_files.hpp"
#include "apps/run_window.hpp"
#include "apps/subcommands.hpp"
#include "apps/trace_recording.hpp"
#include "apps/world_options.hpp"

#include <cstdint>
#include <string>

namespace tessera {

struct run_options {
  world_options world;
  std::uint64_t ticks = 0;
  std::string data;
  std::string speed = "real";
  std::string commands;
  std::string acks;
  std::string report;
  std::uint64_t hash_every = 0;
  trace_options trace;
  bool quiet = false;
  std::string inspect; ///< empty: nobody looks on
  window_options window;
  std::string quality = "auto";
  frame_file_names frames;

  bool paced() const { return speed == "real"; }
  bool from_stdin() const { return commands == "-"; }
};

/// From its options to its exit code; errors are told of on standard error.
exit_code run_world(const run_options& options);

} // namespace tessera
