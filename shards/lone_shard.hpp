// One shard run alone, from a saved world and what it was given tick by tick: as it ran among its
// neighbours, without them.
#pragma once

#include "shards/packet_codec.hpp"
#include "shards/saved_world.hpp"
#include "shards/shard.hpp"

namespace tessera {

class lone_shard {
public:
  /// Shard `id` of `cut`, as it was in `from`; null: as it starts.
  lone_shard(std::shared_ptr<const world_setup> setup, std::shared_ptr<const layout> cut,
             shard_id id, std::shared_ptr<const saved_world> from);

  tick_number tick() const { return shard_->tick(); }
  const shard& state() const { return *shard_; }

  /// Runs the next tick with its commands, those that this shard applied at least, in (session,
  /// sequence) order. Returns the shard's report. Fails with bad_bytes when the inputs are of another
  /// tick or another layout; throws as shard::step does.
  result<shard_report> run(const border_inputs& inputs, std::vector<command> commands);

  /// To go on among its neighbours; this one is of no further use.
  std::unique_ptr<shard> take_shard() { return std::move(shard_); }
  /// Instead of the neighbours' packets for the next tick, where no tick has run since a saved world:
  /// what they bring is with its owners already. Empty otherwise.
  std::vector<packet_pointer> take_first_packets() { return std::move(first_packets_); }

private:
  std::shared_ptr<const world_setup> setup_;
  std::shared_ptr<const layout> layout_;
  std::unique_ptr<shard> shard_;
  std::vector<packet_pointer> first_packets_; ///< of a saved world, for the first tick
};

} // namespace tessera
