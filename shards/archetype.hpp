// All entities with one set of dense components: one contiguous array per component. What always
// holds:
// - row i of every column, of ids() and of slots belongs to one entity; rows 0 to rows()-1 are
//   used;
// - columns are 64 B aligned; their addresses change only when the archetype outgrows its memory:
//   while it is small (fewer than 2 * limits::page_rows rows) at each doubling, then once, at 2^20
//   rows;
// - rows from rows() to limit_ and from touched_ on read as 0, so a new row there needs no
//   clearing;
// - bits of a tag at and above rows() are 0;
// - the order of rows has no meaning.
#pragma once

#include "core/ids.hpp"
#include "core/limits.hpp"
#include "core/reserved_memory.hpp"
#include "shards/block_arena.hpp"
#include "shards/component.hpp"
#include "shards/value_bytes.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

namespace tessera {

class archetype;

/// Every 1024 rows of every archetype, numbered: what makes a row's place fit in 28 bits.
struct page_entry {
  archetype* owner = nullptr;
  std::uint32_t row_minus_place = 0; ///< modulo 2^32: what to add to a place to get its row
};

/// Made and changed by a store alone; readers get columns. Threads: one writer, or, between
/// structural changes, any number of threads that touch different rows (or different components of
/// a row).
class alignas(64) archetype {
public:
  archetype(std::uint32_t index, component_mask mask, std::span<const column_spec> specs,
            std::vector<page_entry>& pages, block_arena& arena);
  ~archetype();
  archetype(const archetype&) = delete;
  archetype& operator=(const archetype&) = delete;

  std::uint32_t index() const { return index_; }
  /// Dense components only.
  component_mask mask() const { return mask_; }
  std::uint32_t rows() const { return rows_; }
  const entity_id* ids() const { return ids_; }
  /// First value of a dense component; nullptr when the archetype has none. Rows are contiguous.
  std::byte* column(component_id component) const {
    return contains(mask_, component) ? base_[component] : nullptr;
  }
  template <class T>
  T* column_as(component_id component) const {
    return reinterpret_cast<T*>(column(component));
  }
  std::uint32_t slot_of(std::uint32_t row) const { return slots_[row]; }

  /// Bits of a tag, 64 rows to the word, ceil(rows() / 64) words; nullptr while no row ever had it.
  const std::uint64_t* tag_words(component_id tag) const {
    return contains(mask_, tag) ? nullptr : reinterpret_cast<const std::uint64_t*>(base_[tag]);
  }
  bool has_tag(std::uint32_t row, component_id tag) const {
    const std::uint64_t* words = tag_words(tag);
    return words != nullptr && (words[row / 64] >> (row % 64) & 1) != 0;
  }

  /// Logical pages of limits::page_rows rows; the last one may be partly filled.
  std::uint32_t pages() const {
    return static_cast<std::uint32_t>((rows_ + limits::page_rows - 1) / limits::page_rows);
  }
  /// Records that rows [first, first + count) of a dense component or tag changed at `version`: one
  /// store per page. Versions only matter to whoever reads them; structural changes do not touch
  /// them.
  void mark_dirty(component_id component, std::uint32_t first, std::uint32_t count,
                  std::uint64_t version);
  /// Last version marked for this page and component; 0 when there was none.
  std::uint64_t dirty_version(component_id component, std::uint32_t page) const;

private:
  friend class store;

  struct column_info {
    std::byte* base; // the same as base_[component]
    std::uint32_t size;
    component_id component;
    std::size_t huge_end; // bytes from base that were made huge pages
  };
  struct layout {
    std::size_t ids = 0, slots = 0, bytes = 0;
    std::vector<std::size_t> columns;
  };

