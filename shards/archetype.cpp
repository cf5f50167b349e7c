// Memory of an archetype: small blocks first, then a region of its own; see the header for what
// holds.
#include "shards/archetype.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

namespace tessera {
namespace {

constexpr std::size_t column_alignment = 64;
/// A first block holds at least this many rows.
constexpr std::uint32_t smallest_capacity = 8;
/// Columns of so many rows are no longer small: they get a region of their own.
constexpr std::uint32_t small_rows = 2 * limits::page_rows;
/// A region reserves address space for so many rows: enough for nearly every shard, and little
/// enough for 16384 shards with several such archetypes in 47 bits of addresses.
constexpr std::uint32_t region_rows = 1u << 20;
/// Columns in a region start this much apart modulo a page: rows of same number in columns of same
/// size would otherwise all fall into the same set of the first cache.
constexpr std::size_t colour_bytes = 5 * column_alignment;
/// Memory is asked for in steps of this part of the rows, so at most so much of it is not used yet.
constexpr std::uint32_t commit_step_part = 64;
/// Rows used before are cleared so many at a time: more with each time that they were all used.
constexpr std::uint32_t fewest_cleared_rows = 4;
constexpr std::uint32_t most_cleared_rows = 256;

std::size_t tag_bytes(std::uint32_t rows) {
  return (std::size_t{rows} + 63) / 64 * sizeof(std::uint64_t);
}

} // namespace

archetype::archetype(std::uint32_t index, component_mask mask, std::span<const column_spec> specs,
                     std::vector<page_entry>& pages, block_arena& arena)
  : mask_(mask), index_(index), row_bytes_(sizeof(entity_id) + sizeof(std::uint32_t)),
    pages_(pages), arena_(arena) {
  for (std::size_t i = 0; i < specs.size(); ++i) {
    auto component = static_cast<component_id>(i);
    bool own = contains(mask, component);
    if (own) {
      columns_.push_back({nullptr, specs[i].size, component, 0});
      row_bytes_ += specs[i].size;
    }
    if (own || specs[i].kind == column_kind::tag)
      version_index_[component] = static_cast<std::uint8_t>(++versions_per_page_);
  }
  auto big = std::stable_partition(columns_.begin(), columns_.end(), [](const column_info& column) {
    return is_small_value(column.size);
  });
  small_columns_ = static_cast<std::uint32_t>(big - columns_.begin());
}

archetype::~archetype() {
  for (component_id tag : tags_)
    std::free(base_[tag]);
}

void archetype::make_tag(component_id tag) {
  base_[tag] = static_cast<std::byte*>(std::calloc(tag_bytes(capacity_), 1));
  if (base_[tag] == nullptr)
    throw std::bad_alloc();
  tags_.push_back(tag);
  ++tag_count_;
}

archetype::layout archetype::lay_out(std::uint32_t capacity, bool small) const {
  layout where;
  std::size_t end = 0;
  std::size_t colour = 0;
  auto place = [&](std::size_t value_bytes) {
    std::size_t start = end;
    if (!small) {
      start += colour;
      colour = (colour + colour_bytes) % small_page_bytes;
    }
    end = round_up(start + value_bytes * capacity, small ? column_alignment : small_page_bytes);
    return start;
  };
  where.ids = place(sizeof(entity_id));
  where.slots = place(sizeof(std::uint32_t));
  for (const column_info& column : columns_)
    where.columns.push_back(place(column.size));
  where.bytes = end;
  return where;
}

std::uint32_t archetype::rows_that_fit(std::size_t block_bytes) const {
  auto fit = static_cast<std::uint32_t>(block_bytes / row_bytes_);
  while (fit != 0 && lay_out(fit, true).bytes > block_bytes)
    --fit;
  return fit;
}

void archetype::adopt(std::byte* memory, const layout& where, std::uint32_t capacity) {
  auto* ids = reinterpret_cast<entity_id*>(memory + where.ids);
  auto* slots = reinterpret_cast<std::uint32_t*>(memory + where.slots);
  std::copy_n(ids_, rows_, ids);
  std::copy_n(slots_, rows_, slots);
  ids_ = ids;
  slots_ = slots;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::byte* grown = memory + where.columns[i];
    if (rows_ != 0)
      std::memcpy(grown, columns_[i].base, std::size_t{rows_} * columns_[i].size);
    columns_[i].base = base_[columns_[i].component] = grown;
    columns_[i].huge_end = 0;
  }
  for (component_id tag : tags_) {
    auto* words = static_cast<std::byte*>(std::calloc(tag_bytes(capacity), 1));
    if (words == nullptr)
      throw std::bad_alloc();
    std::memcpy(words, base_[tag], tag_bytes(rows_));
    std::free(std::exchange(base_[tag], words));
  }
  capacity_ = capacity;
  limit_ = rows_;
  prepared_ = 0;
}

