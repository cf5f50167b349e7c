// What lies over the picture of `tessera run --window`: help, figures, shard borders, the chosen entity.
#pragma once

#include "render/scene.hpp"

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera {

/// Times of the last frames.
class frame_times {
public:
  static constexpr std::size_t kept = 300;
  static constexpr std::size_t shown = 100;

  void add(double seconds);

  struct figures {
    double per_second = 0;
    double longest_ms = 0;
    double low_per_second = 0; ///< of the slowest hundredth
  };
  /// Of the last `kept`.
  figures now() const;
  /// Milliseconds of the last `shown`, oldest first.
  std::vector<float> curve() const;

private:
  std::deque<double> seconds_;
};

overlay_panel help_panel();

/// What of a frame is told of where the time goes.
struct frame_facts {
  tick_number tick = 0;
  double tick_ms = 0; ///< from one tick to the next, as they come
  double tick_rate_hz = 20;
  frame_figures drawn;
  std::size_t rung = 0; ///< of quality_ladder
  std::string device;
};
overlay_panel performance_panel(const frame_times& times, const frame_facts& facts);

/// Of row `row`.
overlay_panel entity_panel(const instance_columns& bodies, std::size_t row,
                           const shown_world& world, bool following);

/// Borders of shards near the camera, on the ground.
void add_borders(overlay_content& to, std::span<const instance_columns> shards,
                 const shown_world& world, const camera& from, float width, float height);

/// A frame around row `row`, where it is in the picture.
void add_marker(overlay_content& to, const instance_columns& bodies, std::size_t row,
                const shown_world& world, const camera& from, float width, float height);

} // namespace tessera
