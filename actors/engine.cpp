#include "actors/engine.hpp"

#include "actors/border_actor.hpp"
#include "actors/checkpoint_actor.hpp"
#include "actors/conductor_actor.hpp"
#include "actors/engine_inspection.hpp"
#include "actors/inspector_actor.hpp"
#include "actors/journal_actor.hpp"
#include "actors/shard_actor.hpp"
#include "shards/instance_board.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <future>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <thread>

namespace tessera {

namespace {

/// Sharing beats stealing for small ticks and idles at 1 % of a core where stealing polls.
caf::actor_system_config& configure(caf::actor_system_config& config, unsigned workers) {
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", static_cast<std::uint64_t>(workers));
  return config;
}

/// What is left to the engine, decided once, so that a restart finds it as it was.
engine_options complete(engine_options options) {
  if (options.workers == 0)
    options.workers = std::max(1U, std::thread::hardware_concurrency());
  if (!options.trace)
    options.trace = std::make_shared<trace_recorder>();
  // 53 bits: exact in JSON, and none of those that people give.
  while (options.inspected && options.inspector_session < (std::uint64_t{1} << 32)) {
    std::random_device random;
    options.inspector_session = (std::uint64_t{random()} << 32 | random()) >> 11;
  }
  return options;
}

std::shared_ptr<worker_pool> make_pool(const engine_options& options) {
  unsigned workers = options.workers;
  std::unique_ptr<executor> inside;
  double handoff_ns = 0;
  if (workers > 1 && options.parallel_inside_shards) {
    inside = make_tbb_executor(workers);
    handoff_ns = measure_handoff_ns(*inside);
  }
  return std::make_shared<worker_pool>(workers, std::move(inside), handoff_ns);
}

} // namespace

struct engine::impl {
  impl(std::shared_ptr<const world_setup> world, std::shared_ptr<const layout> layout_of_it,
       engine_options given, std::shared_ptr<world_pace> how_fast,
       std::shared_ptr<inspection_board> board, std::optional<tick_number> gone_back = std::nullopt)
    : setup(std::move(world)), cut(std::move(layout_of_it)),
      options(std::make_shared<const engine_options>(std::move(given))), pace(std::move(how_fast)),
      pool(make_pool(*options)), system(configure(config, pool->workers())),
      traced(std::make_shared<const tracing>(options->trace, *setup, options->trace_actors,
                                             options->inspected)),
      ending(std::make_shared<std::promise<engine_result>>()), ended(ending->get_future()) {
    conductor = system.spawn<conductor_actor>(traced, setup, cut, options, pace, ending, gone_back);
    for (shard_id s = 0; s < cut->size(); ++s)
      shards.push_back(system.spawn<shard_actor>(traced, setup, cut, s, pool, options->looks,
                                                 options->delay_seed));
    if (const auto& keep = options->keep) {
      journal = system.spawn<journal_actor, caf::detached>(traced, keep->take_journal(),
                                                           keep->options(), conductor);
      checkpoints =
        system.spawn<checkpoint_actor, caf::detached>(traced, keep, setup, cut, conductor);
      border = system.spawn<border_actor, caf::detached>(traced, keep->take_border_log(),
                                                         cut->name(), conductor);
    }
    if (board)
      inspector = system.spawn<inspector_actor, caf::detached>(
        traced, std::move(board), cut->size(), pool->workers(), conductor);
    caf::anon_send(conductor, connect_conductor{shards, journal, checkpoints, border, inspector});
    auto shares = shares_of(*cut);
    for (shard_id s = 0; s < cut->size(); ++s) {
      connect_shard who;
      who.conductor = conductor;
      who.checkpoints = checkpoints;
      if (options->keep && options->keep->options().border_log)
        who.borders_from = options->keep->recovered().next_tick;
      who.inspected = inspector != nullptr;
      if (!shares.empty())
        who.share = shares[s];
      for (shard_id n : cut->neighbours(s))
        who.neighbours.push_back(shards[n]);
      caf::anon_send(shards[s], std::move(who));
    }
    if (options->keep)
      options->keep->forget_recovered(); // it is on its way, and each share keeps what it needs
  }

  /// What each shard takes of a recovered world; none of a world that starts anew.
  std::vector<std::shared_ptr<const shard_share>> shares_of(const layout& cut) const {
    std::vector<std::shared_ptr<const shard_share>> out;
    if (!options->keep || !options->keep->recovered().state)
      return out;
    struct held {
      std::shared_ptr<const saved_world> world;
      std::vector<shard_share> shares;
    };
    auto all = std::make_shared<held>();
    all->world = options->keep->recovered().state;
    all->shares = all->world->share_out(cut);
    for (const auto& share : all->shares)
      out.emplace_back(all, &share);
    return out;
  }

  ~impl() {
    // Actors that hold each other never end by themselves.
    for (const auto& s : shards)
      caf::anon_send_exit(s, caf::exit_reason::user_shutdown);
    for (auto* one : {&conductor, &journal, &checkpoints, &border, &inspector}) {
      if (*one)
        caf::anon_send_exit(*one, caf::exit_reason::user_shutdown);
      *one = nullptr;
    }
    shards.clear();
    system.await_all_actors_done();
  }

