// The words of the storage: what a component is to it (a size, an alignment, a kind; never a type),
// and the names by which rows are found.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera {

/// Index of a component in its schema, < limits::components.
using component_id = std::uint8_t;
/// Bit i is component i.
using component_mask = std::uint64_t;

constexpr component_mask bit_of(component_id component) {
  return component_mask{1} << component;
}
constexpr bool contains(component_mask mask, component_id component) {
  return (mask >> component & 1) != 0;
}

enum class column_kind : std::uint8_t {
  dense,  ///< one contiguous array per archetype; adding or removing it moves the row
  tag,    ///< one bit per row and no bytes; for what is toggled often
  sparse, ///< beside the archetypes, for what few entities have; never moves a row
};

struct column_spec {
  std::uint32_t size = 0;  ///< bytes of one value; 0 for a tag
  std::uint32_t align = 1; ///< power of two, at most 64
  column_kind kind = column_kind::dense;
};

/// Local name of an entity: valid inside one shard, in memory, until the entity is destroyed; never
/// inside a component. A default handle names nobody.
struct handle {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0; ///< 12 bits are used

  constexpr bool operator==(const handle&) const = default;
};

/// Where a row is now. Any structural change may make it name another entity.
struct row_ref {
  std::uint32_t archetype = 0;
  std::uint32_t row = 0;

  constexpr bool operator==(const row_ref&) const = default;
};

} // namespace tessera
