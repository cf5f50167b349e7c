// Step 5 of a tick: structural changes, re-basing and hash.
#include "core/fp_environment.hpp"
#include "core/hash.hpp"
#include "core/lanes.hpp"
#include "shards/shard_part.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace tessera {

namespace {

using steady = std::chrono::steady_clock;

/// Rows per unit of the closing pass: small enough to stay in the second-level cache between its loops.
constexpr std::uint32_t rows_per_part = 4096;

bool is_place(const world_setup& setup, const position& p) {
  float size = setup.cell_size_m;
  return setup.extent.contains(p.where) && p.x >= 0 && p.x < size && p.z >= 0 && p.z < size &&
         std::isfinite(p.y);
}

std::string name_of_phase(const world_setup& setup, phase_number phase) {
  if (phase < first_system_phase)
    return "a handler";
  return setup.game->systems[setup.order.order[phase - first_system_phase]].name;
}

} // namespace

void shard::apply_changes() {
  std::vector<const outbox*> boxes{&handler_box_};
  for (std::size_t i = 0; i < boxes_used_; ++i)
    if (!boxes_[i]->empty())
      boxes.push_back(boxes_[i].get());
  struct item {
    const change_order* order;
    const outbox* from;
  };
  std::vector<item> items;
  for (const outbox* box : boxes)
    for (const auto& order : box->changes)
      items.push_back({&order, box});
  std::sort(items.begin(), items.end(), [](const item& l, const item& r) {
    return std::tuple(l.order->who, l.order->phase, l.order->index) <
           std::tuple(r.order->who, r.order->phase, r.order->index);
  });
  create_from_orders(boxes, false);
  for (const auto& [order, from] : items)
    apply_change(*order, *from);
}

void shard::apply_change(const change_order& order, const outbox& from) {
  auto who = store_.find(order.who);
  if (!who)
    return; // it went by an earlier change of this tick
  switch (order.kind) {
    case change_kind::despawn:
      store_.destroy(*who);
      ++report_.died;
      break;
    case change_kind::teleport:
      if (!is_place(*setup_, order.place))
        throw tick_failure(tick_, order.who, name_of_phase(*setup_, order.phase),
                           "it teleports to a place that is not in the world");
      depart(*who, order.place, order.phase);
      break;
    case change_kind::remove:
      if (contains(setup_->game->tag_mask(), order.component))
        store_.set_tag(*who, order.component, false);
      else
        store_.remove(*who, order.component);
      break;
    case change_kind::add:
      if (contains(setup_->game->tag_mask(), order.component)) {
        store_.set_tag(*who, order.component, true);
        break;
      }
      store_.add(*who, order.component);
      std::memcpy(store_.get(*who, order.component), from.bytes.data() + order.bytes_begin,
                  setup_->game->components[order.component].size);
      break;
  }
}

void shard::close_tick(shard_output& out, const step_resources& resources) {
  auto begin = steady::now();
  std::vector<part> parts;
  bins_.resize(store_.archetype_count());
  for (std::uint32_t t = 0; t < store_.archetype_count(); ++t) {
    std::uint32_t rows = store_.at(t).rows();
    if (rows > bins_[t].capacity())
      bins_[t].reserve(rows + rows / 16);
    bins_[t].resize(rows);
    for (std::uint32_t first = 0; first < rows; first += rows_per_part) {
      parts.emplace_back();
      parts.back().table = t;
      parts.back().first = first;
      parts.back().last = std::min(rows, first + rows_per_part);
    }
  }
  bool spread = resources.workers != nullptr && resources.worker_count > 1 &&
                close_cost_ns_ > 2 * resources.handoff_ns;
  auto body = [&](std::size_t i) {
    fp_environment_guard floats;
    close_rows(parts[i]);
  };
  if (spread) {
    resources.workers->for_each(parts.size(), resources.worker_count, index_function{body});
  } else {
    for (auto& p : parts)
      close_rows(p);
    double took = std::chrono::duration<double, std::nano>(steady::now() - begin).count();
    close_cost_ns_ += (took - close_cost_ns_) * 0.25;
  }
  check_finite_cells();
  report_.hash = cells_.hash_of_counters() + cells_.hash_of_cells(*setup_->game);
  for (const auto& p : parts)
    report_.hash += p.hash;
  hash_tags_and_rare();
  for (const auto& value : setup_->game->world_values) {
    std::int64_t sum = 0;
    for (std::uint32_t t = 0; t < store_.archetype_count(); ++t)
      if ((store_.at(t).mask() & value.required) == value.required)
        sum += value.sum(store_.at(t), value.ids);
    report_.world_values.push_back(sum);
  }
  publish(parts, out);
  report_.shard = id_;
  report_.tick = tick_;
  report_.entities = store_.size();
  for (const auto& p : out.packets)
    report_.packet_bytes += p->bytes();
  out.report = std::move(report_);
}

