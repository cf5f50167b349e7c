#include "render/quality.hpp"

#include <algorithm>

namespace tessera {

namespace {

/// Frames before a rung is judged: the first ones pay for what the change made new.
constexpr std::size_t settle = 4;
constexpr double too_long = 1.15;
/// The next finer rung takes up to 1.7 times as long.
constexpr double room = 0.5;
constexpr std::size_t longest_wait = 4000;

} // namespace

void quality_ladder::go_to(std::size_t rung) {
  climbed_ = rung < rung_;
  rung_ = rung;
  frames_ = 0;
  smoothed_ms_ = 0;
}

void quality_ladder::add(double milliseconds) {
  ++frames_;
  if (frames_ <= settle)
    return;
  smoothed_ms_ =
    smoothed_ms_ == 0 ? milliseconds : smoothed_ms_ + (milliseconds - smoothed_ms_) * 0.34;
  if (frames_ < settle + 2) // one frame is no load
    return;
  if (smoothed_ms_ > target_ms_ * too_long && rung_ + 1 < rungs.size()) {
    if (climbed_ && frames_ < patience * 2)
      wait_ = std::min(wait_ * 2, longest_wait);
    go_to(rung_ + 1);
  } else if (smoothed_ms_ < target_ms_ * room && rung_ > 0 && frames_ > wait_) {
    go_to(rung_ - 1);
  }
}

} // namespace tessera
