// What a game declares: components, cell components, events, systems, handlers, world values. A schema
// is built once, checked, and never changes while a world runs; every shard reads the same one.
//
// Everything here is type-erased: shards/ knows bytes and the kernels that sdk/ made for a type, never
// the type. A component_id is an index into schema.components; 0 is the built-in position.
#pragma once

#include "core/cell.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/limits.hpp"
#include "shards/appearance.hpp"
#include "shards/store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <typeinfo>
#include <vector>

namespace tessera {

inline constexpr component_id position_component = 0;

/// Type of a reflected field; decides how it is printed, parsed, hashed and checked.
enum class field_type : std::uint8_t {
  u8,
  i8,
  u16,
  i16,
  u32,
  i32,
  u64,
  i64,
  f32,
  f64,
  boolean,
  entity,
  cell, ///< two u16, x and z
};

constexpr std::uint32_t size_of(field_type type) {
  constexpr std::uint32_t sizes[] = {1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 1, 8, 4};
  return sizes[static_cast<std::size_t>(type)];
}

struct field_info {
  std::string name;
  field_type type = field_type::f32;
  std::string unit; ///< SI symbol, "1" for ratios, empty where none makes sense
  std::uint32_t offset = 0;
};

enum class marks : std::uint8_t {
  none = 0,
  shared = 1,     ///< neighbours may read it as it was at the end of the last tick
  replicated = 2, ///< clients see it
  scratch = 4,    ///< zeroed before each tick; never sent, hashed or stored
  rare = 8,       ///< few entities have it: kept in a sparse store, cheap to add and remove
  tag = 16,       ///< no fields: a bit per entity
};

constexpr marks operator|(marks a, marks b) {
  return static_cast<marks>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
constexpr bool has_mark(marks all, marks one) {
  return (static_cast<std::uint8_t>(all) & static_cast<std::uint8_t>(one)) != 0;
}

/// Kernels that sdk/ instantiates for one component type.
struct column_operations {
  /// Wrapping sum over rows of a 64-bit hash of (key, id, fields of the row).
  std::uint64_t (*hash)(const std::byte* column, const entity_id* ids, std::size_t rows,
                        std::uint64_t key) = nullptr;
  /// Index of the first row with a float field that is infinite or not a number; `rows` if none.
  std::size_t (*first_not_finite)(const std::byte* column, std::size_t rows) = nullptr;
};

struct component_info {
  std::string name;
  std::uint32_t size = 0;
  std::uint32_t align = 1;
  marks mark = marks::none;
  std::vector<field_info> fields;
  column_operations ops;
};

/// Data of a cell, one value per cell of the world.
struct cell_component_info {
  std::string name;
  std::uint32_t size = 0;
  std::uint32_t align = 1;
  marks mark = marks::none; ///< shared: cells next door may be read as of the last tick
  std::vector<field_info> fields;
  /// As for columns, with the cell's coordinates in place of an id.
  column_operations ops;
};

struct event_info {
  std::string name;
  std::uint32_t size = 0;
  std::vector<field_info> fields;
};

/// What a system or handler may touch; from the types in its declaration, so that code that touches
/// more does not compile.
struct access_set {
  component_mask reads = 0;      ///< of the entity itself
  component_mask writes = 0;     ///< of the entity itself
  component_mask neighbours = 0; ///< shared components read of others, as of the last tick
  component_mask without = 0;    ///< entities that have one of these are passed over
  component_mask adds = 0;       ///< structural: components it may add or remove
  std::uint64_t cell_reads = 0;
  std::uint64_t cell_writes = 0;
  std::uint64_t cell_sums =
    0;                      ///< integer fields it adds to; sums commute, so adders do not conflict
  std::uint64_t events = 0; ///< event types it sends
  bool spawns = false;
};

enum class system_kind : std::uint8_t {
  rows,       ///< entity by entity or span by span, in any order
  neighbours, ///< entity by entity with a neighbourhood, by bins
  cells,      ///< cell by cell
};

struct system_call;
struct handler_call;

struct system_info {
  std::string name;
  system_kind kind = system_kind::rows;
  access_set access;
  component_mask required = 0; ///< dense components an entity must have
  float radius_m = 0;          ///< of its neighbourhood; 0 without one
  std::vector<std::string> after;
  void (*run)(const system_call&) = nullptr;
  /// component, cell component and event ids of the types the system names, in its order
  std::vector<std::uint16_t> ids;
};

struct handler_info {
  std::uint16_t event = 0;
  std::string name;
  access_set access;
  component_mask required = 0;  ///< an entity without these ignores the event
  bool asks_neighbours = false; ///< declared neighbours<...>, even an empty list
  float radius_m = 0;           ///< of its neighbourhood; 0: as far as the widest system's
  void (*run)(const handler_call&) = nullptr;
  std::vector<std::uint16_t> ids;
};

/// A declared integer sum over entities (or cells), reduced by the conductor, readable
/// limits::far_mail_ticks later.
struct world_value_info {
  std::string name;
  component_mask required = 0;
  /// Sum over the rows of one archetype. Columns come through the table.
  std::int64_t (*sum)(const archetype& table, const std::vector<std::uint16_t>& ids) = nullptr;
  std::vector<std::uint16_t> ids;
};

/// How the form of saved states differs from the game's of now.
enum class change_of_form : std::uint8_t { added, removed, renamed };

/// A declared difference to states that older versions of the game saved: of a component (no field),
/// or of one of its fields. What was added reads as 0.
struct form_change {
  change_of_form what = change_of_form::added;
  std::string component;
  std::string field;
  std::string before; ///< renamed: the field's old name
};

class cell_filler;

/// The whole of a game, as the shards see it.
struct schema {
  std::string game;
  std::uint32_t game_version = 1;
  std::vector<component_info> components; ///< [0] is position
  std::vector<cell_component_info> cell_components;
  std::vector<event_info> events;
  std::vector<system_info> systems; ///< in registration order; the order of running is derived
  std::vector<handler_info> handlers;
  std::vector<world_value_info> world_values;
  std::vector<form_change> changes;
  /// Fills one cell at the start; called once per cell, in any order, on any thread.
  std::function<void(cell_filler&)> fill;
  /// The game's own constants, immutable, shared by all shards.
  std::shared_ptr<const void> parameters;
  const std::type_info* parameters_type = nullptr;
  appearance looks; ///< what the game said; appearance_of() fills in what it did not

  component_mask shared_mask() const;
  component_mask dense_mask() const;
  component_mask tag_mask() const;
  component_mask rare_mask() const;
  component_mask scratch_mask() const;
  const component_info* find_component(std::string_view name, component_id* id = nullptr) const;
  const event_info* find_event(std::string_view name, std::uint16_t* id = nullptr) const;
  /// Largest radius that any system or handler registered, in metres; the width of the halo.
  float largest_radius_m() const;
  /// Column specs for a store of this schema.
  std::vector<column_spec> columns() const;
  /// Hash over names, types, units, marks and versions: two builds that differ here do not share state.
  std::uint64_t fingerprint() const;
};

/// Checks what registration alone cannot: duplicate names, unknown `after`, radius above the cell size,
/// conflicting systems without an order (names both and the component).
result<void> check_schema(const schema& s, float cell_size_m);

} // namespace tessera
