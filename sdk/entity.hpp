// What a system's code holds: its entity, that entity's neighbourhood, spans of rows, cells. Each type
// is parameterised by the declared access, so touching anything else does not compile.
//
// All of them are valid only inside the call that received them, on its thread.
#pragma once

#include "core/random.hpp"
#include "sdk/access.hpp"
#include "sdk/describe.hpp"
#include "shards/system_call.hpp"
#include "shards/terrain.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace tessera {

/// A position as a system may change it: metres inside the cell in which the entity began the tick. It
/// may leave [0, cell size) by up to one cell on each side; the engine re-bases it after the tick.
class moving_position {
public:
  cell where() const { return where_; }

private:
  cell where_; // first, as in position: the two are the same bytes

public:
  float x;
  float y;
  float z;

  moving_position(const moving_position&) = delete;
  moving_position& operator=(const moving_position&) = delete;
};
static_assert(sizeof(moving_position) == sizeof(position));

/// The world around a system: constants and what everybody knows.
class world_view {
public:
  explicit world_view(const tick_context& context) : context_(&context) {}

  tick_number tick() const { return context_->tick; }
  float dt_s() const { return context_->dt_s; }
  std::uint64_t seed() const { return context_->seed; }
  float cell_size_m() const { return context_->cell_size_m; }
  const cell_rect& extent() const { return context_->extent; }
  /// Width and depth of the world in metres.
  double width_m() const { return double{context_->cell_size_m} * context_->extent.width(); }
  double depth_m() const { return double{context_->cell_size_m} * context_->extent.depth(); }
  bool has_ground() const { return context_->ground != nullptr; }
  const terrain& ground() const { return *context_->ground; }
  /// Metres from the world's north-west corner.
  double east_m(cell c, float x) const { return double{context_->cell_size_m} * c.x + double{x}; }
  double south_m(cell c, float z) const { return double{context_->cell_size_m} * c.z + double{z}; }
  /// The game's own constants, as given to game_builder::parameters.
  template <class P>
  const P& parameters() const {
    return *static_cast<const P*>(context_->parameters);
  }
  const tick_context& context() const { return *context_; }

private:
  const tick_context* context_;
};

/// Another entity, as it was at the end of the last tick.
template <class Access>
class neighbour {
public:
  entity_id id() const { return index_->at(k_).id; }
  /// Metres from the asking entity to this one: east, south, and up.
  float dx() const { return dx_; }
  float dz() const { return dz_; }
  float dy() const { return index_->y()[k_] - own_y_; }
  /// Horizontal.
  float distance_squared() const { return dx_ * dx_ + dz_ * dz_; }

  template <class T>
  bool has() const {
    static_assert(Access::template declares<neighbours, T>, "T is not in neighbours<...>");
    return (index_->mask(k_) >> ids_[Access::template component_slot<T>] & 1) != 0;
  }

  /// Its component, zeros if it has none.
  template <class T>
  T get() const {
    static_assert(Access::template declares<neighbours, T>, "T is not in neighbours<...>");
    T value{};
    auto component = static_cast<component_id>(ids_[Access::template component_slot<T>]);
    std::apply(
      [&](auto... fields) {
        auto one = [&]<auto Member>(field_description<Member>) {
          const std::byte* column = index_->field(component, detail::offset_of_member<Member>());
          std::memcpy(&(value.*Member), column + std::size_t{k_} * sizeof(value.*Member),
                      sizeof(value.*Member));
        };
        (one(fields), ...);
      },
      detail::described<T>().fields);
    return value;
  }

  cell seen() const { return seen_; }

  neighbour(const neighbourhood* index, const std::uint16_t* ids, std::uint32_t k, float dx,
            float dz, float own_y, cell seen)
    : index_(index), ids_(ids), k_(k), dx_(dx), dz_(dz), own_y_(own_y), seen_(seen) {}

private:
  const neighbourhood* index_;
  const std::uint16_t* ids_;
  std::uint32_t k_;
  float dx_;
  float dz_;
  float own_y_;
  cell seen_;
};

