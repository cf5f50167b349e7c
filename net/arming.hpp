// Several who want one recorder armed, each for a while.
//
// Always true: it is armed while anybody holds it, and afterwards as it was before the first did.
//
// Thread: any.
#pragma once

#include "core/trace_recorder.hpp"

#include <cstddef>
#include <mutex>

namespace tessera {

class arming {
public:
  /// The recorder outlives it.
  explicit arming(trace_recorder& of) : recorder_(&of) {}

  void hold() {
    const std::scoped_lock held{mutex_};
    if (holders_++ == 0) {
      was_armed_ = recorder_->armed();
      recorder_->arm();
    }
  }
  void release() {
    const std::scoped_lock held{mutex_};
    if (--holders_ == 0 && !was_armed_)
      recorder_->arm(false);
  }

  trace_recorder& recorder() const { return *recorder_; }

private:
  trace_recorder* recorder_;
  std::mutex mutex_;
  std::size_t holders_ = 0;
  bool was_armed_ = false;
};

} // namespace tessera
