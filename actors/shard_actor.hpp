// The actor around one shard: it collects what a tick needs, steps the shard when all of it is there,
// and passes on what comes out. All it knows beyond that is in shards/shard.hpp.
#pragma once

#include "actors/messages.hpp"
#include "actors/traced_actor.hpp"
#include "actors/worker_pool.hpp"
#include "shards/instance_board.hpp"

#include <array>
#include <chrono>
#include <deque>

namespace tessera {

class shard_actor : public traced_actor {
public:
  shard_actor(caf::actor_config& config, std::shared_ptr<const tracing> traced,
              std::shared_ptr<const world_setup> setup, std::shared_ptr<const layout> cut,
              shard_id id, std::shared_ptr<worker_pool> pool, std::shared_ptr<instance_board> board,
              std::uint64_t delay_seed);

  caf::behavior make_behavior() override;
  void on_exit() override;

private:
  void begin(const connect_shard& who);
  void take_packet(const packet_pointer& packet);
  void run_ready_ticks();
  void pass_on(shard_output out, std::shared_ptr<border_record> border = {});
  void show_state();
  void hand_over_state();
  void run_tick();
  void answer_looks();
  void report_failure(const std::exception& what, std::shared_ptr<const tick_inputs> inputs = {});
  void go_on_as(lone_shard& restored);
  void tell_figures();
  void delay(std::uint64_t purpose);

  std::unique_ptr<shard> shard_;
  std::shared_ptr<const layout> layout_;
  std::shared_ptr<worker_pool> pool_;
  std::shared_ptr<instance_board> board_; ///< null where nobody can watch
  appearance appearance_;
  float cell_size_m_;
  std::uint64_t delay_seed_;
  std::uint64_t delays_ = 0;
  std::vector<caf::actor> neighbours_;
  caf::actor conductor_;
  caf::actor checkpoints_;                  ///< null in memory
  std::optional<tick_number> borders_from_; ///< from here on the border log wants its inputs
  std::optional<tick_number> loaded_at_;    ///< state of the saved world that it started from
  /// Of the last tick: part of the state. Of a kept world, or one that somebody may look on at.
  std::vector<packet_pointer> last_packets_;
  bool inspected_ = false;
  std::vector<look_at_tick> looks_; ///< at ticks to come
  /// By parity of the reading tick: a neighbour is at most one tick ahead, so two slots suffice.
  std::array<std::vector<packet_pointer>, 2> waiting_;
  std::array<std::size_t, 2> arrived_{};
  /// What the next tick gets in place of the packets that wait, if any: see
  /// lone_shard::take_first_packets().
  std::vector<packet_pointer> restored_packets_;
  std::deque<grant_pointer> grants_;
  std::optional<std::chrono::steady_clock::time_point>
    waiting_since_; ///< has a grant, lacks a packet
  bool failed_ = false;
  std::vector<float> busy_ms_; ///< of the last ticks, a ring
  std::size_t busy_next_ = 0;
  std::uint64_t ghosts_ = 0;
};

} // namespace tessera