/// One entity in a system or handler.
template <class Access>
class entity {
public:
  entity_id id() const { return ids_of_rows_[row_]; }
  world_view world() const { return world_view{*world_}; }

  /// The entity's own component: `const T&` if declared in reads, `T&` if in writes. The position comes
  /// as `moving_position&` where it may be written. Rare components: use find.
  template <class T>
  decltype(auto) get() const {
    static_assert(Access::template may_read<T>, "T is neither in reads<...> nor in writes<...>");
    std::byte* column = columns_[detail::index_in<T, typename Access::own>::value];
    if constexpr (!Access::template may_write<T>)
      return (reinterpret_cast<const T*>(column)[row_]);
    else if constexpr (std::is_same_v<T, position>)
      return (reinterpret_cast<moving_position*>(column)[row_]);
    else
      return (reinterpret_cast<T*>(column)[row_]);
  }

  /// A rare component, or null if the entity has none.
  template <class T>
  auto find() const {
    static_assert(Access::template may_read<T>, "T is neither in reads<...> nor in writes<...>");
    using result = std::conditional_t<Access::template may_write<T>, T*, const T*>;
    return reinterpret_cast<result>(
      entities_->get(entities_->handle_at(table_, row_), component<T>()));
  }

  /// Whether the entity has a tag or rare component that is named anywhere in the access.
  template <class T>
  bool has() const {
    return entities_->has(entities_->handle_at(table_, row_), component<T>());
  }

  /// The cell in which the entity began this tick.
  cell where() const { return positions()[row_].where; }

  // --- the neighbourhood

  /// Calls f(neighbour) for every other entity within the system's radius that has all components in
  /// neighbours<...>, in canonical order.
  template <class F>
  void for_each_neighbour(F&& f) const {
    for_each_neighbour_within(radius_, f);
  }

  /// The same within a smaller radius, metres.
  template <class F>
  void for_each_neighbour_within(float radius_m, F&& f) const {
    visit<true>(radius_m, f);
  }

  /// The same without the filter by components; ask has<T>().
  template <class F>
  void for_each_neighbour_of_any_kind(float radius_m, F&& f) const {
    visit<false>(radius_m, f);
  }

  /// The neighbour with this id, if it is within the radius.
  std::optional<neighbour<Access>> find_neighbour(entity_id wanted) const {
    std::optional<neighbour<Access>> found;
    visit<false>(radius_, [&](const neighbour<Access>& n) {
      if (n.id() == wanted)
        found.emplace(n);
    });
    return found;
  }

  // --- telling others

  /// Sends an event to a neighbour; it is handled in the next tick.
  template <class E>
  void send(const neighbour<Access>& to, const E& event) const {
    push(out_->events, to.id(), to.seen(), 1, event);
  }

  /// Sends an event to an id whose place is not known: far mail, limits::far_mail_ticks later. Nobody
  /// of that id then: the event is refused and counted.
  template <class E>
  void send_far(entity_id to, const E& event) const {
    push(out_->far, to, cell{}, static_cast<std::uint32_t>(limits::far_mail_ticks), event);
  }

  // --- changing what exists, after the systems of this tick have run

  /// Removes the entity.
  void despawn() const { change(change_kind::despawn, 0, {}, 0); }

  /// A newborn at metres from the corner of this entity's cell; at most one cell away.
  template <class... C>
  void spawn(float x, float y, float z, const C&... components) const {
    static_assert((Access::template declares<spawns, C> && ...), "list components in spawns<...>");
    spawn_order order;
    order.parent = id();
    order.phase = phase_;
    order.index = out_->next_index++;
    order.place = {where(), x, y, z};
    std::array<std::pair<component_id, component_bytes>, sizeof...(C)> parts{
      std::pair{component<C>(), component_bytes::of_value(components)}...};
    order.mask = put_parts(*out_, parts, order.bytes_begin);
    out_->spawns.push_back(order);
  }

