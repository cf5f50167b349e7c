// What the main thread of a run sleeps on: signals, answers, the world's end.
#pragma once

#include <atomic>
#include <chrono>

namespace tessera {

/// Wakes one sleeping thread from any other thread or from a signal handler.
class wake_up {
public:
  wake_up();
  ~wake_up();
  wake_up(const wake_up&) = delete;
  wake_up& operator=(const wake_up&) = delete;

  /// Async-signal-safe. Calls before the sleeper looks count as one.
  void notify() const;

  /// Sleeps until notify(), or for `most`.
  void sleep(std::chrono::milliseconds most);

  /// To poll beside others; readable once notified.
  int descriptor() const { return event_; }

private:
  int event_;
};

/// While it lives, the first SIGINT or SIGTERM is noted and wakes the sleeper; the second has its
/// usual effect, so a world that does not end can be killed by hand. One at a time in a process.
class stop_signals {
public:
  explicit stop_signals(const wake_up& sleeper);
  ~stop_signals();
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  static bool asked_to_stop();
};

} // namespace tessera
