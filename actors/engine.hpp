// A running world: shards and conductor as actors over a pool of workers. The face of actors/ for the
// rest of the tree; no CAF type shows.
//
// Thread: every function may be called from any thread. Callbacks come on a worker's thread, one at a
// time, in order of tick; they must return soon, since grants wait for them.
#pragma once

#include "actors/engine_failure.hpp"
#include "core/error.hpp"
#include "core/trace_recorder.hpp"
#include "shards/conductor.hpp"
#include "shards/layout.hpp"
#include "shards/world_setup.hpp"

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

namespace tessera {

class inspected_world;
class instance_board;
class inspection_board;
class kept_world;
struct engine_actors;

/// A shard whose tick failed goes on, made anew from checkpoint and logs.
struct shard_restart {
  engine_failure failure;
  tick_number from = 0;             ///< state of the checkpoint, 0 for the start of the world
  std::uint64_t hashes_checked = 0; ///< one per tick replayed
  double seconds = 0;               ///< to make it
};

struct engine_options {
  /// Threads that run shards; 0: one per core.
  unsigned workers = 0;
  /// Ticks to run before the world ends by itself; 0: until stopped.
  tick_number ticks = 0;
  /// True: ticks start on an absolute schedule at tick_rate_hz; a world that cannot keep up runs slower
  /// (time dilation) and never skips a tick. False: as fast as it can.
  bool paced = false;
  /// Threads inside a hot shard, beside shards over workers.
  bool parallel_inside_shards = true;
  /// For tests: sleeps of random length are put into steps and messages. 0: none.
  std::uint64_t delay_seed = 0;
  /// Records what actors do; null: one that is never armed. Outlives the engine's actors.
  std::shared_ptr<trace_recorder> trace;
  /// Ticks that are recorded: armed when the first is granted, disarmed once the last is complete.
  /// Without them, whoever holds the recorder arms it.
  struct tick_window {
    tick_number from = 0;
    tick_number to = 0; ///< included
  };
  std::optional<tick_window> trace_ticks;
  /// Shell pattern of the names of actors to record; empty: all.
  std::string trace_actors;
  /// Lets others look on: engine::inspect(). It costs a message per tick while nobody does.
  bool inspected = false;
  /// Session of the inspector's own commands; no player's. 0: a random one.
  session_id inspector_session = 0;
  /// Where shards put what they look like, as many as the layout has, for one onlooker; null: nowhere. While
  /// nobody watches it, it costs a load per shard and tick. No tick waits for the onlooker.
  std::shared_ptr<instance_board> looks;
  /// Commands with their ticks, known before the first tick is granted.
  std::vector<command> commands;
  /// Called once per completed state, the first included. In a kept world the states that are only
  /// replayed count too; those above what on_durable named are provisional.
  std::function<void(const world_summary&)> on_summary;
  /// Where the world is kept, opened; null: in memory only. The engine goes on from what it recovered.
  std::shared_ptr<kept_world> keep;
  /// Of a kept world: inputs of ticks up to this one are durable. On the thread of on_summary.
  std::function<void(tick_number)> on_durable;
  /// Of a kept world: a tick failed, and its shard was restored alone and runs it again. On the thread of
  /// on_summary.
  std::function<void(const shard_restart&)> on_shard_restart;
  /// Of a kept world: a tick failed, its shard could not be restored alone (failure.not_alone says why), and
  /// the world goes back to its checkpoint and on from there; all below `next` is replayed. The commands of the
  /// failed tick are not in it. On the thread of wait().
  std::function<void(const engine_failure& failure, tick_number next)> on_restart;
};

/// What is known of one shard at the end.
struct shard_statistics {
  shard_id shard = 0;
  cell_rect cells;
  std::uint64_t entities = 0;
  std::uint64_t ghosts = 0;
  double tick_ms_p50 = 0;
  std::vector<std::pair<std::string, std::uint64_t>> entities_by_archetype; ///< "position+velocity"
};

/// What was written of a kept world, and what recovery did before it.
struct kept_figures {
  std::optional<tick_number> durable_tick; ///< inputs up to this tick are durable
  std::uint64_t journal_bytes = 0;
  std::uint64_t border_bytes = 0; ///< of the border log
  std::uint64_t fsyncs = 0;
  std::uint64_t flush_rounds = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t checkpoint_bytes = 0; ///< of the last one
  double checkpoint_s = 0;            ///< of the last one, from the first copy until it counted
  std::optional<tick_number> checkpoint_tick;
  std::uint64_t shard_restarts = 0; ///< shards whose tick failed and that were restored alone
  tick_number recovered_from = 0;   ///< state that recovery went on from
  tick_number replayed_ticks = 0;
  std::uint64_t hashes_checked = 0; ///< states that were compared with the journal's hash
  double recovery_s = 0;            ///< from the start of the engine to the last replayed state
};

struct engine_result {
  world_summary last; ///< the newest state that all shards finished
  std::optional<engine_failure> failure;
  std::vector<shard_statistics> shards;
  std::uint64_t messages_sent = 0; ///< between actors of the world
  double wall_s = 0;               ///< from the first grant to the last state
  double dilation = 1;             ///< paced: real time over world time, 1 when it kept up
  /// Paced: milliseconds from a tick's planned start to its completion, one per tick, newest last.
  std::vector<double> tick_latency_ms;
  unsigned workers = 0;
  std::optional<kept_figures> kept;
  /// The disk failed and the world stopped: nothing above kept->durable_tick was acknowledged.
  std::optional<error> storage_failure;
};

class engine {
public:
  /// Starts the world; ticks begin at once. Fails if one of options.commands is malformed.
  static result<std::unique_ptr<engine>> start(std::shared_ptr<const world_setup> setup,
                                               std::shared_ptr<const layout> cut,
                                               engine_options options);
  ~engine(); ///< stops and waits

