// A world that `tessera render` runs to a tick and looks at: a new one, or a kept one that is replayed.
//
// Always true: what it looks like depends on world and tick alone, not on layout or workers; a kept world is only
// read.
#pragma once

#include "apps/kept_reading.hpp"
#include "apps/replayed_world.hpp"
#include "apps/world_options.hpp"
#include "shards/lockstep_world.hpp"
#include "shards/world_look.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tessera {

class rendered_world {
public:
  /// `options.file` is a world file or a data directory. Errors: those of opening either.
  static result<rendered_world> open(const world_options& options);

  /// Ticks may be asked for in ascending order only.
  result<void> run_to(tick_number tick);
  const world_setup& setup() const { return kept_ ? kept_->setup() : *setup_; }
  /// As it was opened. A kept world names no models.
  const world_config& config() const { return config_; }
  const std::vector<std::string>& notes() const { return notes_; }
  /// All bodies, by id, and the cover of all cells.
  std::vector<instance_columns> look(const appearance& looks) const;

private:
  result<void> open_kept_world(const world_options& options);
  result<void> open_new_world(const world_options& options);
  const lockstep_world& world() const { return kept_ ? kept_->world() : *fresh_; }

  world_config config_;
  std::vector<std::string> notes_;
  std::unique_ptr<kept_reading> reading_;
  std::unique_ptr<replayed_world> kept_;
  std::shared_ptr<const world_setup> setup_;
  std::unique_ptr<executor> threads_; // used by fresh_
  std::unique_ptr<lockstep_world> fresh_;
};

} // namespace tessera
