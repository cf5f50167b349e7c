// The checkpoint coordinator: writes down the states that shards and conductor copied at one tick, and
// makes them count once every input below that tick is durable; makes a shard whose tick failed anew from
// the newest of them. Detached, because it waits for the disk.
//
// What always holds: a checkpoint is committed only when all of its files are durable and the journal's
// watermark has passed it; checkpoints are committed in order of tick.
#pragma once

#include "actors/messages.hpp"
#include "actors/traced_actor.hpp"

#include <chrono>
#include <map>

namespace tessera {

class checkpoint_actor : public traced_actor {
public:
  checkpoint_actor(caf::actor_config& config, std::shared_ptr<const tracing> traced,
                   std::shared_ptr<kept_world> keep, std::shared_ptr<const world_setup> setup,
                   std::shared_ptr<const layout> cut, caf::actor conductor);

  caf::behavior make_behavior() override;
  const char* name() const override { return "checkpoint coordinator"; }
  void on_exit() override { conductor_ = nullptr; }

private:
  struct pending {
    std::vector<checkpoint_file> files;
    std::optional<std::uint64_t> hash; ///< known once the conductor's part is there
    std::uint64_t bytes = 0;
    std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  };

  void write_shard(const shard_state& state);
  void write_conductor_part(const saved_conductor& state, std::uint64_t hash);
  void write(tick_number tick, shard_id shard, std::span<const checkpoint_section> sections);
  void commit_what_counts();
  result<shard_replay> restore(shard_id shard, tick_number tick);
  void fail_with(const error& why);

  std::shared_ptr<kept_world> keep_;
  std::shared_ptr<const world_setup> setup_;
  std::shared_ptr<const layout> layout_;
  std::size_t shard_count_;
  caf::actor conductor_;
  std::map<tick_number, pending> pending_;
  tick_number durable_below_ = 0; ///< inputs of all ticks below are durable
  bool failed_ = false;
};

} // namespace tessera
