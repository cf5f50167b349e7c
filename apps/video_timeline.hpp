// Which frame of a video shows what: a world of so many ticks a second, in frames of so many a second.
//
// Always true: frames are equally far apart, the first shows the first tick and none shows more than the last;
// a frame is on the way to tick `newest` from the one before, by `share`, more than 0 and at most 1.
#pragma once

#include "core/ids.hpp"

#include <cstdint>

namespace tessera {

struct video_timeline {
  tick_number first = 0;
  tick_number last = 0;
  std::uint64_t ticks_per_second = 20;
  std::uint64_t frames_per_second = 30;

  struct moment {
    tick_number newest = 0;
    float share = 1;
    double time_s = 0; ///< of the world
  };

  std::uint64_t frames() const { return (last - first) * frames_per_second / ticks_per_second + 1; }

  moment at(std::uint64_t frame) const {
    const std::uint64_t way = frame * ticks_per_second; // in frames_per_second-ths of a tick
    const std::uint64_t rest = way % frames_per_second;
    const tick_number whole = first + way / frames_per_second;
    const auto rate = static_cast<double>(ticks_per_second);
    const auto parts = static_cast<double>(frames_per_second);
    const double time_s = static_cast<double>(first) / rate + static_cast<double>(frame) / parts;
    if (rest == 0)
      return {whole, 1, time_s};
    return {whole + 1, static_cast<float>(static_cast<double>(rest) / parts), time_s};
  }
};

} // namespace tessera
