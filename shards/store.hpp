// The entities of one shard, as columns of bytes: it knows components by size alone. What always
// holds:
// - every live entity has one id, one slot and one row in one archetype; its handle names the slot;
// - an archetype is a set of dense components; it is made on first use and never goes away;
// - tags and sparse components belong to the entity, not to the archetype: no row moves for them;
// - a stale handle reads as nobody, never as somebody else;
// - the order of rows, and the numbers of slots, have no meaning.
// Threads: a store belongs to one shard and is not thread-safe. Between structural changes any
// number of threads may read, and may write disjoint rows or components.
#pragma once

#include "core/assert.hpp"
#include "core/ids.hpp"
#include "shards/archetype.hpp"
#include "shards/component.hpp"
#include "shards/id_index.hpp"
#include "shards/slot_table.hpp"
#include "shards/sparse_column.hpp"
#include "shards/store_snapshot.hpp"

#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace tessera {

struct store_options {
  /// Keeps the index behind find(): 10 to 15 bytes per entity. Without it find() is a broken
  /// invariant, and ids are not checked to be unique.
  bool id_index = true;
};

/// Bytes of memory a store holds, by what they are for. Address space that was only reserved is no
/// memory.
struct store_memory {
  std::size_t columns = 0;   ///< dense components
  std::size_t ids = 0;       ///< the 64-bit ids
  std::size_t row_slots = 0; ///< from row to slot
  std::size_t slots = 0;     ///< from handle to row
  std::size_t index = 0;     ///< from id to slot
  std::size_t tags = 0;
  std::size_t sparse = 0;
  std::size_t tables =
    0;                   ///< archetypes, pages, dirty versions: per archetype and page, not per row
  std::size_t spare = 0; ///< blocks of small archetypes that wait to be used again

  std::size_t total() const {
    return columns + ids + row_slots + slots + index + tags + sparse + tables + spare;
  }
};

class store {
public:
  /// columns[i] describes component i. Throws broken_invariant for more than limits::components, an
  /// alignment above 64 B, a size that is no multiple of it, or a tag with bytes.
  explicit store(std::span<const column_spec> columns, store_options options = {});
  store(store&&) = delete;

  /// Index of the archetype with exactly these dense components, made if need be. Stable for ever.
  std::uint32_t archetype_for(component_mask dense_mask);
  std::size_t archetype_count() const { return archetypes_.size(); }
  archetype& at(std::uint32_t index) { return *archetypes_[index]; }
  const archetype& at(std::uint32_t index) const { return *archetypes_[index]; }
  std::span<const column_spec> columns() const { return specs_; }

  /// Appends an entity as the archetype's last row, its columns zeroed, without tags or sparse
  /// components. An id that is there already is a broken invariant.
  handle create(std::uint32_t archetype, entity_id id);
  /// The same for many; their rows are contiguous. Returns the first.
  std::uint32_t create_many(std::uint32_t archetype, std::span<const entity_id> ids);
  /// False when the handle is stale. The archetype's last row takes the place of the entity's.
  bool destroy(handle who);
  void destroy_row(std::uint32_t archetype, std::uint32_t row);
  /// Destroys every entity; handles are stale, archetypes and memory stay.
  void clear();

  std::optional<handle> find(entity_id id) const;
  bool alive(handle who) const { return slots_.alive(who); }
  /// Where the entity is; a stale handle is a broken invariant.
  row_ref locate(handle who) const;
  std::optional<row_ref> try_locate(handle who) const;
  /// Id of a live entity; a stale handle gives the id 0.
  entity_id id_of(handle who) const;
  handle handle_at(std::uint32_t archetype, std::uint32_t row) const;
  /// Handle of the owner of a value in a sparse column.
  handle handle_of_slot(std::uint32_t slot) const { return {slot, slots_.generation_of(slot)}; }
  row_ref locate_slot(std::uint32_t slot) const;

  /// A dense or sparse component's value; nullptr when the handle is stale or the entity lacks it.
  std::byte* get(handle who, component_id component);
  const std::byte* get(handle who, component_id component) const {
    return const_cast<store*>(this)->get(who, component);
  }
  /// The same for a T, whose size must be the component's; faster, as the size is known.
  template <class T>
  T* get_as(handle who, component_id component);

  /// Gives or takes a component; no effect when the entity has it (or lacks it) already. A new
  /// value is zeroed. Dense: the row moves to another archetype. A stale handle is a broken
  /// invariant.
  void add(handle who, component_id component);
  void remove(handle who, component_id component);
  bool has(handle who, component_id component) const;
  /// Everything the entity has, of all kinds; 0 for a stale handle.
  component_mask mask_of(handle who) const;
  /// A stale handle, or a component that is no tag, is a broken invariant.
  void set_tag(handle who, component_id tag, bool on);

  /// Values and owners of a sparse component, to iterate.
  const sparse_column& sparse(component_id component) const {
    return *sparse_[sparse_at(component)];
  }

  /// New row i becomes what was row order[i]; order must be a permutation of all rows (checked).
  void permute(std::uint32_t archetype, std::span<const std::uint32_t> order);

  /// Grows with whatever adds, removes or moves rows: pointers into columns, rows and runs taken
  /// before are no longer good. Tags and sparse components do not count.
  std::uint64_t structure_version() const { return structure_version_; }
  /// Live entities.
  std::size_t size() const { return slots_.live(); }
  store_memory memory() const;

  /// Copies everything but handles, slots and versions into `into`, whose memory is used again.
  void save(store_snapshot& into) const;
  store_snapshot snapshot() const;
  /// Replaces the contents by the snapshot's, rows in the same order. Handles from before are
  /// stale. The store's columns must be those of the store that was saved (checked by size and
  /// kind).
  void load(const store_snapshot& from);

private:
  struct found_row {
    archetype* owner;
    std::uint32_t row;
  };
  static constexpr std::uint32_t unknown = 0xFFFFFFFFu;

