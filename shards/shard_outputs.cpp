// Step 6 of a tick: everything that goes out.
#include "core/hash.hpp"
#include "shards/entity_record.hpp"
#include "shards/shard_part.hpp"

#include <algorithm>
#include <cstring>

namespace tessera {

namespace {

/// Sorts what was emitted and numbers it per (sender, phase), so that neither the unit nor the thread
/// that emitted it shows.
void number(std::vector<event_record>& events) {
  auto sender_order = [](const event_record& e) { return std::tuple(e.sender, e.phase, e.index); };
  std::sort(events.begin(), events.end(), [&](const event_record& l, const event_record& r) {
    return sender_order(l) < sender_order(r);
  });
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    bool same =
      i > 0 && events[i].sender == events[i - 1].sender && events[i].phase == events[i - 1].phase;
    next = same ? next + 1 : 0;
    events[i].index = next;
  }
}

} // namespace

std::uint64_t hash_event(const event_record& e) {
  std::uint64_t h = hash_combine(hash_key_2, e.target.value);
  h = hash_combine(h, e.sender.value);
  h = hash_combine(h, std::uint64_t{e.index} << 32 | std::uint64_t{e.phase} << 16 | e.type);
  h = hash_combine(h, std::uint64_t{e.seen.x} << 32 | std::uint64_t{e.seen.z} << 16 | e.delay);
  for (std::size_t i = 0; i < e.payload.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, e.payload.data() + i, 8);
    h = hash_combine(h, word);
  }
  return h;
}

void shard::prepare_targets() {
  target_sets_.assign(1, {});
  if (!around_.enabled())
    return;
  std::int32_t per_cell = static_cast<std::int32_t>(setup_->cell_size_m / setup_->bin_size_m);
  const auto& neighbours = layout_->neighbours(id_);
  auto bins = [&](const cell_rect& r) {
    return cell_rect{r.x0 * per_cell, r.z0 * per_cell, r.x1 * per_cell, r.z1 * per_cell};
  };
  cell_rect own = bins(region_);
  targets_.assign(
    static_cast<std::size_t>(around_.columns()) * static_cast<std::size_t>(around_.rows()), 0);
  for (std::int32_t z = own.z0 - 1; z <= own.z1; ++z) {
    for (std::int32_t x = own.x0 - 1; x <= own.x1; ++x) {
      bool inside = x > own.x0 && x < own.x1 - 1 && z > own.z0 && z < own.z1 - 1;
      if (inside) {
        x = own.x1 - 2; // only the rim is seen from next door
        continue;
      }
      std::vector<std::uint16_t> set;
      for (std::size_t n = 0; n < neighbours.size(); ++n)
        if (bins(layout_->rect(neighbours[n])).grown(1).contains(x, z))
          set.push_back(static_cast<std::uint16_t>(n));
      if (set.empty())
        continue;
      auto known = std::find(target_sets_.begin(), target_sets_.end(), set);
      auto index = static_cast<std::uint16_t>(known - target_sets_.begin());
      if (known == target_sets_.end())
        target_sets_.push_back(set);
      targets_[static_cast<std::size_t>((z - own.z0 + 1) * around_.columns() + x - own.x0 + 1)] =
        index;
    }
  }
}

void shard::targets_of_cell_or_bin(const position& p, std::vector<std::uint16_t>& out) const {
  std::int32_t per_cell = static_cast<std::int32_t>(setup_->cell_size_m / setup_->bin_size_m);
  auto bin = [&](std::uint16_t index, float local) {
    return std::int32_t{index} * per_cell + static_cast<std::int32_t>(local / setup_->bin_size_m);
  };
  std::int32_t x = bin(p.where.x, p.x);
  std::int32_t z = bin(p.where.z, p.z);
  const auto& neighbours = layout_->neighbours(id_);
  out.clear();
  for (std::size_t n = 0; n < neighbours.size(); ++n) {
    const cell_rect& r = layout_->rect(neighbours[n]);
    cell_rect bins{r.x0 * per_cell, r.z0 * per_cell, r.x1 * per_cell, r.z1 * per_cell};
    if (bins.grown(1).contains(x, z))
      out.push_back(static_cast<std::uint16_t>(n));
  }
}

