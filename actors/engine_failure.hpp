// What is told of a tick that failed.
#pragma once

#include "core/ids.hpp"

#include <exception>
#include <string>

namespace tessera {

/// What shows the failure again, from the directory of a kept world alone.
enum class failure_replay {
  none,
  world, ///< the world, from its journal
  shard, ///< the shard that failed, alone, from journal and border log
};

/// A system, handler or invariant failed.
struct engine_failure {
  shard_id shard = 0;
  tick_number tick = 0;
  entity_id entity;   ///< 0 where no entity is to blame
  std::string system; ///< name of the system or handler; several, comma separated, if not known
  std::string message;

  // Of a kept world.
  bool again = false;    ///< in the same tick after a restart: it ends the world
  std::string not_alone; ///< why the whole world goes back and not the shard alone
  failure_replay replay = failure_replay::none; ///< of one that ended the world
};

/// What a shard's start or step threw before `tick` was over.
engine_failure failure_of(shard_id shard, tick_number tick, const std::exception& thrown);

} // namespace tessera
