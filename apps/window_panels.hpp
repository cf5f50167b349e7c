// The boxes of text in the window of `tessera run --window`: help, figures, the chosen entity.
#pragma once

#include "apps/cell_load.hpp"
#include "apps/frame_budget.hpp"
#include "apps/world_onlooker.hpp"
#include "render/scene.hpp"

#include <deque>
#include <span>
#include <string>
#include <utility>
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

/// What the colours of cells mean, and which one does most.
std::vector<std::string> load_legend(std::span<const cell_load> loads);
/// What lines and marks mean. `bin_m`: how far beyond a border neighbours have ghosts; 0: none.
std::vector<std::string> border_legend(std::size_t ghosts, double bin_m);

/// What is told of where the time goes and the memory.
struct frame_facts {
  tick_number tick = 0;
  double tick_interval_ms = 0; ///< from one tick to the next, as they come
  double tick_busy_ms = 0;     ///< of the slowest shard; 0 while it is not known
  double tick_rate_hz = 20;
  frame_figures drawn;
  std::size_t rung = 0; ///< of quality_ladder
  std::string device;
  std::uint64_t window_bytes = 0; ///< of bodies and frames that the window holds
  const onlooker_news* news = nullptr;
  const frame_budget* budget = nullptr;
};
overlay_panel performance_panel(const frame_times& times, const frame_facts& facts);

/// Of row `row`. `news`: what is known of its fields.
overlay_panel entity_panel(const instance_columns& bodies, std::size_t row,
                           const shown_world& world, bool following, const onlooker_news& news);

} // namespace tessera