  std::shared_ptr<const world_setup> setup;
  std::shared_ptr<const layout> cut;
  std::shared_ptr<const engine_options> options;
  std::shared_ptr<world_pace> pace;
  std::shared_ptr<worker_pool> pool;
  caf::actor_system_config config;
  caf::actor_system system;
  std::shared_ptr<const tracing> traced;
  std::shared_ptr<std::promise<engine_result>> ending;
  std::shared_future<engine_result> ended;
  caf::actor conductor;
  caf::actor journal; ///< null in memory; likewise checkpoints
  caf::actor checkpoints;
  caf::actor border;
  caf::actor inspector; ///< null where nobody looks on
  std::vector<caf::actor> shards;
};

/// A thread that made an actor system, or spawned in it, holds on to its logger, for which the system's end, on
/// whichever thread, would wait for ever; so this one lets go of it.
template <class... Args>
std::unique_ptr<engine::impl> engine::make(Args&&... args) {
  auto made = std::make_unique<impl>(std::forward<Args>(args)...);
  caf::logger::set_current_actor_system(nullptr);
  return made;
}

result<std::unique_ptr<engine>> engine::start(std::shared_ptr<const world_setup> setup,
                                              std::shared_ptr<const layout> cut,
                                              engine_options options) {
  for (const auto& c : options.commands)
    if (auto ok = check_command(*setup, c); !ok)
      return tl::unexpected(ok.error());
  options = complete(std::move(options));
  auto pace = std::make_shared<world_pace>(setup->tick_rate_hz, options.paced);
  if (!options.inspected)
    return std::unique_ptr<engine>(new engine(
      make(std::move(setup), std::move(cut), std::move(options), std::move(pace), nullptr)));
  world_about about{setup, cut, options.workers, options.keep != nullptr};
  auto board = std::make_shared<inspection_board>(options.inspector_session);
  auto trace = options.trace;
  auto keep = options.keep;
  std::unique_ptr<engine> out{
    new engine(make(std::move(setup), std::move(cut), std::move(options), std::move(pace), board))};
  out->board_ = board;
  out->inspection_ = std::make_unique<engine_inspection>(*out, std::move(about), std::move(board),
                                                         std::move(trace), std::move(keep));
  return out;
}

engine::engine(std::unique_ptr<impl> made) : impl_(std::move(made)) {}

engine::~engine() = default;

result<tick_number> engine::submit(const command& c, bool any_tick) {
  command_batch one{c.session};
  one.add(c);
  return submit(std::move(one), any_tick ? std::nullopt : std::optional(c.tick));
}

result<tick_number> engine::submit(command_batch batch, std::optional<tick_number> at) {
  try {
    return send(std::move(batch), at).get();
  } catch (const std::future_error&) {
    return fail(error_code::bad_command, "the world has ended");
  }
}

std::future<result<tick_number>> engine::send(command_batch batch, std::optional<tick_number> at) {
  auto answer = std::make_shared<std::promise<result<tick_number>>>();
  auto answered = answer->get_future();
  std::shared_lock held{mutex_};
  if (!impl_) {
    answer->set_value(fail(error_code::bad_command, "the world has ended"));
    return answered;
  }
  // Checked and routed here, on the caller's thread: the conductor only puts batches in order.
  auto routed = routed_batch::make(*impl_->setup, *impl_->cut, std::move(batch));
  if (routed)
    caf::anon_send(impl_->conductor, submit_commands{std::move(*routed), at, std::move(answer)});
  else
    answer->set_value(tl::unexpected(routed.error()));
  return answered;
}

result<tick_number> engine::take_checkpoint() {
  auto answer = std::make_shared<std::promise<result<tick_number>>>();
  auto answered = answer->get_future();
  {
    std::shared_lock held{mutex_};
    if (!impl_)
      return fail(error_code::failure, "the world has ended");
    caf::anon_send(impl_->conductor, tessera::take_checkpoint{std::move(answer)});
  }
  try {
    return answered.get();
  } catch (const std::future_error&) {
    return fail(error_code::failure, "the world has ended, or goes back to its last checkpoint");
  }
}

bool engine::reach(const std::function<void(const engine_actors&)>& ask) {
  const std::shared_lock held{mutex_, std::try_to_lock};
  if (!held || !impl_)
    return false;
  ask({impl_->conductor, impl_->inspector, *impl_->traced});
  return true;
}

void engine::stop() {
  std::unique_lock held{mutex_};
  stopped_ = true;
  if (impl_)
    caf::anon_send(impl_->conductor, stop_world{});
}

engine_result engine::wait() {
  for (;;) {
    engine_result out = impl_->ended.get();
    out.workers = impl_->pool->workers();
    if (!restart(out))
      return out;
  }
}

/// Whether the world goes on. If it cannot be recovered, `ended` says why.
bool engine::restart(engine_result& ended) {
  const auto& keep = impl_->options->keep;
  if (!keep || !ended.failure || ended.storage_failure || ended.failure->again)
    return false;
  if (gone_back_ == ended.failure->tick) {
    ended.failure->again = true; // before its tick began: nothing to log
    return false;
  }
  gone_back_ = ended.failure->tick;
  std::unique_lock held{mutex_};
  if (stopped_)
    return false;
  auto setup = impl_->setup;
  auto cut = impl_->cut;
  auto pace = impl_->pace;
  engine_options options = *impl_->options;
  impl_.reset(); // it ends first: journal and directory are its
  if (options.looks)
    options.looks->forget(); // ticks that failed are not to be seen beside those to come
  if (auto ok = options.keep->recover(*setup, *cut); !ok) {
    ended.storage_failure = ok.error();
    return false;
  }
  std::erase_if(options.commands, [&](const command& c) { return c.tick <= ended.failure->tick; });
  if (options.on_restart)
    options.on_restart(*ended.failure, options.keep->recovered().next_tick);
  impl_ =
    make(std::move(setup), std::move(cut), std::move(options), std::move(pace), board_, gone_back_);
  return true;
}

} // namespace tessera