  template <class T>
  void add(const T& value) const {
    static_assert(Access::template declares<changes, T>, "T is not in changes<...>");
    change(change_kind::add, component<T>(), {}, out_->put(&value, detail::stored_size<T>()));
  }

  template <class T>
  void remove() const {
    static_assert(Access::template declares<changes, T>, "T is not in changes<...>");
    change(change_kind::remove, component<T>(), {}, 0);
  }

  /// Leaves the world now and lands limits::far_mail_ticks later. `to` must lie in the world.
  void teleport(const position& to) const { change(change_kind::teleport, 0, to, 0); }

  // --- cells

  /// A shared cell component at (dx, dz) cells from the entity's cell, each -1, 0 or 1, as of the end of
  /// the last tick; null outside the world.
  template <class T>
  const T* cell_value(int dx = 0, int dz = 0) const {
    static_assert(Access::template declares<cell_reads, T>, "T is not in cell_reads<...>");
    cell c = where();
    return reinterpret_cast<const T*>(
      cells_->last(slot(Access::template cell_slot<T>), c.x + dx, c.z + dz));
  }

  /// Adds to an integer field of the entity's own cell. Sums commute, so no order shows.
  template <auto Member>
  void add_to_cell(typename member_pointer<decltype(Member)>::type amount) const {
    using T = typename member_pointer<decltype(Member)>::owner;
    using I = typename member_pointer<decltype(Member)>::type;
    static_assert(Access::template declares<cell_sums, T>, "T is not in cell_sums<...>");
    static_assert(std::is_integral_v<I>, "only integers can be summed in any order");
    T& value = reinterpret_cast<T*>(
      cells_->now(slot(Access::template cell_slot<T>)))[cells_->index(where())];
    __atomic_fetch_add(&(value.*Member), amount, __ATOMIC_RELAXED);
  }

  // --- chance and totals

  /// Random numbers that depend on (world seed, entity, tick, stream) alone.
  random_stream random(stream_name stream) const {
    return {world_->seed, id(), world_->tick, stream};
  }

  /// A world value as it was limits::far_mail_ticks ago.
  template <class V>
  std::int64_t total() const {
    static_assert(Access::template declares<totals, V>, "V is not in totals<...>");
    return world_->world_values[slot(Access::template total_slot<V>)];
  }

  // --- for the engine's wrappers

  entity(const tick_context* world, store* entities, cell_table* cells, const neighbourhood* around,
         outbox* out, phase_number phase, float radius_m, const std::uint16_t* slots)
    : world_(world), entities_(entities), cells_(cells), around_(around), out_(out), phase_(phase),
      radius_(radius_m), slots_(slots) {
    for (std::size_t i = 0; i < Access::template list<neighbours>::size; ++i)
      wanted_ |= neighbour_bit(i);
  }

  void enter_table(std::uint32_t table) {
    table_ = table;
    archetype& t = entities_->at(table);
    ids_of_rows_ = t.ids();
    positions_ = reinterpret_cast<const position*>(t.column(position_component));
    bind_columns(t, std::make_index_sequence<Access::own::size>{});
  }
  void enter_row(std::uint32_t row) { row_ = row; }
  /// Asks for the row's own components ahead of their use.
  void prefetch_row(std::uint32_t row) const { prefetch_columns(row, typename Access::own{}); }
  void enter_place(const query_place& place) { place_ = place; }
  void set_radius(float radius_m) { radius_ = radius_m; }
  std::uint32_t table() const { return table_; }
  std::uint32_t row() const { return row_; }

private:
  struct component_bytes {
    const void* data;
    std::size_t size;
    template <class T>
    static component_bytes of_value(const T& v) {
      return {&v, detail::stored_size<T>()};
    }
  };

