// How long the device takes for each part of a frame, by its own clock.
//
// Always true: a part is what was recorded since the mark before; marks cost nothing while it is off, and while it
// is on a software driver finishes each part before the next, so a timed frame takes longer than others.
//
// Thread: one at a time.
#pragma once

#include "render/device.hpp"

#include <utility>
#include <vector>

namespace tessera {

class pass_times {
public:
  explicit pass_times(device& on) : device_(on) {}

  /// Of the next frame; before its commands are recorded.
  void turn(bool on);
  void begin(VkCommandBuffer into);
  void mark(VkCommandBuffer into, const char* what);

  /// Once the frame is finished: parts in their order, in milliseconds. Empty while it is off.
  std::vector<std::pair<const char*, double>> read() const;

private:
  static constexpr std::uint32_t most_marks = 32;

  device& device_;
  owned<VkQueryPool> pool_;
  std::vector<const char*> names_;
  bool on_ = false;
};

} // namespace tessera
