// Finds handlers that outlast a limit: reads the rings of an armed recorder, so that it costs the actors
// nothing.
//
// Always true: a handler is told of once, with the thread's stack as it was when it was found.
#pragma once

#include "core/trace_recorder.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tessera {

struct stall {
  std::string actor;
  std::string message;
  std::uint32_t tick = no_trace_tick;
  double seconds = 0;             ///< since the handler began
  std::vector<std::string> stack; ///< innermost first; empty where the thread gave none
};

/// "shard 3 has been handling grant_tick of tick 812 for 1.2 s", and the stack below.
std::string describe(const stall& found);

class stall_detector {
public:
  /// `tell` is called on the detector's own thread. The recorder outlives the detector. Takes the signal
  /// SIGRTMIN + 7 of the process, with which a thread is asked for its stack.
  stall_detector(const trace_recorder& recorder, std::chrono::milliseconds limit,
                 std::function<void(const stall&)> tell);
  ~stall_detector(); ///< waits for a `tell` that is under way

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace tessera