border_packet& shard::packet_for(std::size_t neighbour,
                                 std::vector<std::unique_ptr<border_packet>>& packets) const {
  auto& packet = packets[neighbour];
  if (!packet) {
    packet = std::make_unique<border_packet>();
    packet->from = id_;
    packet->tick = tick_;
    packet->ghost_columns.resize(setup_->shared_components.size());
  }
  return *packet;
}

/// Appends ghosts, column by column: one pass over the rows per component.
void shard::pack_ghosts(border_packet& to, std::span<const row_ref> rows) const {
  if (rows.empty())
    return;
  component_mask shared = setup_->game->shared_mask();
  std::size_t first = to.ghost_ids.size();
  std::size_t last = first + rows.size();
  to.ghost_ids.resize(last);
  to.ghost_places.resize(last);
  to.ghost_masks.resize(last);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const archetype& table = store_.at(rows[i].archetype);
    to.ghost_ids[first + i] = table.ids()[rows[i].row];
    to.ghost_places[first + i] = table.column_as<position>(position_component)[rows[i].row];
    to.ghost_masks[first + i] = table.mask() & shared;
  }
  for (std::size_t s = 0; s < setup_->shared_components.size(); ++s) {
    component_id c = setup_->shared_components[s];
    std::uint32_t size = setup_->game->components[c].size;
    auto& column = to.ghost_columns[s];
    column.resize(last * size);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::byte* from = store_.at(rows[i].archetype).column(c);
      if (from != nullptr)
        copy_value(column.data() + (first + i) * size, from + std::size_t{rows[i].row} * size,
                   size);
    }
  }
}

void shard::publish(std::vector<part>& parts, shard_output& out) {
  const auto& neighbours = layout_->neighbours(id_);
  std::vector<std::unique_ptr<border_packet>> packets(neighbours.size());
  std::vector<std::vector<row_ref>> seen_by(neighbours.size());
  for (const auto& p : parts)
    for (auto [set, row] : p.ghosts)
      for (std::uint16_t n : target_sets_[set])
        seen_by[n].push_back({p.table, row});
  for (std::size_t n = 0; n < neighbours.size(); ++n)
    if (!seen_by[n].empty())
      pack_ghosts(packet_for(n, packets), seen_by[n]);
  send_leavers(parts, packets);
  send_events(packets);
  send_cells(packets);
  std::sort(report_.letters.begin(), report_.letters.end(),
            [](const letter& l, const letter& r) { return l.order() < r.order(); });
  packet_pointer nothing; // one for all neighbours that have nothing to learn
  for (std::size_t n = 0; n < packets.size(); ++n) {
    if (packets[n]) {
      out.packets.emplace_back(std::move(packets[n]));
      continue;
    }
    if (!nothing) {
      auto made = std::make_shared<border_packet>();
      made->from = id_;
      made->tick = tick_;
      nothing = std::move(made);
    }
    out.packets.push_back(nothing);
  }
}

