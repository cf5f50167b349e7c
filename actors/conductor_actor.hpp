// The actor around the conductor: it collects reports, hands out grants, keeps real time if asked to,
// has the world kept, and says how it ended. What it knows of the world is in shards/conductor.hpp, of
// keeping it in keeping.hpp.
#pragma once

#include "actors/keeping.hpp"
#include "actors/messages.hpp"
#include "actors/tick_watch.hpp"
#include "actors/traced_actor.hpp"
#include "actors/world_pace.hpp"

#include <chrono>
#include <map>

namespace tessera {

class conductor_actor : public traced_actor {
public:
  conductor_actor(caf::actor_config& config, std::shared_ptr<const tracing> traced,
                  std::shared_ptr<const world_setup> setup, std::shared_ptr<const layout> cut,
                  std::shared_ptr<const engine_options> options, std::shared_ptr<world_pace> pace,
                  std::shared_ptr<std::promise<engine_result>> ending,
                  std::optional<tick_number> gone_back);

  caf::behavior make_behavior() override;
  void on_exit() override;

private:
  using clock = std::chrono::steady_clock;

  void take_report(const tick_done& m);
  void hand_out_grants();
  bool due_now();
  bool replays(tick_number tick) const;
  void end_if_done();
  void ask_for_figures();
  void finish_when_told();
  void finish();
  void fail_world(engine_failure failure);

  // Of a kept world.
  void take_failure(const tick_failed& m);
  void mend_shards();
  void give_up(const failed_shards::one& failed);
  void take_restored(const shard_restored& m);
  void keep_state(const world_summary& state);
  void save_now(const world_summary& state);
  void take_durable(const ticks_durable& m);
  void want_checkpoint(const take_checkpoint& m);
  void take_committed(const checkpoint_committed& made);
  void storage_broke(const error& why);

  // Of an inspected world.
  void take_control(const control_world& m);
  void start_look(const begin_look& m);
  void tell_inspector();
  bool ended() const;
  kept_state kept_now() const;

  conductor known_;
  std::shared_ptr<const engine_options> options_;
  std::shared_ptr<std::promise<engine_result>> ending_;
  std::vector<caf::actor> shards_;
  tick_number last_tick_; ///< no tick is granted at or above
  engine_result result_;
  bool asked_ = false; ///< figures asked for: the world has ended
  std::size_t told_ = 0;
  bool ended_ = false; ///< the promise is kept
  std::shared_ptr<world_pace> pace_;
  clock::duration planned_time_{};              ///< that the ticks granted so far were to take
  std::optional<clock::time_point> held_since_; ///< would grant if it were not held
  std::optional<trace_hold> window_armed_;      ///< while ticks of options_->trace_ticks run
  bool begun_ = false;                          ///< the first state is complete
  clock::time_point begin_{};
  clock::time_point next_due_{};
  bool waiting_for_clock_ = false;
  std::map<tick_number, clock::time_point> planned_; ///< start of ticks on their way, paced only
  std::vector<command_answer> early_answers_;        ///< to commands refused before the first tick
  std::optional<keeping> keeping_;
  failed_shards failed_;
  /// What shards were given for ticks that others have yet to run, for the border log.
  std::map<tick_number, std::vector<border_record>> borders_;
  /// Who waits for a checkpoint, by the state that it must not be older than.
  std::multimap<tick_number, std::shared_ptr<std::promise<result<tick_number>>>> want_checkpoint_;
  caf::actor journal_;
  caf::actor checkpoints_;
  caf::actor border_;
  bool journal_open_ = false; ///< and answers close_journal; likewise the others
  bool checkpoints_open_ = false;
  bool border_open_ = false;
  bool closing_ = false; ///< close_journal was sent
  caf::actor inspector_;
  tick_watch watch_;
  bool inspector_busy_ = false;               ///< it has ticks_seen that it has not taken
  std::optional<control_state> told_control_; ///< what the inspector knows of it
  std::vector<begin_look> early_looks_;       ///< before the first state
};

} // namespace tessera
