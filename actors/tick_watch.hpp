// What the conductor keeps for the inspector until it takes it: sums of the ticks since, and the figures of shards
// while somebody wants them. Plain, without actors.
//
// Always true: it holds at most seen_world::most_frames ticks, however long nobody takes them; sums lose nothing.
#pragma once

#include "net/inspected_world.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tessera {

/// What happened since the inspector was told last.
struct seen_ticks {
  std::optional<world_summary> newest; ///< none: no tick was completed
  std::vector<tick_frame> frames;
  tick_totals totals;
  std::shared_ptr<const shard_figures> shards; ///< newest complete ones
  std::vector<command_answer> answers;         ///< to the inspector's own commands
  control_state control;
  double planned_ns = 0;
  kept_state kept;
};

class tick_watch {
public:
  using clock = std::chrono::steady_clock;

  tick_watch(std::size_t shards, session_id own) : shards_(shards), own_(own) {}

  void want_shards(bool on);
  /// Takes the flows out of it, which nobody else wants.
  void add(shard_report& report);
  void add(const world_summary& state, clock::time_point now);

  bool has_news() const { return since_.newest.has_value(); }
  /// What came since the last call.
  seen_ticks take() { return std::exchange(since_, {}); }

private:
  struct open_figures {
    shard_figures figures;
    std::size_t reports = 0;
  };

  bool answers_own(const world_summary& state) const;

  std::size_t shards_;
  session_id own_;
  bool wanted_ = false;
  std::map<tick_number, open_figures> open_;
  seen_ticks since_;
  std::optional<clock::time_point> last_;
};

} // namespace tessera
