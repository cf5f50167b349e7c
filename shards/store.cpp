// Structural changes of a store; see the header for what holds.
#include "shards/store.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tessera {
namespace {

constexpr std::uint32_t largest_alignment = 64;
/// Bulk work fetches the index's lines this many ids ahead.
constexpr std::size_t prefetch_ids = 16;

void check(const column_spec& spec) {
  TESSERA_ASSERT(std::has_single_bit(spec.align) && spec.align <= largest_alignment,
                 "a component's alignment is a power of two up to 64");
  TESSERA_ASSERT(spec.size % spec.align == 0, "a component's size is a multiple of its alignment");
  TESSERA_ASSERT(spec.kind != column_kind::tag || spec.size == 0, "a tag has no bytes");
}

} // namespace

store::store(std::span<const column_spec> columns, store_options options)
  : options_(options), specs_(columns.begin(), columns.end()) {
  TESSERA_ASSERT(columns.size() <= limits::components, "a component set is one 64-bit mask");
  for (std::size_t i = 0; i < columns.size(); ++i) {
    check(columns[i]);
    auto component = static_cast<component_id>(i);
    sizes_[i] = columns[i].size;
    switch (columns[i].kind) {
      case column_kind::dense: dense_ |= bit_of(component); break;
      case column_kind::tag: tags_ |= bit_of(component); break;
      case column_kind::sparse:
        rare_ |= bit_of(component);
        sparse_.push_back(std::make_unique<sparse_column>(columns[i].size));
        sparse_index_[i] = static_cast<std::uint8_t>(sparse_.size());
    }
  }
}

std::uint32_t store::archetype_for(component_mask dense_mask) {
  auto [known, made] = by_mask_.try_emplace(dense_mask, unknown);
  if (!made)
    return known->second;
  if ((dense_mask & ~dense_) != 0) {
    by_mask_.erase(known);
    TESSERA_ASSERT((dense_mask & ~dense_) == 0, "an archetype is a set of dense components");
  }
  auto index = static_cast<std::uint32_t>(archetypes_.size());
  archetypes_.push_back(std::make_unique<archetype>(index, dense_mask, specs_, pages_, arena_));
  neighbours_.emplace_back().fill(unknown);
  return known->second = index;
}

void store::index_one(entity_id id, std::uint32_t slot) {
  bool added = index_.insert(id_index::hash_of(id), slot,
                             [&](std::uint32_t other) { return id_in_slot(other) == id; });
  TESSERA_ASSERT(added, "an entity id is in a store once");
}

std::uint32_t store::create_many(std::uint32_t index, std::span<const entity_id> ids) {
  archetype& where = at(index);
  auto count = static_cast<std::uint32_t>(ids.size());
  TESSERA_ASSERT(count == ids.size(), "rows are counted in 32 bits");
  ++structure_version_;
  slots_.prepare(count);
  std::uint32_t first = where.append_many(count);
  if (count != 0)
    std::memcpy(static_cast<void*>(where.ids_ + first), ids.data(), ids.size_bytes());
  for (std::uint32_t row = first; row < first + count;) {
    auto page_end = (row / limits::page_rows + 1) * limits::page_rows;
    auto end = static_cast<std::uint32_t>(std::min<std::size_t>(first + count, page_end));
    slots_.take_many(where.place_of(row), {where.slots_ + row, end - row});
    row = end;
  }
  if (options_.id_index)
    index_many(where, first);
  return first;
}

void store::index_many(const archetype& where, std::uint32_t first) {
  index_.reserve(size());
  for (std::size_t row = first; row < where.rows_; ++row) {
    if (row + prefetch_ids < where.rows_)
      index_.prefetch(id_index::hash_of(where.ids_[row + prefetch_ids]));
    index_one(where.ids_[row], where.slots_[row]);
  }
}

/// What an entity has beside its row: an index entry, sparse values.
void store::drop_beside(archetype& from, std::uint32_t row, std::uint32_t slot) {
  if (options_.id_index) {
    bool erased = index_.erase(id_index::hash_of(from.ids_[row]), slot);
    TESSERA_ASSERT(erased, "every live entity is in the id index");
  }
  if (sparse_values_ != 0)
    for (auto& column : sparse_)
      sparse_values_ -= column->remove(slot);
}

void store::destroy_row(std::uint32_t index, std::uint32_t row) {
  TESSERA_ASSERT(index < archetypes_.size() && row < at(index).rows_,
                 "a row to destroy must exist");
  archetype& from = at(index);
  destroy_in({&from, row}, from.slots_[row], from.place_of(row));
}

void store::clear() {
  for (auto& each : archetypes_) {
    for (std::uint32_t row = 0; row < each->rows_; ++row)
      slots_.release(each->slots_[row]);
    each->clear();
  }
  for (auto& column : sparse_)
    column->clear();
  index_.clear();
  sparse_values_ = 0;
  ++structure_version_;
}

std::optional<handle> store::find(entity_id id) const {
  TESSERA_ASSERT(options_.id_index, "find needs a store with an id index");
  std::uint32_t slot = index_.find(id_index::hash_of(id),
                                   [&](std::uint32_t other) { return id_in_slot(other) == id; });
  if (slot == id_index::none)
    return std::nullopt;
  return handle_of_slot(slot);
}

row_ref store::locate(handle who) const {
  auto [owner, row] = checked(who);
  return {owner->index(), row};
}