  template <class Parts>
  static component_mask put_parts(outbox& out, Parts& parts, std::uint32_t& begin) {
    std::sort(parts.begin(), parts.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    component_mask mask = 0;
    begin = static_cast<std::uint32_t>(out.bytes.size());
    for (const auto& [id, bytes] : parts) {
      mask |= component_mask{1} << id;
      out.put(bytes.data, bytes.size);
    }
    return mask;
  }

  std::uint16_t slot(std::size_t place) const { return slots_[place]; }
  template <class T>
  component_id component() const {
    static_assert(detail::index_in<T, typename Access::components>::found,
                  "T is named nowhere in the access");
    return static_cast<component_id>(slots_[Access::template component_slot<T>]);
  }

  const position* positions() const { return positions_; }

  component_mask neighbour_bit(std::size_t i) const {
    return neighbour_bits(i, typename Access::template list<neighbours>{});
  }
  template <class... T>
  component_mask neighbour_bits(std::size_t i, detail::type_list<T...>) const {
    std::array<component_mask, sizeof...(T) + 1> bits{
      (component_mask{1} << slots_[Access::template component_slot<T>])...};
    return bits[i];
  }

  template <std::size_t... I>
  void bind_columns(archetype& t, std::index_sequence<I...>) {
    ((columns_[I] = t.column(static_cast<component_id>(slots_[I]))), ...);
  }

  template <class... C>
  void prefetch_columns(std::uint32_t row, detail::type_list<C...>) const {
    std::size_t i = 0;
    (__builtin_prefetch(columns_[i++] + std::size_t{row} * detail::stored_size<C>(), 1), ...);
  }

  template <bool Filter, class F>
  void visit(float radius_m, F&& f) const {
    static_assert(Access::has_neighbours, "declare neighbours<...> to ask for neighbours");
    if (place_.bin < 0)
      return;
    if (radius_m > radius_) [[unlikely]]
      throw std::logic_error("it asks for neighbours within " + std::to_string(radius_m) +
                             " m, but registered " + std::to_string(radius_) + " m");
    float limit = radius_m * radius_m;
    float size = around_->cell_size();
    std::int32_t nx = around_->columns();
    std::int32_t column = place_.bin % nx;
    std::int32_t row = place_.bin / nx;
    std::int32_t own_cell_x = around_->cell_of(column);
    std::int32_t own_cell_z = around_->cell_of(row);
    const float* xs = around_->x();
    const float* zs = around_->z();
    for (std::int32_t z = row - 1; z <= row + 1; ++z) {
      std::int32_t cell_z = around_->cell_of(z);
      float shift_z = static_cast<float>(cell_z - own_cell_z) * size;
      for (std::int32_t x = column - 1; x <= column + 1; ++x) {
        std::int32_t cell_x = around_->cell_of(x);
        float shift_x = static_cast<float>(cell_x - own_cell_x) * size;
        std::int32_t b = z * nx + x;
        for (std::uint32_t k = around_->begin(b); k < around_->end(b); ++k) {
          float dx = (xs[k] + shift_x) - place_.x;
          float dz = (zs[k] + shift_z) - place_.z;
          if (dx * dx + dz * dz > limit || k == place_.entry)
            continue;
          if (Filter && (around_->mask(k) & wanted_) != wanted_)
            continue;
          cell seen{static_cast<std::uint16_t>(cells_->region().x0 + cell_x),
                    static_cast<std::uint16_t>(cells_->region().z0 + cell_z)};
          f(neighbour<Access>{around_, slots_, k, dx, dz, place_.y, seen});
        }
      }
    }
  }

  template <class E>
  void push(std::vector<event_record>& to, entity_id target, cell seen, std::uint32_t delay,
            const E& event) const {
    static_assert(Access::template declares<sends, E>, "E is not in sends<...>");
    event_record record;
    record.target = target;
    record.sender = id();
    record.index = out_->next_index++;
    record.phase = phase_;
    record.type = slot(Access::template event_slot<E>);
    record.seen = seen;
    record.delay = delay;
    std::memcpy(record.payload.data(), &event, detail::stored_size<E>());
    to.push_back(record);
  }

  void change(change_kind kind, component_id c, const position& place, std::uint32_t bytes) const {
    out_->changes.push_back({id(), phase_, out_->next_index++, kind, c, place, bytes});
  }

  const tick_context* world_;
  store* entities_;
  cell_table* cells_;
  const neighbourhood* around_;
  outbox* out_;
  phase_number phase_;
  float radius_;
  const std::uint16_t* slots_;
  component_mask wanted_ = 0;
  std::uint32_t table_ = ~std::uint32_t{0};
  std::uint32_t row_ = 0;
  const entity_id* ids_of_rows_ = nullptr;
  const position* positions_ = nullptr;
  std::array<std::byte*, Access::own::size + 1> columns_{};
  query_place place_;
};

/// A span of rows of one table, for bulk arithmetic.
template <class Access>
class chunk {
public:
  std::size_t size() const { return last_ - first_; }
  world_view world() const { return world_view{*world_}; }
  std::span<const entity_id> ids() const { return {table_->ids() + first_, size()}; }