void shard::close_rows(part& p) {
  archetype& table = store_.at(p.table);
  auto* places = table.column_as<position>(position_component);
  const entity_id* ids = table.ids();
  std::uint32_t* bins = bins_[p.table].data();
  if (!targets_.empty())
    p.ghosts.reserve(256);
  constexpr std::uint32_t at_once = lane_count;
  std::uint32_t row = p.first;
  auto rebase_to = [&](std::uint32_t end) {
    for (; row < end; ++row)
      bins[row] = rebase(places[row], ids[row], p, row);
  };
  while (row + at_once <= p.last)
    if (rebase_eight(places + row, bins + row, p, row))
      row += at_once;
    else
      rebase_to(row + at_once);
  rebase_to(p.last);
  hash_rows(p);
}

/// Does for eight rows from `row` on what rebase() does for each, where nobody has left a cell. False: somebody has,
/// and nothing was done.
inline bool shard::rebase_eight(const position* places, std::uint32_t* bins, part& found,
                                std::uint32_t row) const {
  if (!around_.enabled())
    return false;
  // Rows become columns: cells, x and z of rows 0 2 4 6 1 3 5 7.
  const lane_ints a = load_ints(places);
  const lane_ints b = load_ints(places + 2);
  const lane_ints c = load_ints(places + 4);
  const lane_ints d = load_ints(places + 6);
  const lane_ints ab_low = __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
  const lane_ints ab_high = __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
  const lane_ints cd_low = __builtin_shufflevector(c, d, 0, 8, 1, 9, 4, 12, 5, 13);
  const lane_ints cd_high = __builtin_shufflevector(c, d, 2, 10, 3, 11, 6, 14, 7, 15);
  const lane_ints cells = __builtin_shufflevector(ab_low, cd_low, 0, 1, 8, 9, 4, 5, 12, 13);
  const lane_ints x_bits = __builtin_shufflevector(ab_low, cd_low, 2, 3, 10, 11, 6, 7, 14, 15);
  const lane_ints z_bits = __builtin_shufflevector(ab_high, cd_high, 2, 3, 10, 11, 6, 7, 14, 15);
  lanes x, z;
  std::memcpy(&x, &x_bits, sizeof x);
  std::memcpy(&z, &z_bits, sizeof z);
  const lanes size = splat(setup_->cell_size_m);
  // By the sign bit, so that -0 is left to rebase(), which makes it +0.
  const lane_ints inside =
    (x_bits >= splat_int(0)) & (z_bits >= splat_int(0)) & lane_ints(x < size) & lane_ints(z < size);
  if (!all_set(inside))
    return false;
  const lane_ints mixed = around_.bins_of(cells, x, z);
  const lane_ints in_order = __builtin_shufflevector(mixed, mixed, 0, 4, 1, 5, 2, 6, 3, 7);
  std::memcpy(bins, &in_order, sizeof in_order);
  if (target_sets_.size() > 1) // the first is of those that no neighbour sees
    for (std::uint32_t i = 0; i < lane_count; ++i)
      if (const std::uint16_t target = targets_[bins[i]]; target != 0)
        found.ghosts.emplace_back(target, row + i);
  return true;
}

/// Returns the bin of the re-based place; 0, which is in the ring, for a leaver.
inline std::uint32_t shard::rebase(position& p, entity_id who, part& found,
                                   std::uint32_t row) const {
  float size = setup_->cell_size_m;
  p.x += 0.0F; // -0 becomes +0
  p.z += 0.0F;
  bool inside = p.x >= 0 && p.x < size && p.z >= 0 && p.z < size;
  if (!inside) [[unlikely]] {
    rebase_slowly(p, who);
    if (!region_.contains(p.where)) {
      found.leavers.push_back(row);
      return 0;
    }
  }
  if (!around_.enabled())
    return 0;
  auto bin = static_cast<std::uint32_t>(around_.bin_of(p));
  std::uint16_t target = targets_[bin];
  if (target != 0)
    found.ghosts.emplace_back(target, row);
  return bin;
}

