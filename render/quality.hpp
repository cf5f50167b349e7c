// A ladder of how finely frames are drawn: down when they take too long, up again when there is room.
//
// Always true: a rung is a function of the frame times that came, in their order; it goes down within half of
// `patience` frames of a load that became too much, one rung at a time; a rung that proved too much is
// tried again only after a wait that doubles each time, so that it does not swing between two.
#pragma once

#include <array>
#include <cstddef>

namespace tessera {

struct quality {
  float scale = 1;  ///< of width and height, the rest by enlarging
  float detail = 1; ///< as frame_request::detail
  bool grass = true;
  bool shadows = true;
  bool dust = true;
  unsigned raindrops = 30'000; ///< where it rains
};

class quality_ladder {
public:
  /// Finest first.
  static constexpr std::array<quality, 6> rungs{{{1, 1, true, true, true, 30'000},
                                                 {1, 1, false, true, true, 30'000},
                                                 {0.75F, 0.8F, false, true, true, 20'000},
                                                 {0.6F, 0.6F, false, false, true, 12'000},
                                                 {0.5F, 0.5F, false, false, true, 8'000},
                                                 {0.35F, 0.4F, false, false, false, 4'000}}};
  static constexpr std::size_t patience = 30; ///< frames

  /// `target_ms`: what a frame should take at most.
  quality_ladder(double target_ms, std::size_t first_rung)
    : target_ms_(target_ms), rung_(first_rung) {}

  /// Of a frame that was drawn on the rung of now.
  void add(double milliseconds);

  std::size_t rung() const { return rung_; }
  const quality& now() const { return rungs[rung_]; }

private:
  void go_to(std::size_t rung);

  double target_ms_;
  std::size_t rung_;
  double smoothed_ms_ = 0;
  std::size_t frames_ = 0;          ///< on this rung
  std::size_t wait_ = patience * 2; ///< frames before the next finer rung is tried
  bool climbed_ = false;            ///< it came here from below
};

} // namespace tessera
