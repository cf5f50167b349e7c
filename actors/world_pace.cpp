#include "actors/world_pace.hpp"

#include <algorithm>

namespace tessera {

world_pace::clock::duration world_pace::period() const {
  const double factor = state_.speed.how == pace::kind::times ? state_.speed.factor : 1;
  return std::chrono::duration_cast<clock::duration>(
    std::chrono::duration<double>(1.0 / (tick_rate_hz_ * factor)));
}

answer<void> world_pace::apply(const control_order& order, tick_number next) {
  switch (order.what) {
    case control_order::kind::tell: return {};
    case control_order::kind::pause:
      if (!state_.held_at || state_.held_on_the_way)
        state_.held_at = state_.held_at ? std::min(*state_.held_at, next) : next;
      state_.held_on_the_way = false;
      break;
    case control_order::kind::resume:
      state_.held_at.reset();
      state_.held_on_the_way = false;
      break;
    case control_order::kind::step:
      state_.held_at = (state_.held_at ? *state_.held_at : next) + order.tick;
      state_.held_on_the_way = true;
      break;
    case control_order::kind::run_to:
      if (order.tick < next)
        return refuse_with(409, "tick: found " + std::to_string(order.tick) +
                                  "; the world is past it, ticks up to " + std::to_string(next) +
                                  " are granted");
      state_.held_at = order.tick;
      state_.held_on_the_way = true;
      break;
    case control_order::kind::speed:
      state_.speed = order.speed;
      always_paced_ = always_paced_ && paced();
      break;
  }
  ++state_.version;
  return {};
}

control_state world_pace::state(tick_number next, bool ended) const {
  control_state out = state_;
  out.next_tick = next;
  out.ended = ended;
  return out;
}

} // namespace tessera
