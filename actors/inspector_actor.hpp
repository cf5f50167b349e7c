// The actor between a world and who looks on: it takes what the conductor tells it of ticks, and passes looks to the
// shards, as many as fit into its budget.
//
// Always true:
// - looks take at most look_share of the workers' time, in the long run; one that has to wait longer than its asker
//   does is refused;
// - the answers to one look are of one tick: the conductor names one that it has not granted beyond;
// - it holds no more than most_waiting looks; others are refused at once.
#pragma once

#include "actors/inspection_board.hpp"
#include "actors/messages.hpp"
#include "actors/traced_actor.hpp"

#include <chrono>
#include <deque>
#include <map>

namespace tessera {

class inspector_actor : public traced_actor {
public:
  static constexpr double look_share = 0.02;
  static constexpr std::size_t most_waiting = 64;
  static constexpr std::size_t most_under_way = 8;

  inspector_actor(caf::actor_config& config, std::shared_ptr<const tracing> traced,
                  std::shared_ptr<inspection_board> board, std::size_t shards, unsigned workers,
                  caf::actor conductor);

  caf::behavior make_behavior() override;
  void on_exit() override;

private:
  using clock = std::chrono::steady_clock;
  struct under_way {
    std::shared_ptr<look_order> order;
    world_look so_far;
    std::size_t missing = 0;
  };

  void take_ticks(seen_ticks& ticks);
  void take_look(const std::shared_ptr<look_order>& order);
  void begin_looks();
  void take_answer(const looked& m);

  std::shared_ptr<inspection_board> board_;
  std::size_t shards_;
  caf::actor conductor_;
  seen_world seen_;
  bool watching_ = false; ///< the conductor collects shards' figures
  clock::time_point wanted_until_{};
  double gain_per_ns_; ///< of the budget
  double budget_ns_;   ///< that looks may take now; below 0 after one that took more
  clock::time_point budget_at_ = clock::now();
  bool waking_ = false; ///< looks_due is on its way
  std::deque<std::shared_ptr<look_order>> waiting_;
  std::map<std::uint64_t, under_way> under_way_; ///< by number
  std::uint64_t next_number_ = 1;
};

} // namespace tessera
