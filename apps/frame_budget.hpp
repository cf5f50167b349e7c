// What each part of a frame may take, what it took, and when to say that it took too much.
//
// Always true: a frame has 1000 / 30 ms, which its parts share out between them; there is at most one warning a second, and one that
// is due again and again comes half as often each time, at least once a minute.
//
// Thread: one at a time. It reads no clock.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tessera {

/// In the order in which a frame goes through them.
enum class frame_part : std::uint8_t {
  input,         ///< keys and mouse; flying
  taking,        ///< the newest tick, copied
  interpolation, ///< bodies between two ticks
  overlay,       ///< what lies over the picture, as data
  bodies,        ///< handing them to the renderer
  drawing,
  showing, ///< in the window; waits for the screen
};

struct part_budget {
  const char* name;
  double target_ms;
  double critical_ms; ///< above this there is a warning
};

class frame_budget {
public:
  static constexpr std::size_t part_count = 7;
  static constexpr double frame_ms = 1000.0 / 30;
  static constexpr std::array<part_budget, part_count> parts{{{"input", 0.5, 5},
                                                              {"taking the tick", 3, 15},
                                                              {"interpolation", 3, 15},
                                                              {"overlay", 2, 10},
                                                              {"setting bodies", 3, 15},
                                                              {"drawing", 20, 66},
                                                              {"showing", 1.5, 34}}};
  static constexpr double least_wait_s = 1;
  static constexpr double most_wait_s = 60;
  using times = std::array<double, part_count>; ///< milliseconds, by frame_part

  /// Of one frame that ended at `now_s`. Gives a warning where one is due: the part that is furthest above its critical
  /// time, that time, and how many frames were so since the warning before.
  std::optional<std::string> add(const times& ms, double now_s);

  /// A line for each part: smoothed time, target, and whether it is over.
  std::vector<std::string> lines() const;
  /// The newest warning; empty before the first.
  const std::string& warning() const { return warning_; }

private:
  times smoothed_ms_{};
  bool any_ = false;
  std::uint64_t frames_over_ = 0; ///< since the last warning
  double last_over_s_ = 0;
  double due_s_ = 0;
  double wait_s_ = least_wait_s;
  std::string warning_;
};

/// Times of the parts of one frame, as it goes through them.
class frame_stopwatch {
public:
  /// What began with the last call, or the making, ends here and was this part.
  void end(frame_part part) {
    const auto now = std::chrono::steady_clock::now();
    ms_[static_cast<std::size_t>(part)] +=
      std::chrono::duration<double, std::milli>(now - began_).count();
    began_ = now;
  }
  /// Of what was counted as `from`, so much was `to`.
  void move(frame_part from, frame_part to, double ms) {
    ms_[static_cast<std::size_t>(from)] -= ms;
    ms_[static_cast<std::size_t>(to)] += ms;
  }
  const frame_budget::times& ms() const { return ms_; }

private:
  frame_budget::times ms_{};
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

} // namespace tessera