  template <class T>
  std::span<const T> read() const {
    static_assert(Access::template may_read<T>, "T is neither in reads<...> nor in writes<...>");
    return {reinterpret_cast<const T*>(column<T>()) + first_, size()};
  }

  /// The position comes as a span of moving_position.
  template <class T>
  auto write() const {
    static_assert(Access::template may_write<T>, "T is not in writes<...>");
    using element = std::conditional_t<std::is_same_v<T, position>, moving_position, T>;
    return std::span<element>{reinterpret_cast<element*>(column<T>()) + first_, size()};
  }

  chunk(const tick_context* world, archetype* table, std::uint32_t first, std::uint32_t last,
        const std::uint16_t* slots)
    : world_(world), table_(table), first_(first), last_(last), slots_(slots) {}

private:
  template <class T>
  std::byte* column() const {
    return table_->column(static_cast<component_id>(slots_[Access::template component_slot<T>]));
  }

  const tick_context* world_;
  archetype* table_;
  std::uint32_t first_;
  std::uint32_t last_;
  const std::uint16_t* slots_;
};

/// A run of cells of the shard, in row-major order.
template <class Access>
class cells {
public:
  std::size_t size() const { return last_ - first_; }
  world_view world() const { return world_view{*world_}; }
  cell where(std::size_t i) const { return table_->cell_at(first_ + i); }

  /// Values of this tick.
  template <class T>
  auto values() const {
    constexpr bool writable = Access::template declares<cell_writes, T>;
    static_assert(writable || Access::template declares<cell_reads, T>,
                  "T is neither in cell_reads<...> nor in cell_writes<...>");
    using element = std::conditional_t<writable, T, const T>;
    auto* base = reinterpret_cast<T*>(table_->now(slots_[Access::template cell_slot<T>]));
    return std::span<element>{base + first_, size()};
  }

  template <class V>
  std::int64_t total() const {
    static_assert(Access::template declares<totals, V>, "V is not in totals<...>");
    return world_->world_values[slots_[Access::template total_slot<V>]];
  }

  /// Random numbers of one cell: keyed by its coordinates in place of an entity.
  random_stream random(std::size_t i, stream_name stream) const {
    cell c = where(i);
    return {world_->seed, entity_id::make(c.x, c.z, 0), world_->tick, stream};
  }

  cells(const tick_context* world, cell_table* table, std::uint32_t first, std::uint32_t last,
        const std::uint16_t* slots)
    : world_(world), table_(table), first_(first), last_(last), slots_(slots) {}

private:
  const tick_context* world_;
  cell_table* table_;
  std::uint32_t first_;
  std::uint32_t last_;
  const std::uint16_t* slots_;
};

} // namespace tessera
