// Shards of a kept world whose tick failed, and what becomes of them. Plain, without actors.
//
// What always holds: a shard is restored once all shards have finished the ticks before the one that failed and
// all of that is logged; in the same tick it is restored once, and a tick for which the whole world went
// back counts as restored.
#pragma once

#include "actors/engine_failure.hpp"
#include "shards/conductor.hpp"
#include "shards/shard.hpp"

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace tessera {

/// What a shard was given for a tick.
struct tick_inputs {
  std::vector<packet_pointer> packets; ///< in the order of layout::neighbours
  grant_pointer given;
};

class failed_shards {
public:
  struct one {
    engine_failure failure;
    std::shared_ptr<const tick_inputs> inputs;
    bool restoring = false;
    bool restored_before = false; ///< the shard alone, in this tick
  };

  /// `gone_back`: the tick for which the whole world went back last.
  explicit failed_shards(std::optional<tick_number> gone_back) : gone_back_(gone_back) {}

  void add(engine_failure failure, std::shared_ptr<const tick_inputs> inputs);
  /// One that waits for the state `complete`, which all shards have now; null if there is none.
  one* waiting_for(tick_number complete);
  /// Any that waits; null if there is none.
  one* waiting();
  /// One that is being restored; null if there is none of that shard.
  one* restoring(shard_id shard);
  void restored(shard_id shard);

private:
  std::optional<tick_number> gone_back_;
  std::map<shard_id, one> failed_;
  std::map<shard_id, tick_number> restored_at_; ///< the last tick of each
};

} // namespace tessera
