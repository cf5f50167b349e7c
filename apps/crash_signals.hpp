// A last word of a process that crashes, said by a thread that is well.
//
// Always true: a crash ends the process as it would have without this, with the same signal and a core
// dump of the same place, at most two seconds later.
#pragma once

#include "apps/wake_up.hpp"

namespace tessera {

/// While it lives, the first crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) wakes `sleeper` and waits
/// until `done` is notified, for two seconds at most; then the signal does what it did before. The thread
/// that crashed may hold any lock: whoever was woken may hang, and is not waited for longer. A stack that
/// overflowed leaves no room for any of this. One at a time in a process.
class crash_signals {
public:
  crash_signals(const wake_up& sleeper, wake_up& done);
  ~crash_signals();
  crash_signals(const crash_signals&) = delete;
  crash_signals& operator=(const crash_signals&) = delete;

  /// The signal that ends the process; 0 while none does.
  static int caught();
};

} // namespace tessera
