#include "apps/rendered_world.hpp"

#include "games/games.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>

namespace tessera {

namespace fs = std::filesystem;

result<rendered_world> rendered_world::open(const world_options& options) {
  rendered_world out;
  std::error_code ignored;
  auto ok = fs::is_directory(options.file, ignored) ? out.open_kept_world(options)
                                                    : out.open_new_world(options);
  if (!ok)
    return tl::unexpected(ok.error());
  return out;
}

result<void> rendered_world::open_kept_world(const world_options& options) {
  auto kept = read_kept_with_game(options.file, options.shards);
  if (!kept)
    return tl::unexpected(kept.error());
  config_ = kept->config;
  reading_ = std::make_unique<kept_reading>(std::move(*kept));
  auto world = replayed_world::open_earliest(*reading_);
  if (!world)
    return tl::unexpected(world.error());
  notes_ = world->notes();
  kept_ = std::make_unique<replayed_world>(std::move(*world));
  return {};
}

result<void> rendered_world::open_new_world(const world_options& options) {
  auto config = options.load();
  if (!config)
    return tl::unexpected(config.error());
  auto opened = open_world(*config, built_in_games());
  if (!opened)
    return tl::unexpected(opened.error());
  notes_ = opened->notes;
  setup_ = opened->setup;
  lockstep_options how;
  const unsigned workers =
    config->workers != 0 ? config->workers : std::max(1u, std::thread::hardware_concurrency());
  if (workers > 1) {
    threads_ = make_thread_executor(workers);
    how.resources.workers = threads_.get();
    how.resources.worker_count = workers;
  }
  fresh_ = std::make_unique<lockstep_world>(setup_, opened->cut, how);
  config_ = std::move(*config);
  return {};
}

result<void> rendered_world::run_to(tick_number tick) {
  if (kept_)
    return kept_->run_to(tick);
  try {
    fresh_->run_to(tick);
  } catch (const tick_failure& e) {
    return fail(error_code::system_failure,
                "tick " + std::to_string(e.tick()) + " failed in " + e.system() + ": " + e.what());
  }
  return {};
}

std::vector<instance_columns> rendered_world::look(const appearance& looks) const {
  return instances_of(world(), looks, setup().cell_size_m);
}

} // namespace tessera