void archetype::grow_to(std::uint32_t rows) {
  auto wanted = std::max({rows, smallest_capacity, capacity_ + capacity_ / 2});
  std::size_t bytes = block_arena::block_bytes(lay_out(wanted, true).bytes);
  std::uint32_t fit = rows_that_fit(bytes);
  bool small = region_.size() == 0 && fit < small_rows;
  auto block = small ? arena_.take(bytes) : block_arena::block{};
  if (block.data != nullptr) {
    adopt(block.data, lay_out(fit, true), fit);
    arena_.give(std::exchange(block_, block));
    touched_ = block.zeroed ? rows_ : fit;
    return;
  }
  auto capacity = rows <= region_rows && region_.size() == 0
                    ? region_rows
                    : static_cast<std::uint32_t>(limits::rows_per_archetype);
  TESSERA_ASSERT(rows <= capacity, "an archetype has at most limits::rows_per_archetype rows");
  auto where = lay_out(capacity, false);
  reserved_memory region(where.bytes);
  adopt(region.data(), where, capacity);
  region_ = std::move(region);
  arena_.give(std::exchange(block_, {}));
  touched_ = rows_;
}

void archetype::add_pages(std::uint32_t rows) {
  while (page_numbers_.size() * limits::page_rows < rows) {
    auto number = pages_.size();
    TESSERA_ASSERT(number < (std::size_t{1} << 18), "a store has at most 2^18 pages of 1024 rows");
    auto first_row = static_cast<std::uint32_t>(page_numbers_.size() * limits::page_rows);
    pages_.push_back({this, first_row - static_cast<std::uint32_t>(number * limits::page_rows)});
    page_numbers_.push_back(static_cast<std::uint32_t>(number));
  }
  versions_.resize(page_numbers_.size() * versions_per_page_);
}

void archetype::make_room(std::uint32_t rows) {
  if (rows > capacity_)
    grow_to(rows);
  add_pages(rows);
  if (region_.size() != 0 && rows > prepared_)
    commit_ahead(rows);
  room_ = std::min(capacity_, static_cast<std::uint32_t>(page_numbers_.size() * limits::page_rows));
}

/// Commits the rows up to `rows` and some ahead, in whole pages of rows.
void archetype::commit_ahead(std::uint32_t rows) {
  auto end = static_cast<std::uint32_t>(
    round_up(std::max(rows, prepared_ + prepared_ / commit_step_part), limits::page_rows));
  end = std::min(end, capacity_);
  commit(reinterpret_cast<std::byte*>(ids_), sizeof *ids_, end);
  commit(reinterpret_cast<std::byte*>(slots_), sizeof *slots_, end);
  for (column_info& column : columns_) {
    commit(column.base, column.size, end);
    std::size_t full = std::size_t{rows_} * column.size;
    if (full >= column.huge_end + huge_page_bytes) {
      region_.collapse(static_cast<std::size_t>(column.base - region_.data()), full);
      column.huge_end = full;
    }
  }
  prepared_ = end;
}

void archetype::commit(std::byte* base, std::size_t value_bytes, std::uint32_t end) {
  auto first = std::max(prepared_, rows_);
  region_.prepare(static_cast<std::size_t>(base - region_.data()) + first * value_bytes,
                  (end - first) * value_bytes);
}

void archetype::extend_limit() {
  if (rows_ == room_)
    make_room(rows_ + 1);
  limit_ = room_;
  if (rows_ < touched_) {
    batch_ = rows_ == last_limit_ ? std::clamp(batch_ * 2, fewest_cleared_rows, most_cleared_rows)
                                  : fewest_cleared_rows;
    limit_ = std::min({limit_, touched_, rows_ + batch_});
    clear_rows(rows_, limit_);
  }
  last_limit_ = limit_;
  touched_ = std::max(touched_, limit_);
}

