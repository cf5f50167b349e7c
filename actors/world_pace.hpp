// Who holds the world, and how fast ticks are to be granted. Plain, without actors.
//
// Always true: holding means granting no more, so a held world stands at a tick's boundary and goes on as if nothing
// had been; no order takes back a grant. A world that nobody gives orders runs as its options say.
//
// Thread: the conductor's. A world that goes back to its checkpoint gets another conductor, and hands this on to it: what
// was ordered still holds.
#pragma once

#include "net/inspected_world.hpp"

#include <chrono>

namespace tessera {

class world_pace {
public:
  using clock = std::chrono::steady_clock;

  world_pace(double tick_rate_hz, bool paced) : tick_rate_hz_(tick_rate_hz) {
    state_.speed.how = paced ? pace::kind::real : pace::kind::max;
    always_paced_ = paced;
  }

  bool holds(tick_number tick) const { return state_.held_at && tick >= *state_.held_at; }
  bool paced() const { return state_.speed.how != pace::kind::max; }
  /// Whether it was never at speed max.
  bool always_paced() const { return always_paced_; }
  /// Between the starts of two ticks.
  clock::duration period() const;

  /// `next`: the first tick that is not granted. 409 for a tick that is granted already.
  answer<void> apply(const control_order& order, tick_number next);

  control_state state(tick_number next, bool ended) const;

private:
  double tick_rate_hz_;
  control_state state_;
  bool always_paced_ = true;
};

} // namespace tessera
