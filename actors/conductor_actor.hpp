// The actor around the conductor: it collects reports, hands out grants, keeps real time if asked to,
// and says how the world ended. What it knows of the world is in shards/conductor.hpp.
#pragma once

#include "actors/messages.hpp"

#include <chrono>

namespace tessera {

class conductor_actor : public caf::event_based_actor {
public:
  conductor_actor(caf::actor_config& config, std::shared_ptr<const world_setup> setup,
                  std::size_t shard_count, std::shared_ptr<const engine_options> options,
                  std::shared_ptr<std::promise<engine_result>> ending);

  caf::behavior make_behavior() override;
  void on_exit() override;

private:
  using clock = std::chrono::steady_clock;

  void take_report(shard_report& report);
  void hand_out_grants();
  bool due_now();
  void end_if_done();
  void ask_for_figures();
  void finish();

  conductor known_;
  std::shared_ptr<const engine_options> options_;
  std::shared_ptr<std::promise<engine_result>> ending_;
  std::vector<caf::actor> shards_;
  tick_number last_tick_; ///< no tick is granted at or above
  engine_result result_;
  bool asked_ = false; ///< figures asked for: the world has ended
  std::size_t told_ = 0;
  bool ended_ = false; ///< the promise is kept
  clock::duration period_{};
  clock::time_point begin_{};
  clock::time_point next_due_{};
  bool waiting_for_clock_ = false;
  std::vector<clock::time_point> planned_; ///< start of each tick, paced only
};

} // namespace tessera
