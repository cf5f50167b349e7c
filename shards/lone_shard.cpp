#include "shards/lone_shard.hpp"

#include <algorithm>
#include <utility>

namespace tessera {

lone_shard::lone_shard(std::shared_ptr<const world_setup> setup, std::shared_ptr<const layout> cut,
                       shard_id id, std::shared_ptr<const saved_world> from)
  : setup_(std::move(setup)), layout_(std::move(cut)),
    shard_(std::make_unique<shard>(setup_, layout_, id)) {
  if (!from) {
    shard_->start();
    return;
  }
  auto shares = from->share_out(*layout_);
  shard_->start_from(shares[id]);
  for (shard_id n : layout_->neighbours(id)) {
    shard neighbour{setup_, layout_, n};
    auto out = neighbour.start_from(shares[n]);
    const auto& theirs = layout_->neighbours(n);
    auto place = std::lower_bound(theirs.begin(), theirs.end(), id) - theirs.begin();
    first_packets_.push_back(out.packets[static_cast<std::size_t>(place)]);
  }
}

result<shard_report> lone_shard::run(const border_inputs& inputs, std::vector<command> commands) {
  const auto& neighbours = layout_->neighbours(shard_->id());
  bool fits = inputs.packets.size() == neighbours.size();
  for (std::size_t i = 0; fits && i < neighbours.size(); ++i)
    fits = inputs.packets[i]->from == neighbours[i] && inputs.packets[i]->tick == tick();
  if (!fits)
    return fail(error_code::bad_bytes, "what shard " + std::to_string(shard_->id()) +
                                         " was given is not for tick " + std::to_string(tick()) +
                                         " of this layout");
  // In a saved world everybody is with the owner, so who saw whom differs from what was logged, where
  // some were between two shards.
  auto packets = first_packets_.empty() ? inputs.packets : std::exchange(first_packets_, {});
  grant given;
  given.tick = tick();
  given.commands = std::move(commands);
  given.letters = inputs.letters;
  given.world_values = std::make_shared<const std::vector<std::int64_t>>(inputs.world_values);
  return shard_->step(given, packets).report;
}

} // namespace tessera
