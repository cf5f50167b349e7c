// The live line of a run: on a terminal one line that is written over, elsewhere a line every few
// seconds.
#pragma once

#include "apps/run_record.hpp"

#include <chrono>
#include <string>

namespace tessera {

class status_line {
public:
  /// `tick_rate_hz` is world time's; `paced` whether the world tries to keep up with real time.
  status_line(double tick_rate_hz, bool paced, bool on_terminal)
    : tick_rate_hz_(tick_rate_hz), paced_(paced), on_terminal_(on_terminal) {}

  /// Prints the line if it is due. Tick 0 is printed at once, so that a waiting reader knows that
  /// the world has started.
  void print(run_record& record);

  /// Ends the line on a terminal, before anything else is printed.
  void finish();

private:
  using clock = std::chrono::steady_clock;

  std::string text(const run_glance& now, double seconds) const;

  double tick_rate_hz_;
  bool paced_;
  bool on_terminal_;
  bool started_ = false;
  tick_number last_tick_ = 0;
  clock::time_point last_ = clock::now();
};

} // namespace tessera