  std::uint64_t* tag_words_for_write(component_id tag) {
    if (base_[tag] == nullptr) [[unlikely]]
      make_tag(tag);
    return reinterpret_cast<std::uint64_t*>(base_[tag]);
  }
  std::uint32_t place_of(std::uint32_t row) const {
    return page_numbers_[row / limits::page_rows] * static_cast<std::uint32_t>(limits::page_rows) +
           row % static_cast<std::uint32_t>(limits::page_rows);
  }
  /// Appends a zeroed row; the caller fills in id and slot.
  std::uint32_t append() {
    if (rows_ == limit_) [[unlikely]]
      extend_limit();
    return rows_++;
  }
  void extend_limit();
  /// Appends `count` zeroed rows and returns the first.
  std::uint32_t append_many(std::uint32_t count);
  void clear_rows(std::uint32_t first, std::uint32_t end);
  /// Copies row `from` over row `to`, id and slot included; tags not.
  void copy_row(std::uint32_t to, std::uint32_t from);
  void copy_big_values(std::uint32_t to, std::uint32_t from);
  /// Moves the last row to `row` and drops the last. Returns the slot that moved; slot_of(row) of
  /// before when `row` was the last.
  std::uint32_t swap_remove(std::uint32_t row);
  void move_tags(std::uint32_t to, std::uint32_t last);
  void make_tag(component_id tag);
  void clear();
  void permute(std::span<const std::uint32_t> order);
  void permute_tags(std::span<const std::uint32_t> order);

  void make_room(std::uint32_t rows);
  void grow_to(std::uint32_t rows);
  void add_pages(std::uint32_t rows);
  layout lay_out(std::uint32_t capacity, bool small) const;
  std::uint32_t rows_that_fit(std::size_t block_bytes) const;
  void adopt(std::byte* memory, const layout& where, std::uint32_t capacity);
  void commit_ahead(std::uint32_t rows);
  void commit(std::byte* base, std::size_t value_bytes, std::uint32_t end);
  std::size_t committed(std::size_t value_bytes) const;

  // rows_ and limit_ lie apart: stored as one pair, each next row would wait for the vector unit.
  std::uint32_t rows_ = 0;
  std::uint32_t touched_ = 0; // rows that may hold old bytes
  entity_id* ids_ = nullptr;
  std::uint32_t* slots_ = nullptr;
  component_mask mask_;
  std::uint32_t limit_ = 0; // rows before append must look closer
  std::uint32_t index_;
  std::uint32_t tag_count_ = 0;                       // tags_.size(), where it is read most
  std::uint32_t small_columns_ = 0;                   // of columns_, which come first
  std::array<std::byte*, limits::components> base_{}; // of a tag: its words
  std::vector<std::uint32_t> page_numbers_;
  std::vector<column_info> columns_;
  std::vector<component_id> tags_; // those that have words
  std::uint32_t room_ = 0;         // rows before memory or pages must grow
  std::uint32_t capacity_ = 0;
  std::uint32_t last_limit_ = 0; // that extend_limit set
  std::uint32_t batch_ = 0;      // rows that it cleared
  std::uint32_t prepared_ = 0;   // rows whose memory in the region was asked for
  std::size_t row_bytes_ = 0;
  block_arena::block block_;
  reserved_memory region_;
  std::array<std::uint8_t, limits::components> version_index_{};
  std::uint32_t versions_per_page_ = 0;
  std::vector<std::uint64_t> versions_; // by page, then component
  std::vector<page_entry>& pages_;
  block_arena& arena_;
};

inline void archetype::copy_row(std::uint32_t to, std::uint32_t from) {
  ids_[to] = ids_[from];
  slots_[to] = slots_[from];
  const column_info* column = columns_.data();
  for (std::uint32_t i = 0; i < small_columns_; ++i, ++column) {
    std::size_t size = column->size;
    copy_small_value(column->base + to * size, column->base + from * size, column->size);
  }
  if (column != columns_.data() + columns_.size())
    copy_big_values(to, from);
}

inline std::uint32_t archetype::swap_remove(std::uint32_t row) {
  std::uint32_t last = rows_ - 1;
  std::uint32_t moved = slots_[last];
  if (row != last)
    copy_row(row, last);
  if (tag_count_ != 0)
    move_tags(row, last);
  rows_ = limit_ = last;
  return moved;
}

} // namespace tessera