void shard::send_leavers(std::vector<part>& parts,
                         std::vector<std::unique_ptr<border_packet>>& packets) {
  const auto& neighbours = layout_->neighbours(id_);
  own_leavers_ = border_packet{};
  own_leavers_.ghost_columns.resize(setup_->shared_components.size());
  left_.clear();
  std::vector<std::uint16_t> targets;
  for (const auto& p : parts) {
    for (std::uint32_t row : p.leavers) {
      handle who = store_.handle_at(p.table, row);
      const position& place = position_of(who);
      left_.push_back(store_.id_of(who));
      shard_id owner = layout_->owner(place.where);
      auto at = std::lower_bound(neighbours.begin(), neighbours.end(), owner);
      TESSERA_ASSERT(at != neighbours.end() && *at == owner, "a leaver goes to a neighbour");
      auto& packet = packet_for(static_cast<std::size_t>(at - neighbours.begin()), packets);
      write_entity(*setup_->game, store_, who, packet.arrivals);
      ++packet.arrival_count;
      ++report_.leaving;
      if (!around_.enabled())
        continue;
      targets_of_cell_or_bin(place, targets);
      row_ref leaver{p.table, row};
      for (std::uint16_t n : targets)
        pack_ghosts(packet_for(n, packets), {&leaver, 1});
      if (around_.bin_of(place) >= 0)
        pack_ghosts(own_leavers_, {&leaver, 1});
    }
  }
  // From the back, so that the rows that take a removed one's place are none of those to remove.
  for (auto p = parts.rbegin(); p != parts.rend(); ++p)
    for (auto row = p->leavers.rbegin(); row != p->leavers.rend(); ++row) {
      store_.destroy_row(p->table, *row);
      auto& bins = bins_[p->table]; // the last row takes the place of the removed one
      bins[*row] = bins.back();
      bins.pop_back();
    }
  bins_structure_ = store_.structure_version();
  std::sort(left_.begin(), left_.end());
}

void shard::send_events(std::vector<std::unique_ptr<border_packet>>& packets) {
  std::vector<event_record> events = std::move(handler_box_.events);
  std::vector<event_record> far = std::move(handler_box_.far);
  handler_box_.clear();
  for (std::size_t i = 0; i < boxes_used_; ++i) {
    events.insert(events.end(), boxes_[i]->events.begin(), boxes_[i]->events.end());
    far.insert(far.end(), boxes_[i]->far.begin(), boxes_[i]->far.end());
  }
  boxes_used_ = 0;
  number(events);
  number(far);
  own_events_.clear();
  const auto& neighbours = layout_->neighbours(id_);
  std::vector<shard_id> owners;
  for (const auto& e : events) {
    report_.hash += hash_event(e);
    layout_->owners_within(e.seen, 1, owners);
    for (shard_id owner : owners) {
      if (owner == id_) {
        own_events_.push_back(e);
        continue;
      }
      auto at = std::lower_bound(neighbours.begin(), neighbours.end(), owner);
      TESSERA_ASSERT(at != neighbours.end() && *at == owner, "an event goes to neighbours only");
      packet_for(static_cast<std::size_t>(at - neighbours.begin()), packets).events.push_back(e);
    }
    if (layout_->owner(e.seen) != id_)
      ++report_.events_crossing;
  }
  report_.events_sent = events.size();
  for (const auto& e : far) {
    letter mail;
    mail.kind = letter_kind::event;
    mail.sent = tick_ - 1;
    mail.who = e.sender;
    mail.phase = e.phase;
    mail.index = e.index;
    mail.event = e;
    report_.letters.push_back(std::move(mail));
  }
}

void shard::send_cells(std::vector<std::unique_ptr<border_packet>>& packets) {
  if (!cells_.has_components())
    return;
  cells_.publish();
  const auto& neighbours = layout_->neighbours(id_);
  for (std::size_t n = 0; n < neighbours.size(); ++n) {
    cell_rect part = layout_->rect(neighbours[n]).grown(1).clipped(region_);
    if (part.width() > 0 && part.depth() > 0)
      cells_.pack(part, packet_for(n, packets).cells);
  }
}

std::size_t border_packet::bytes() const {
  std::size_t sum = ghost_ids.size() * (sizeof(entity_id) + sizeof(position) + 8) +
                    arrivals.size() + events.size() * sizeof(event_record) + cells.size();
  for (const auto& column : ghost_columns)
    sum += column.size();
  return sum;
}

} // namespace tessera
