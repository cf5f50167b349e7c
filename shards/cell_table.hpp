// Data that belongs to cells: the game's cell components and the counters that give out ids.
//
// Always true: every cell of the region has one value per cell component, in row-major order; the
// `last` copy of a shared component, with a ring of one cell, is as of the end of the last tick and is
// what entities read; a counter only grows, and hash_of_counters() is kept equal to the sum over all
// counters by every change.
#pragma once

#include "core/cell.hpp"
#include "core/reserved_memory.hpp"
#include "shards/schema.hpp"

#include <cstdint>
#include <vector>

namespace tessera {

class cell_table {
public:
  cell_table(const schema& s, cell_rect region, cell_rect world);

  std::size_t size() const { return static_cast<std::size_t>(region_.area()); }
  const cell_rect& region() const { return region_; }
  std::size_t index(cell c) const {
    return static_cast<std::size_t>(c.z - region_.z0) * static_cast<std::size_t>(region_.width()) +
           static_cast<std::size_t>(c.x - region_.x0);
  }
  cell cell_at(std::size_t index) const {
    auto w = static_cast<std::size_t>(region_.width());
    return {static_cast<std::uint16_t>(static_cast<std::size_t>(region_.x0) + index % w),
            static_cast<std::uint16_t>(static_cast<std::size_t>(region_.z0) + index / w)};
  }

  /// Values of this tick, one per cell of the region.
  std::byte* now(std::size_t component) { return columns_[component].now.data(); }
  const std::byte* now(std::size_t component) const { return columns_[component].now.data(); }

  /// Value of a shared component at the end of the last tick; `c` may lie one cell outside the region.
  /// Null outside the world.
  const std::byte* last(std::size_t component, std::int32_t x, std::int32_t z) const {
    if (!ring_.contains(x, z))
      return nullptr;
    const auto& column = columns_[component];
    return column.last.data() +
           (static_cast<std::size_t>(z - ring_.z0) * static_cast<std::size_t>(ring_.width()) +
            static_cast<std::size_t>(x - ring_.x0)) *
             column.size;
  }

  /// Copies the own part of every shared component into `last`.
  void publish();
  /// Appends the values of shared components in `part` of the region, component by component.
  void pack(const cell_rect& part, std::vector<std::byte>& to) const;
  /// Takes what a neighbour packed for `part`; false if the size does not fit.
  bool unpack(const cell_rect& part, std::span<const std::byte> from);

  /// Next serial of a cell of the region, from 1; 0 when the cell's 2^32 - 1 serials are used up.
  std::uint32_t next_serial(cell c);
  std::uint32_t counter(cell c) const;
  void set_counter(cell c, std::uint32_t value);

  std::uint64_t hash_of_counters() const { return counters_hash_; }
  std::uint64_t hash_of_cells(const schema& s) const;
  bool has_components() const { return !columns_.empty(); }

private:
  struct column {
    std::uint32_t size = 0;
    bool shared = false;
    std::vector<std::byte> now;
    std::vector<std::byte> last;
  };

  void copy_to_last(column& c, const cell_rect& part, const std::byte* from);
  static std::uint64_t counter_hash(cell c, std::uint32_t value);

  cell_rect region_;
  cell_rect ring_;
  std::vector<column> columns_;
  std::vector<entity_id> names_; // coordinates of each cell as a hashable id
  reserved_memory counters_;     // one u32 per cell, committed only where entities were born
  std::uint64_t counters_hash_ = 0;
};

/// Key of a component's column in the hash; by name, so that a component hashes alike in every game.
std::uint64_t hash_key(const std::string& component_name);

} // namespace tessera
