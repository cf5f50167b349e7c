#include "shards/lockstep_world.hpp"

#include "core/hash.hpp"

#include <algorithm>

namespace tessera {

lockstep_world::lockstep_world(std::shared_ptr<const world_setup> setup,
                               std::shared_ptr<const layout> cut, lockstep_options options)
  : lockstep_world(std::move(setup), std::move(cut), options, nullptr) {}

lockstep_world::lockstep_world(const saved_world& from, std::shared_ptr<const world_setup> setup,
                               std::shared_ptr<const layout> cut, lockstep_options options)
  : lockstep_world(std::move(setup), std::move(cut), options, &from) {}

lockstep_world::lockstep_world(std::shared_ptr<const world_setup> setup,
                               std::shared_ptr<const layout> cut, lockstep_options options,
                               const saved_world* from)
  : setup_(std::move(setup)), layout_(std::move(cut)), options_(options),
    conductor_(setup_, layout_, from == nullptr ? nullptr : &from->conductor()),
    waiting_(layout_->size()), sent_(layout_->size()) {
  for (shard_id s = 0; s < layout_->size(); ++s) {
    shards_.push_back(std::make_unique<shard>(setup_, layout_, s));
    for (auto& slot : waiting_[s])
      slot.resize(layout_->neighbours(s).size());
  }
  auto shares = from == nullptr ? std::vector<shard_share>{} : from->share_out(*layout_);
  for (std::size_t s = 0; s < shards_.size(); ++s)
    take(s, from == nullptr ? shards_[s]->start() : shards_[s]->start_from(shares[s]));
  for (auto& summary : conductor_.take_summaries())
    history_.push_back(std::move(summary));
}

bool lockstep_world::ready(std::size_t s) const {
  tick_number tick = shards_[s]->tick();
  if (tick >= limit_ || tick >= conductor_.next_tick())
    return false;
  const auto& packets = waiting_[s][tick % 2];
  return std::all_of(packets.begin(), packets.end(),
                     [&](const packet_pointer& p) { return p && p->tick == tick; });
}

void lockstep_world::run_to(tick_number ticks) {
  limit_ = ticks;
  while (conductor_.complete_tick() < ticks) {
    while (conductor_.next_tick() < ticks) {
      auto made = conductor_.try_grant();
      if (!made)
        break;
      grants_.push_back(std::move(made));
    }
    std::size_t stepped = 0;
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      std::size_t s = i;
      if (options_.order_seed != 0)
        s = hash_combine(options_.order_seed, ++draws_) % shards_.size();
      if (ready(s)) {
        step(s);
        ++stepped;
      }
    }
    TESSERA_ASSERT(stepped > 0 || options_.order_seed != 0, "some shard can always run");
    for (auto& summary : conductor_.take_summaries())
      history_.push_back(std::move(summary));
    auto oldest =
      std::min_element(shards_.begin(), shards_.end(),
                       [](const auto& l, const auto& r) { return l->tick() < r->tick(); });
    std::erase_if(grants_, [&](const grant_pointer& g) { return g->tick < (*oldest)->tick(); });
  }
}

void lockstep_world::step(std::size_t s) {
  tick_number tick = shards_[s]->tick();
  auto g = std::find_if(grants_.begin(), grants_.end(),
                        [&](const grant_pointer& x) { return x->tick == tick; });
  auto packets = waiting_[s][tick % 2];
  take(s, shards_[s]->step(**g, packets, options_.resources));
}

void lockstep_world::take(std::size_t s, shard_output out) {
  const auto& neighbours = layout_->neighbours(static_cast<shard_id>(s));
  for (std::size_t n = 0; n < neighbours.size(); ++n) {
    const auto& theirs = layout_->neighbours(neighbours[n]);
    auto place = std::lower_bound(theirs.begin(), theirs.end(), static_cast<shard_id>(s));
    auto& slot = waiting_[neighbours[n]][out.packets[n]->tick % 2];
    slot[static_cast<std::size_t>(place - theirs.begin())] = out.packets[n];
  }
  sent_[s] = std::move(out.packets);
  conductor_.take_report(std::move(out.report));
}

std::vector<shard_state> lockstep_world::take_states() const {
  std::vector<shard_state> out;
  for (std::size_t s = 0; s < shards_.size(); ++s)
    out.push_back(take_state(*shards_[s], sent_[s]));
  return out;
}

lockstep_snapshot lockstep_world::save() const {
  lockstep_snapshot out{{}, {}, sent_, conductor_, history_};
  for (std::size_t s = 0; s < shards_.size(); ++s) {
    out.shards.push_back(shards_[s]->save());
    out.packets.push_back(waiting_packets(s));
  }
  return out;
}

void lockstep_world::load(const lockstep_snapshot& from) {
  conductor_ = from.known;
  sent_ = from.sent;
  grants_.clear();
  history_ = from.history;
  for (std::size_t s = 0; s < shards_.size(); ++s) {
    shards_[s]->load(from.shards[s]);
    waiting_[s][shards_[s]->tick() % 2] = from.packets[s];
    // Nothing of a future that is given up may be taken for the one to come.
    auto& later = waiting_[s][(shards_[s]->tick() + 1) % 2];
    std::fill(later.begin(), later.end(), nullptr);
  }
}

} // namespace tessera