  /// Stamps all commands of a batch with one tick, `at` or the next that is not granted yet, and tells it.
  /// What becomes of them comes in the world_summary of the state after that tick; in a kept world it
  /// counts once on_durable has named the tick. Does not wait: the tick comes through the future, which
  /// may be dropped. Errors of bad_command: a command is malformed (the error says which, and none was
  /// taken), the tick is past, the world has ended; or the future is broken, for the same reason.
  std::future<result<tick_number>> send(command_batch batch,
                                        std::optional<tick_number> at = std::nullopt);
  /// The same, and waits.
  result<tick_number> submit(command_batch batch, std::optional<tick_number> at = std::nullopt);
  /// A batch of one.
  result<tick_number> submit(const command& c, bool any_tick);

  /// Of a kept world: saves the next state that can be saved, and blocks until that checkpoint counts; gives its
  /// tick. Any thread but the world's own. Errors of failure: a world in memory; it ended, or went back, first.
  result<tick_number> take_checkpoint();

  /// Ends the world at a tick boundary: no further grants. May be called repeatedly.
  void stop();

  /// Blocks until the world has ended. One thread only. A kept world whose tick failed goes on: the shard is
  /// restored, or all of the world is restarted in here; a second failure in the same tick ends it.
  engine_result wait();

  /// The world as onlookers see it, until the engine goes; null unless options.inspected.
  inspected_world* inspect() { return inspection_.get(); }

private:
  friend class engine_inspection;
  struct impl;
  explicit engine(std::unique_ptr<impl> made);
  template <class... Args>
  static std::unique_ptr<impl> make(Args&&... args);
  /// Calls ask with those of the engine that answer onlookers; false where the world is being recovered or has gone.
  bool reach(const std::function<void(const engine_actors&)>& ask);
  bool restart(engine_result& ended);

  std::shared_mutex mutex_; ///< of the pointer: a restart replaces what it points to
  std::unique_ptr<impl> impl_;
  bool stopped_ = false;
  std::optional<tick_number> gone_back_;    ///< the tick whose failure restarted the world last
  std::shared_ptr<inspection_board> board_; ///< likewise inspection_: null unless inspected
  std::unique_ptr<inspected_world> inspection_;
};

} // namespace tessera
