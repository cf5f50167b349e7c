// A shard's state, out between two ticks and in again under any layout.
#include "core/fp_environment.hpp"
#include "shards/saved_world.hpp"
#include "shards/shard.hpp"
#include "shards/shard_state.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tessera {

shard_state take_state(const shard& from, std::vector<packet_pointer> packets) {
  shard_state out;
  out.shard = from.id();
  out.tick = from.tick();
  out.region = from.region();
  auto saved = from.save();
  out.entities = std::move(saved.entities);
  out.counters = std::move(saved.counters);
  out.cells = std::move(saved.cells);
  out.own_events = std::move(saved.own_events);
  out.packets = std::move(packets);
  return out;
}

shard_output shard::start_from(const shard_share& from) {
  fp_environment_guard floats;
  tick_ = from.tick;
  for (const saved_part* part : from.cells)
    load_cells(*part);
  for (const auto& rows : from.entities)
    load_rows(rows);
  const schema& s = *setup_->game;
  for (const auto& [component, who, value] : from.beside) {
    handle at = *store_.find(who);
    if (contains(s.tag_mask(), component)) {
      store_.set_tag(at, component, true);
      continue;
    }
    store_.add(at, component);
    if (value != nullptr)
      std::memcpy(store_.get(at, component), value, s.components[component].size);
  }
  report_ = {};
  shard_output out;
  close_tick(out, {});
  // Whoever sent them counted them into its hash; nobody of then is left, so whoever has them does.
  own_events_ = from.events;
  for (const auto& e : own_events_)
    out.report.hash += hash_event(e);
  return out;
}

void shard::load_cells(const saved_part& part) {
  cell_rect both = region_.clipped(part.region);
  auto width = static_cast<std::size_t>(part.region.width());
  for (std::int32_t z = both.z0; z < both.z1; ++z) {
    for (std::int32_t x = both.x0; x < both.x1; ++x) {
      cell c{static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(z)};
      std::size_t there = static_cast<std::size_t>(z - part.region.z0) * width +
                          static_cast<std::size_t>(x - part.region.x0);
      if (part.counters[there] != 0)
        cells_.set_counter(c, part.counters[there]);
      for (std::size_t i = 0; i < part.cells.size(); ++i) {
        std::size_t size = setup_->game->cell_components[i].size;
        std::memcpy(cells_.now(i) + cells_.index(c) * size, part.cells[i].data() + there * size,
                    size);
      }
    }
  }
}

void shard::load_rows(const shard_share::rows& rows) {
  const saved_part::table& from = *rows.from;
  std::vector<entity_id> ids;
  ids.reserve(rows.which.size());
  for (std::uint32_t row : rows.which)
    ids.push_back(from.ids[row]);
  std::uint32_t table = store_.archetype_for(from.mask);
  std::uint32_t first = store_.create_many(table, ids);
  for (component_mask rest = from.mask; rest != 0; rest &= rest - 1) {
    auto c = static_cast<component_id>(std::countr_zero(rest));
    std::uint32_t size = setup_->game->components[c].size;
    if (from.columns[c].empty())
      continue; // scratch
    std::byte* to = store_.at(table).column(c) + std::size_t{first} * size;
    for (std::uint32_t row : rows.which) {
      copy_value(to, from.columns[c].data() + std::size_t{row} * size, size);
      to += size;
    }
  }
}

} // namespace tessera
