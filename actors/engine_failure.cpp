#include "actors/engine_failure.hpp"

#include "shards/system_call.hpp"

namespace tessera {

engine_failure failure_of(shard_id shard, tick_number tick, const std::exception& thrown) {
  engine_failure out;
  out.shard = shard;
  out.tick = tick;
  out.message = thrown.what();
  if (const auto* known = dynamic_cast<const tick_failure*>(&thrown)) {
    out.tick = known->tick();
    out.entity = known->entity();
    out.system = known->system();
  }
  return out;
}

} // namespace tessera
