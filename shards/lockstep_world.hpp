// A whole world in one thread, without actors: for tests, tools and whoever wants to step a world by
// hand. It gives shards their packets and grants just as the actors do, in any order that is allowed.
#pragma once

#include "shards/conductor.hpp"
#include "shards/shard.hpp"
#include "shards/shard_state.hpp"

#include <array>
#include <memory>
#include <vector>

namespace tessera {

struct lockstep_options {
  /// 0: shards step in order of their ids. Otherwise a seeded random shard of those that may step is
  /// next, so that shards run up to limits::far_mail_ticks apart.
  std::uint64_t order_seed = 0;
  step_resources resources = {};
};

/// A world between two ticks; restored by lockstep_world::load under the same layout.
struct lockstep_snapshot {
  std::vector<shard_snapshot> shards;
  std::vector<std::vector<packet_pointer>> packets; ///< per reader
  std::vector<std::vector<packet_pointer>> sent;    ///< the same, per sender
  conductor known;
  std::vector<world_summary> history;
};

class lockstep_world {
public:
  lockstep_world(std::shared_ptr<const world_setup> setup, std::shared_ptr<const layout> cut,
                 lockstep_options options = {});

  /// Goes on from a saved world, which may have been cut otherwise; history() begins with its tick.
  lockstep_world(const saved_world& from, std::shared_ptr<const world_setup> setup,
                 std::shared_ptr<const layout> cut, lockstep_options options = {});

  /// Runs until all shards have run `ticks` ticks in all; summaries are appended to history().
  void run_to(tick_number ticks);
  void run(tick_number ticks) { run_to(tick() + ticks); }

  /// Stamps a command; see conductor::submit. To reach a given tick in this driver, submit before
  /// running past it.
  result<tick_number> submit(const command& c, bool any_tick = false) {
    return conductor_.submit(c, any_tick);
  }
  result<tick_number> submit(command_batch batch, std::optional<tick_number> at) {
    auto routed = routed_batch::make(*setup_, *layout_, std::move(batch));
    if (!routed)
      return tl::unexpected(routed.error());
    return conductor_.submit(std::move(*routed), at);
  }

  tick_number tick() const { return conductor_.complete_tick(); }
  std::uint64_t hash() const { return history_.back().hash; }
  /// Summary of every state so far, from the first one; of a world that starts anew, history()[t] is the
  /// world after t ticks.
  const std::vector<world_summary>& history() const { return history_; }

  std::size_t shard_count() const { return shards_.size(); }
  const shard& at(std::size_t i) const { return *shards_[i]; }
  const layout& cut() const { return *layout_; }
  const conductor& known() const { return conductor_; }

  /// Packets waiting to be read by the next tick.
  const std::vector<packet_pointer>& waiting_packets(std::size_t shard) const {
    return waiting_[shard][shards_[shard]->tick() % 2];
  }

  /// Packets that a shard gave out with its last tick, in the order of layout::neighbours.
  const std::vector<packet_pointer>& sent_packets(std::size_t shard) const { return sent_[shard]; }

  /// Only between ticks, i.e. outside run_to.
  lockstep_snapshot save() const;
  void load(const lockstep_snapshot& from);

  /// What a checkpoint of this state holds. Only between ticks.
  std::vector<shard_state> take_states() const;

private:
  lockstep_world(std::shared_ptr<const world_setup> setup, std::shared_ptr<const layout> cut,
                 lockstep_options options, const saved_world* from);
  bool ready(std::size_t shard) const;
  void step(std::size_t shard);
  void take(std::size_t shard, shard_output out);

  std::shared_ptr<const world_setup> setup_;
  std::shared_ptr<const layout> layout_;
  lockstep_options options_;
  conductor conductor_;
  std::vector<std::unique_ptr<shard>> shards_;
  /// Per shard and parity of the reading tick: one packet per neighbour.
  std::vector<std::array<std::vector<packet_pointer>, 2>> waiting_;
  std::vector<std::vector<packet_pointer>> sent_; ///< per shard, in its last tick
  std::vector<grant_pointer> grants_;             ///< by tick, from grants_from_
  std::uint64_t draws_ = 0;
  tick_number limit_ = 0;
  std::vector<world_summary> history_;
};

} // namespace tessera
