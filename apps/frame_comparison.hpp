// Two frame records compared: which of their times got worse.
//
// Always true: every figure is a time in milliseconds, so more is worse.
#pragma once

#include "apps/frame_record.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tessera {

/// Of many times: the median, what 99 of 100 stay below, the longest, and the mean of the slowest hundredth.
struct time_figures {
  std::size_t count = 0;
  double median_ms = 0;
  double p99_ms = 0;
  double longest_ms = 0;
  double low_ms = 0;
};
time_figures figures_of(std::vector<double> times_ms);

/// A record's figures. A tick counts once, however many frames showed it.
struct frame_record_figures {
  std::size_t frames = 0;
  double seconds = 0;
  time_figures frame;
  time_figures draw;
  time_figures tick_interval;
  time_figures tick_busy;
};
frame_record_figures figures_of(const std::vector<frame_row>& rows);

/// One figure of both. Nothing where a record does not have it.
struct compared_figure {
  std::string name; ///< "frame p99"
  std::optional<double> before_ms;
  std::optional<double> after_ms;

  /// (after - before) / before.
  std::optional<double> change() const;
  bool worse() const;
};
/// More than this is worse.
inline constexpr double worse_share = 0.05;

std::vector<compared_figure> compare_frames(const frame_record_figures& before,
                                            const frame_record_figures& after);

} // namespace tessera