  found_row at_place(std::uint32_t place) const {
    const page_entry& page = pages_[place / limits::page_rows];
    return {page.owner, place + page.row_minus_place};
  }
  found_row checked(handle who) const {
    std::uint32_t place;
    TESSERA_ASSERT(slots_.find(who, place), "a handle must name a live entity");
    return at_place(place);
  }
  entity_id id_in_slot(std::uint32_t slot) const {
    auto [owner, row] = at_place(slots_.place_of_slot(slot));
    return owner->ids_[row];
  }
  std::uint32_t sparse_at(component_id component) const {
    TESSERA_ASSERT(component < specs_.size() && sparse_index_[component] != 0,
                   "only a sparse component has a sparse column");
    return sparse_index_[component] - 1u;
  }
  void index_one(entity_id id, std::uint32_t slot);
  void index_many(const archetype& where, std::uint32_t first);
  void drop_row(archetype& from, std::uint32_t row, std::uint32_t place);
  void destroy_in(found_row where, std::uint32_t slot, std::uint32_t place);
  void drop_beside(archetype& from, std::uint32_t row, std::uint32_t slot);
  void move_row(archetype& from, std::uint32_t row, component_id changed);
  std::uint32_t neighbour(const archetype& from, component_id changed);
  void add_here(handle who, component_id component);
  void remove_here(handle who, component_id component);
  std::byte* get_sparse(std::uint32_t slot, component_id component) const;
  void load_archetype(const store_snapshot& from, const store_snapshot::part& part);

  std::vector<page_entry> pages_;
  slot_table slots_;
  std::array<std::uint32_t, limits::components> sizes_{};
  component_mask tags_ = 0;
  std::uint64_t structure_version_ = 0;
  std::size_t sparse_values_ = 0; // of all sparse columns
  store_options options_;
  id_index index_;
  std::vector<column_spec> specs_;
  component_mask dense_ = 0;
  component_mask rare_ = 0;                                     // sparse components
  std::array<std::uint8_t, limits::components> sparse_index_{}; // 1 + index into sparse_
  std::vector<std::unique_ptr<sparse_column>> sparse_;
  block_arena arena_;
  std::vector<std::unique_ptr<archetype>> archetypes_;
  std::unordered_map<component_mask, std::uint32_t> by_mask_;
  std::vector<std::array<std::uint32_t, limits::components>> neighbours_; // by changed component
};

/// Always inlined: gcc at -O2 would call it, which costs as much as the rest.
[[gnu::always_inline]] inline handle store::create(std::uint32_t index, entity_id id) {
  archetype& where = at(index);
  std::uint32_t row = where.append();
  handle made = slots_.take(where.place_of(row));
  where.ids_[row] = id;
  where.slots_[row] = made.slot;
  ++structure_version_;
  if (options_.id_index)
    index_one(id, made.slot);
  return made;
}

inline void store::add(handle who, component_id component) {
  if (!contains(rare_, component))
    return add_here(who, component);
  TESSERA_ASSERT(alive(who), "a handle must name a live entity");
  sparse_values_ += sparse_[sparse_index_[component] - 1u]->add(who.slot);
}

inline void store::remove(handle who, component_id component) {
  if (!contains(rare_, component))
    return remove_here(who, component);
  TESSERA_ASSERT(alive(who), "a handle must name a live entity");
  sparse_values_ -= sparse_[sparse_index_[component] - 1u]->remove(who.slot);
}

inline void store::drop_row(archetype& from, std::uint32_t row, std::uint32_t place) {
  ++structure_version_;
  std::uint32_t moved = from.swap_remove(row);
  if (row != from.rows_)
    slots_.set_place(moved, place);
}

inline void store::destroy_in(found_row where, std::uint32_t slot, std::uint32_t place) {
  if ((static_cast<std::size_t>(options_.id_index) | sparse_values_) != 0)
    drop_beside(*where.owner, where.row, slot);
  drop_row(*where.owner, where.row, place);
  slots_.release(slot);
}

inline bool store::destroy(handle who) {
  std::uint32_t place;
  if (!slots_.find(who, place))
    return false;
  destroy_in(at_place(place), who.slot, place);
  return true;
}

inline std::byte* store::get(handle who, component_id component) {
  std::uint32_t place;
  if (!slots_.find(who, place)) [[unlikely]]
    return nullptr;
  auto [owner, row] = at_place(place);
  if (!contains(owner->mask_, component)) [[unlikely]]
    return get_sparse(who.slot, component);
  return owner->base_[component] + std::size_t{row} * sizes_[component];
}

template <class T>
T* store::get_as(handle who, component_id component) {
  std::uint32_t place;
  if (!slots_.find(who, place)) [[unlikely]]
    return nullptr;
  auto [owner, row] = at_place(place);
  if (!contains(owner->mask_, component)) [[unlikely]]
    return reinterpret_cast<T*>(get_sparse(who.slot, component));
  T* column = reinterpret_cast<T*>(owner->base_[component]);
  if (column == nullptr)
    __builtin_unreachable(); // rows have columns; callers' checks for null fall away
  return column + row;
}

inline void store::set_tag(handle who, component_id tag, bool on) {
  TESSERA_ASSERT(contains(tags_, tag), "only a tag can be set");
  auto [owner, row] = checked(who);
  std::uint64_t& word = owner->tag_words_for_write(tag)[row / 64];
  word = (word & ~(1ull << (row % 64))) | std::uint64_t{on} << (row % 64);
}

} // namespace tessera