void archetype::clear_rows(std::uint32_t first, std::uint32_t end) {
  for (const column_info& column : columns_)
    std::memset(column.base + std::size_t{first} * column.size, 0,
                std::size_t{end - first} * column.size);
}

std::uint32_t archetype::append_many(std::uint32_t count) {
  std::uint32_t first = rows_;
  if (count == 0)
    return first;
  TESSERA_ASSERT(count <= limits::rows_per_archetype - first,
                 "an archetype has at most limits::rows_per_archetype rows");
  if (first + count > room_)
    make_room(first + count);
  if (touched_ > first && count != 0)
    clear_rows(first, std::min(touched_, first + count));
  rows_ += count;
  limit_ = std::max(limit_, rows_);
  touched_ = std::max(touched_, limit_);
  return first;
}

void archetype::copy_big_values(std::uint32_t to, std::uint32_t from) {
  for (std::size_t i = small_columns_; i < columns_.size(); ++i) {
    std::size_t size = columns_[i].size;
    copy_value(columns_[i].base + to * size, columns_[i].base + from * size, columns_[i].size);
  }
}

void archetype::move_tags(std::uint32_t to, std::uint32_t last) {
  for (component_id tag : tags_) {
    auto* words = reinterpret_cast<std::uint64_t*>(base_[tag]);
    std::uint64_t bit = words[last / 64] >> (last % 64) & 1;
    words[to / 64] = (words[to / 64] & ~(1ull << (to % 64))) | bit << (to % 64);
    words[last / 64] &= ~(1ull << (last % 64));
  }
}

void archetype::clear() {
  for (component_id tag : tags_)
    std::memset(base_[tag], 0, tag_bytes(rows_));
  rows_ = limit_ = 0;
}

void archetype::permute(std::span<const std::uint32_t> order) {
  if (rows_ == 0)
    return;
  std::size_t widest = sizeof(entity_id);
  for (const column_info& column : columns_)
    widest = std::max<std::size_t>(widest, column.size);
  auto old = std::make_unique_for_overwrite<std::byte[]>(widest * rows_);
  auto gather = [&](std::byte* base, std::uint32_t size) {
    std::memcpy(old.get(), base, std::size_t{rows_} * size);
    for (std::size_t row = 0; row < rows_; ++row)
      copy_value(base + row * size, old.get() + std::size_t{order[row]} * size, size);
  };
  gather(reinterpret_cast<std::byte*>(ids_), sizeof *ids_);
  gather(reinterpret_cast<std::byte*>(slots_), sizeof *slots_);
  for (const column_info& column : columns_)
    gather(column.base, column.size);
  permute_tags(order);
}

void archetype::permute_tags(std::span<const std::uint32_t> order) {
  std::vector<std::uint64_t> old(tag_bytes(rows_) / sizeof(std::uint64_t));
  for (component_id tag : tags_) {
    auto* words = reinterpret_cast<std::uint64_t*>(base_[tag]);
    std::memcpy(old.data(), words, tag_bytes(rows_));
    std::memset(words, 0, tag_bytes(rows_));
    for (std::size_t row = 0; row < rows_; ++row)
      words[row / 64] |= (old[order[row] / 64] >> (order[row] % 64) & 1) << (row % 64);
  }
}

void archetype::mark_dirty(component_id component, std::uint32_t first, std::uint32_t count,
                           std::uint64_t version) {
  TESSERA_ASSERT(version_index_[component] != 0, "only dense components and tags have versions");
  TESSERA_ASSERT(first <= rows_ && count <= rows_ - first, "rows to mark must exist");
  if (count == 0)
    return;
  std::size_t last_page = (first + count - 1) / limits::page_rows;
  for (std::size_t page = first / limits::page_rows; page <= last_page; ++page)
    versions_[page * versions_per_page_ + version_index_[component] - 1] = version;
}

std::uint64_t archetype::dirty_version(component_id component, std::uint32_t page) const {
  TESSERA_ASSERT(version_index_[component] != 0, "only dense components and tags have versions");
  TESSERA_ASSERT(page < page_numbers_.size(), "a page to read must exist");
  return versions_[std::size_t{page} * versions_per_page_ + version_index_[component] - 1];
}

std::size_t archetype::committed(std::size_t value_bytes) const {
  if (region_.size() == 0)
    return capacity_ * value_bytes;
  return round_up(std::max(touched_, prepared_) * value_bytes + colour_bytes, small_page_bytes);
}

} // namespace tessera