std::optional<row_ref> store::try_locate(handle who) const {
  std::uint32_t place;
  if (!slots_.find(who, place))
    return std::nullopt;
  auto [owner, row] = at_place(place);
  return row_ref{owner->index(), row};
}

row_ref store::locate_slot(std::uint32_t slot) const {
  auto [owner, row] = at_place(slots_.place_of_slot(slot));
  return {owner->index(), row};
}

entity_id store::id_of(handle who) const {
  return alive(who) ? id_in_slot(who.slot) : entity_id{};
}

handle store::handle_at(std::uint32_t index, std::uint32_t row) const {
  TESSERA_ASSERT(index < archetypes_.size() && row < at(index).rows_, "a row to name must exist");
  return handle_of_slot(at(index).slots_[row]);
}

std::byte* store::get_sparse(std::uint32_t slot, component_id component) const {
  if (component >= specs_.size() || sparse_index_[component] == 0)
    return nullptr;
  return sparse_[sparse_index_[component] - 1u]->find(slot);
}

std::uint32_t store::neighbour(const archetype& from, component_id changed) {
  std::uint32_t known = neighbours_[from.index()][changed];
  if (known != unknown)
    return known;
  std::uint32_t found = archetype_for(from.mask() ^ bit_of(changed));
  return neighbours_[from.index()][changed] = found;
}

void store::move_row(archetype& from, std::uint32_t row, component_id changed) {
  archetype& to = at(neighbour(from, changed));
  std::uint32_t added = to.append();
  std::uint32_t slot = from.slots_[row];
  to.ids_[added] = from.ids_[row];
  to.slots_[added] = slot;
  for (const auto& column : from.columns_)
    if (column.component != changed)
      copy_value(to.base_[column.component] + std::size_t{added} * column.size,
                 column.base + std::size_t{row} * column.size, column.size);
  for (component_id tag : from.tags_)
    if (from.has_tag(row, tag))
      to.tag_words_for_write(tag)[added / 64] |= 1ull << (added % 64);
  drop_row(from, row, from.place_of(row));
  slots_.set_place(slot, to.place_of(added));
}

void store::add_here(handle who, component_id component) {
  TESSERA_ASSERT(component < specs_.size(), "a component must be one of the store's");
  if (contains(tags_, component))
    return set_tag(who, component, true);
  auto [owner, row] = checked(who);
  if (!contains(owner->mask_, component))
    move_row(*owner, row, component);
}

void store::remove_here(handle who, component_id component) {
  TESSERA_ASSERT(component < specs_.size(), "a component must be one of the store's");
  auto [owner, row] = checked(who);
  if (contains(owner->mask_, component))
    move_row(*owner, row, component);
  else if (owner->has_tag(row, component))
    set_tag(who, component, false);
}

bool store::has(handle who, component_id component) const {
  std::uint32_t place;
  if (!slots_.find(who, place) || component >= specs_.size())
    return false;
  auto [owner, row] = at_place(place);
  if (contains(tags_, component))
    return owner->has_tag(row, component);
  return contains(owner->mask_, component) || get_sparse(who.slot, component) != nullptr;
}

component_mask store::mask_of(handle who) const {
  std::uint32_t place;
  if (!slots_.find(who, place))
    return 0;
  auto [owner, row] = at_place(place);
  component_mask mask = owner->mask_;
  for (component_id tag : owner->tags_)
    if (owner->has_tag(row, tag))
      mask |= bit_of(tag);
  for (component_mask rest = rare_; rest != 0; rest &= rest - 1) {
    auto component = static_cast<component_id>(std::countr_zero(rest));
    if (get_sparse(who.slot, component) != nullptr)
      mask |= bit_of(component);
  }
  return mask;
}

void store::permute(std::uint32_t index, std::span<const std::uint32_t> order) {
  archetype& of = at(index);
  TESSERA_ASSERT(order.size() == of.rows_, "an order names every row once");
  std::vector<bool> seen(order.size());
  for (std::uint32_t row : order) {
    TESSERA_ASSERT(row < of.rows_ && !seen[row], "an order names every row once");
    seen[row] = true;
  }
  ++structure_version_;
  of.permute(order);
  for (std::uint32_t row = 0; row < of.rows_; ++row)
    slots_.set_place(of.slots_[row], of.place_of(row));
}

store_memory store::memory() const {
  store_memory bytes;
  for (const auto& each : archetypes_) {
    bytes.ids += each->committed(sizeof(entity_id));
    bytes.row_slots += each->committed(sizeof(std::uint32_t));
    for (const auto& column : each->columns_)
      bytes.columns += each->committed(column.size);
    if (each->block_.data != nullptr)
      bytes.spare += each->block_.bytes - each->capacity_ * each->row_bytes_;
    bytes.tags += each->tags_.size() * ((each->capacity_ + 63) / 64) * sizeof(std::uint64_t);
    bytes.tables += sizeof(archetype) + each->page_numbers_.capacity() * sizeof(std::uint32_t) +
                    each->versions_.capacity() * sizeof(std::uint64_t) +
                    each->columns_.capacity() * sizeof(each->columns_[0]) + sizeof(neighbours_[0]);
  }
  bytes.slots = slots_.committed_bytes();
  bytes.index = index_.committed_bytes();
  for (const auto& column : sparse_)
    bytes.sparse += column->committed_bytes();
  bytes.tables += sizeof(store) + pages_.capacity() * sizeof(page_entry);
  bytes.spare += arena_.spare_bytes();
  return bytes;
}

} // namespace tessera
