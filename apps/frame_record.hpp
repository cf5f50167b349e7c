// What the window of `tessera run --window` drew, frame by frame.
//
// Always true: it holds the frames of the last kept_s seconds, oldest first, and never more than `most`; times rise.
#pragma once

#include "apps/frame_budget.hpp"
#include "core/ids.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace tessera {

/// One frame. What is not known is 0.
struct frame_row {
  double at_s = 0;                ///< since the window opened
  double frame_ms = 0;            ///< since the frame before
  frame_budget::times parts_ms{}; ///< of that, by frame_part
  tick_number tick = 0;           ///< the newest that was taken
  double tick_interval_ms = 0;    ///< real time from one tick to the next
  double tick_busy_ms = 0;        ///< of the slowest shard
  std::uint32_t bodies = 0;
  std::array<std::uint32_t, 4> by_level{}; ///< drawn, finest first; the last are dots
  std::uint32_t ground_tiles = 0;
  std::uint32_t draw_calls = 0;
  std::uint32_t rung = 0; ///< of quality_ladder

  double draw_ms() const { return parts_ms[static_cast<std::size_t>(frame_part::drawing)]; }
  bool operator==(const frame_row&) const = default;
};

class frame_record {
public:
  static constexpr double kept_s = 300;
  static constexpr std::size_t most = 60'000; ///< 200 frames a second for that long

  void add(const frame_row& row) {
    rows_.push_back(row);
    while (rows_.size() > most || rows_.front().at_s < row.at_s - kept_s)
      rows_.pop_front();
  }

  const std::deque<frame_row>& rows() const { return rows_; }
  std::size_t memory_bytes() const { return rows_.size() * sizeof(frame_row); }

private:
  std::deque<frame_row> rows_;
};

} // namespace tessera