void shard::rebase_slowly(position& p, entity_id who) const {
  float size = setup_->cell_size_m;
  auto refuse = [&](const std::string& what) {
    std::string writers;
    for (const auto& s : setup_->game->systems)
      if (contains(s.access.writes, position_component))
        writers += (writers.empty() ? "" : ", ") + s.name;
    for (const auto& h : setup_->game->handlers)
      if (contains(h.access.writes, position_component))
        writers += (writers.empty() ? "" : ", ") + h.name;
    throw tick_failure(tick_ == 0 ? 0 : tick_ - 1, who, writers, what);
  };
  if (!std::isfinite(p.x) || !std::isfinite(p.y) || !std::isfinite(p.z))
    refuse("its position is not finite");
  bool commanded = std::find(commanded_.begin(), commanded_.end(), who) != commanded_.end();
  auto one = [&](float& local, std::uint16_t& index, std::int32_t first, std::int32_t last) {
    float largest = std::nextafterf(size, 0.0F);
    if (commanded) // a command put it near the far edge, and walking on must not stop the world
      local = std::clamp(local, -size, std::nextafterf(2 * size, 0.0F));
    if (local < -size || local >= 2 * size)
      refuse("it moved more than a cell in one tick: to " + std::to_string(local) +
             " m of a cell of " + std::to_string(size) + " m; use a teleport");
    std::int32_t to = index;
    if (local < 0) {
      local += size;
      --to;
    } else if (local >= size) {
      local -= size;
      ++to;
    }
    if (local >= size) { // rounded up to the edge
      local = 0;
      ++to;
    }
    if (to < first) { // nothing lies beyond the world
      to = first;
      local = 0;
    } else if (to >= last) {
      to = last - 1;
      local = largest;
    }
    index = static_cast<std::uint16_t>(to);
    local += 0.0F;
  };
  one(p.x, p.where.x, setup_->extent.x0, setup_->extent.x1);
  one(p.z, p.where.z, setup_->extent.z0, setup_->extent.z1);
}

void shard::hash_rows(part& p) const {
  const schema& s = *setup_->game;
  const archetype& table = store_.at(p.table);
  const entity_id* ids = table.ids() + p.first;
  std::size_t rows = p.last - p.first;
  for (component_mask rest = table.mask(); rest != 0; rest &= rest - 1) {
    auto c = static_cast<component_id>(std::countr_zero(rest));
    const auto& info = s.components[c];
    if (has_mark(info.mark, marks::scratch) || info.size == 0)
      continue;
    const std::byte* column = table.column(c) + std::size_t{p.first} * info.size;
    check_finite(c, column, ids, rows);
    p.hash += info.ops.hash(column, ids, rows, hash_keys_[c]);
  }
}

void shard::check_finite(component_id c, const std::byte* column, const entity_id* ids,
                         std::size_t rows) const {
  const auto& info = setup_->game->components[c];
  if (info.ops.first_not_finite == nullptr)
    return;
  std::size_t bad = info.ops.first_not_finite(column, rows);
  if (bad == rows)
    return;
  std::string writers;
  for (const auto& x : setup_->game->systems)
    if (contains(x.access.writes, c))
      writers += (writers.empty() ? "" : ", ") + x.name;
  throw tick_failure(tick_ == 0 ? 0 : tick_ - 1, ids[bad], writers,
                     "component " + info.name + " holds a number that is not finite");
}

void shard::check_finite_cells() const {
  for (std::size_t c = 0; c < setup_->game->cell_components.size(); ++c) {
    const auto& info = setup_->game->cell_components[c];
    if (info.ops.first_not_finite == nullptr)
      continue;
    std::size_t bad = info.ops.first_not_finite(cells_.now(c), cells_.size());
    if (bad == cells_.size())
      continue;
    cell where = cells_.cell_at(bad);
    std::string writers;
    for (const auto& x : setup_->game->systems)
      if ((x.access.cell_writes >> c & 1) != 0)
        writers += (writers.empty() ? "" : ", ") + x.name;
    throw tick_failure(tick_ == 0 ? 0 : tick_ - 1, {}, writers,
                       "cell component " + info.name + " of cell (" + std::to_string(where.x) +
                         ", " + std::to_string(where.z) + ") holds a number that is not finite");
  }
}

void shard::hash_tags_and_rare() {
  const schema& s = *setup_->game;
  for (component_mask rest = s.tag_mask(); rest != 0; rest &= rest - 1) {
    auto c = static_cast<component_id>(std::countr_zero(rest));
    for (std::uint32_t t = 0; t < store_.archetype_count(); ++t) {
      const archetype& table = store_.at(t);
      if (table.tag_words(c) == nullptr)
        continue;
      for (std::uint32_t row = 0; row < table.rows(); ++row)
        if (table.has_tag(row, c))
          report_.hash += hash_combine(hash_keys_[c], table.ids()[row].value);
    }
  }
  for (component_mask rest = s.rare_mask(); rest != 0; rest &= rest - 1) {
    auto c = static_cast<component_id>(std::countr_zero(rest));
    if (has_mark(s.components[c].mark, marks::scratch))
      continue;
    const sparse_column& column = store_.sparse(c);
    std::vector<entity_id> ids;
    ids.reserve(column.size());
    for (std::uint32_t slot : column.slots())
      ids.push_back(store_.id_of(store_.handle_of_slot(slot)));
    check_finite(c, column.values(), ids.data(), ids.size());
    if (s.components[c].ops.hash != nullptr)
      report_.hash +=
        s.components[c].ops.hash(column.values(), ids.data(), ids.size(), hash_keys_[c]);
  }
}

} // namespace tessera
