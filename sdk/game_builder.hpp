// How a game registers itself. Everything is checked when the world opens, before the first tick: a
// mistake is an error that names what is wrong, never a surprise later.
//
//     void define(tessera::game_builder& game) {
//       game.component<velocity>();
//       game.event<bite>();
//       game.system<steer_herd>();
//       game.on<bite, take_bite>();
//       game.fill([](tessera::cell_start& cell) { cell.spawn(1, 0, 1, velocity{}); });
//     }
#pragma once

#include "core/error.hpp"
#include "sdk/system_wrappers.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tessera {

/// The built-in position, described like any component.
constexpr auto describe(of<position>) {
  return describe_as("position", marks::shared | marks::replicated, field<&position::where>("cell"),
                     field<&position::x>("x", "m"), field<&position::y>("y", "m"),
                     field<&position::z>("z", "m"));
}

/// One cell at the start of the world. Valid inside the fill function only; cells are filled in any
/// order, so what goes into one must not depend on another.
class cell_start {
public:
  explicit cell_start(cell_filler& filler) : filler_(&filler) {}

  cell where() const { return filler_->where(); }
  world_view world() const { return world_view{filler_->world()}; }

  /// A new entity at metres from the cell's corner, inside the cell.
  template <class... C>
  void spawn(float x, float y, float z, const C&... components) {
    spawn_order order;
    order.index = filler_->out().next_index++;
    order.place = {where(), x, y, z};
    std::array<std::tuple<component_id, const void*, std::size_t>, sizeof...(C)> parts{
      std::tuple{id_of<C>(), static_cast<const void*>(&components), detail::stored_size<C>()}...};
    std::sort(parts.begin(), parts.end());
    order.bytes_begin = static_cast<std::uint32_t>(filler_->out().bytes.size());
    for (const auto& [id, data, size] : parts) {
      order.mask |= bit_of(id);
      filler_->out().put(data, size);
    }
    filler_->out().spawns.push_back(order);
  }

  /// The cell's own data.
  template <class T>
  T& value() {
    const auto& declared = filler_->declared().cell_components;
    constexpr auto d = detail::described<T>();
    for (std::size_t i = 0; i < declared.size(); ++i)
      if (declared[i].name == d.name)
        return *reinterpret_cast<T*>(filler_->cell_value(i));
    throw std::logic_error(std::string{"cell component "} + d.name + " is not registered");
  }

  /// Random numbers of this cell.
  random_stream random(stream_name stream) const {
    return {filler_->world().seed, entity_id::make(where().x, where().z, 0), 0, stream};
  }

private:
  template <class T>
  component_id id_of() const {
    constexpr auto d = detail::described<T>();
    component_id id = 0;
    if (filler_->declared().find_component(d.name, &id) == nullptr)
      throw std::logic_error(std::string{"component "} + d.name + " is not registered");
    return id;
  }

  cell_filler* filler_;
};

/// A number that a world file may set under [parameters].
struct parameter_info {
  std::string name;
  double fallback = 0;
  double least = 0;
  double most = 0;
  std::string words;
};

/// What a game may know of its world while it registers.
struct world_facts {
  std::uint64_t seed = 0;
  float dt_s = 0;
  float cell_size_m = 0;
  cell_rect extent;
  std::shared_ptr<const terrain> ground; ///< null for a flat world
};

class game_builder {
public:
  /// `values` are the world file's parameters; those the game does not declare are an error.
  game_builder(std::string game, world_facts facts, std::map<std::string, double> values);

  const world_facts& world() const { return facts_; }

  /// Declares a parameter and returns its value from the world file, or `fallback`. Outside
  /// [least, most] is an error of the world file.
  double parameter(const std::string& name, double fallback, double least, double most,
                   const std::string& words);

  /// Changes when the meaning of stored state changes without a field changing. Starts at 1.
  void version(std::uint32_t v) { made_.game_version = v; }

  // What differs from states that older versions of the game saved, so that a kept world goes on: a
  // difference that is not declared is refused, naming component and field. Names are those of
  // describe(); events and cell components count as components. What was added reads as 0.
  void added_component(const std::string& name) { differs(change_of_form::added, name); }
  void removed_component(const std::string& name) { differs(change_of_form::removed, name); }
  void added_field(const std::string& component, const std::string& field) {
    differs(change_of_form::added, component, field);
  }
  void removed_field(const std::string& component, const std::string& field) {
    differs(change_of_form::removed, component, field);
  }
  void renamed_field(const std::string& component, const std::string& from, const std::string& to) {
    differs(change_of_form::renamed, component, to, from);
  }

  template <class T>
  void component() {
    if (made_.components.size() == limits::components)
      complain("more than " + std::to_string(limits::components) + " components");
    else
      made_.components.push_back(make_component_info<T>());
  }

  template <class T>
  void cell_component() {
    made_.cell_components.push_back(make_cell_component_info<T>());
  }

  template <class E>
  void event() {
    made_.events.push_back(make_event_info<E>());
  }

  /// A declared integer sum over entities:
  /// `struct grazers { static constexpr const char* name = "grazers"; using access = access<reads<..>>;
  /// static std::int64_t value(const C&...); };` with the components of access, in their order.
  template <class V>
  void world_value() {
    world_value_info info;
    info.name = V::name;
    info.ids = ids_of<typename V::access>(V::name);
    info.required = mask_of<typename V::access::own>(info.ids);
    info.sum = &sum_rows<V>;
    made_.world_values.push_back(std::move(info));
  }

  /// Registers a system; see sdk/access.hpp for what it declares.
  template <class S>
  void system() {
    using A = typename S::access;
    system_info info;
    info.name = S::name;
    info.ids = ids_of<A>(info.name);
    info.access = access_of<A>(info.ids);
    info.required = mask_of<typename A::own>(info.ids) & ~rare_or_tag();
    if constexpr (detail::lane_system<S>) {
      static_assert(A::has_neighbours, "a lane reduction declares neighbours<...>");
      info.kind = system_kind::neighbours;
      info.run = &detail::run_lanes<S>;
    } else if constexpr (detail::cell_system<S>) {
      info.kind = system_kind::cells;
      info.run = &detail::run_cells<S>;
    } else if constexpr (detail::chunk_system<S>) {
      info.run = &detail::run_chunk<S>;
    } else {
      static_assert(detail::entity_system<S>,
                    "a system has run(const entity<access>&), run(const chunk<access>&), "
                    "run(const cells<access>&), or run(const entity<access>&, sums)");
      info.kind = A::has_neighbours ? system_kind::neighbours : system_kind::rows;
      info.run = A::has_neighbours ? &detail::run_neighbours<S> : &detail::run_rows<S>;
    }
    if constexpr (A::has_neighbours)
      info.radius_m = radius_of<S>();
    add_after(info, typename A::template list<after>{});
    made_.systems.push_back(std::move(info));
  }

  /// Registers the handler of an event: `static void run(const entity<access>&, const E&, entity_id
  /// sender)`. Handlers run before the systems of a tick, in the canonical order of events.
  template <class E, class H>
  void on() {
    using A = typename H::access;
    handler_info info;
    info.name = H::name;
    info.event = event_id<E>(info.name);
    info.ids = ids_of<A>(info.name);
    info.access = access_of<A>(info.ids);
    info.required = mask_of<typename A::own>(info.ids) & ~rare_or_tag();
    info.asks_neighbours = A::has_neighbours;
    if constexpr (A::has_neighbours && has_radius<H>)
      info.radius_m = radius_of<H>();
    info.run = &detail::run_handler<E, H>;
    made_.handlers.push_back(std::move(info));
  }

  /// Called once per cell at the start.
  void fill(std::function<void(cell_start&)> function) {
    made_.fill = [f = std::move(function)](cell_filler& filler) {
      cell_start start{filler};
      f(start);
    };
  }

  /// Constants of the game, immutable from here on; read by world_view::parameters<P>().
  template <class P>
  void parameters(std::shared_ptr<const P> p) {
    made_.parameters = std::move(p);
    made_.parameters_type = &typeid(P);
  }

  // How the world looks to whoever watches it; nothing of it reaches the world. Without a word of it,
  // everybody is drawn in one colour.

  /// Entities with all of C look so; where several fit, the first counts. Once a game shows anybody, whom
  /// none of them fits is not drawn.
  template <class... C>
  void shown(kind_appearance how) {
    for (const char* name : {detail::described<C>().name...})
      how.needed |= component_mask{1} << component_id_of(name, "shown " + how.name);
    made_.looks.kinds.push_back(std::move(how));
  }

  /// A field of a component, for kind_appearance: an f32 of a dense one.
  template <class C>
  std::optional<field_place> field_of(const std::string& field) {
    return component_field(detail::described<C>().name, field);
  }

  /// Ground below this height is under water.
  void water_level_m(float level) { made_.looks.water_level_m = level; }

  /// The ground is covered by what this f32 field of a cell component says: 0 is bare, `full` is all of it.
  template <class C>
  void covers_ground(const std::string& field, float full) {
    cover_with(detail::described<C>().name, field, full);
  }

  const std::vector<parameter_info>& declared_parameters() const { return parameters_; }

  /// The finished schema, or everything that is wrong with it.
  result<std::shared_ptr<const schema>> finish();

private:
  void complain(const std::string& what);
  void differs(change_of_form what, std::string component, std::string field = {},
               std::string before = {}) {
    made_.changes.push_back({what, std::move(component), std::move(field), std::move(before)});
  }
  std::uint16_t component_id_of(const char* name, const std::string& user);
  std::uint16_t cell_component_id_of(const char* name, const std::string& user);
  std::uint16_t event_id_of(const char* name, const std::string& user);
  std::uint16_t total_id_of(const char* name, const std::string& user);
  std::optional<field_place> component_field(const char* component, const std::string& field);
  void cover_with(const char* component, const std::string& field, float full);
  component_mask rare_or_tag() const { return made_.rare_mask() | made_.tag_mask(); }

  template <class E>
  std::uint16_t event_id(const std::string& user) {
    constexpr auto d = detail::described<E>();
    return event_id_of(d.name, user);
  }

  template <class A>
  std::vector<std::uint16_t> ids_of(const std::string& user) {
    std::vector<std::uint16_t> ids;
    [&]<class... C>(detail::type_list<C...>) {
      (ids.push_back(component_id_of(detail::described<C>().name, user)), ...);
    }(typename A::components{});
    [&]<class... C>(detail::type_list<C...>) {
      (ids.push_back(cell_component_id_of(detail::described<C>().name, user)), ...);
    }(typename A::cells{});
    [&]<class... E>(detail::type_list<E...>) {
      (ids.push_back(event_id<E>(user)), ...);
    }(typename A::events{});
    [&]<class... V>(detail::type_list<V...>) {
      (ids.push_back(total_id_of(V::name, user)), ...);
    }(typename A::world_totals{});
    return ids;
  }

  /// Bits of the first List::size ids; lists start at the front of A::components only for `own`.
  template <class List>
  component_mask mask_of(const std::vector<std::uint16_t>& ids) {
    component_mask mask = 0;
    for (std::size_t i = 0; i < List::size; ++i)
      mask |= component_mask{1} << ids[i];
    return mask;
  }

  template <class A, template <class...> class Kind>
  component_mask component_bits(const std::vector<std::uint16_t>& ids) {
    component_mask mask = 0;
    [&]<class... C>(detail::type_list<C...>) {
      ((mask |= component_mask{1} << ids[A::template component_slot<C>]), ...);
    }(typename A::template list<Kind>{});
    return mask;
  }

  template <class A, template <class...> class Kind>
  std::uint64_t cell_bits(const std::vector<std::uint16_t>& ids) {
    std::uint64_t mask = 0;
    [&]<class... C>(detail::type_list<C...>) {
      ((mask |= std::uint64_t{1} << ids[A::template cell_slot<C>]), ...);
    }(typename A::template list<Kind>{});
    return mask;
  }

  template <class A>
  access_set access_of(const std::vector<std::uint16_t>& ids) {
    access_set out;
    out.reads = component_bits<A, reads>(ids);
    out.writes = component_bits<A, writes>(ids);
    out.neighbours = component_bits<A, neighbours>(ids);
    out.without = component_bits<A, without>(ids);
    out.adds = component_bits<A, changes>(ids);
    out.cell_reads = cell_bits<A, cell_reads>(ids);
    out.cell_writes = cell_bits<A, cell_writes>(ids);
    out.cell_sums = cell_bits<A, cell_sums>(ids);
    [&]<class... E>(detail::type_list<E...>) {
      ((out.events |= std::uint64_t{1} << ids[A::template event_slot<E>]), ...);
    }(typename A::events{});
    out.spawns = A::template list<spawns>::size > 0;
    return out;
  }

  template <class S>
  static constexpr bool has_radius = requires {
    S::radius_m;
  };

  template <class S>
  float radius_of() {
    if constexpr (requires(const world_facts& w) { S::radius_m(w); })
      return S::radius_m(facts_);
    else
      return S::radius_m;
  }

  template <class... S>
  void add_after(system_info& info, detail::type_list<S...>) {
    (info.after.push_back(S::name), ...);
  }

  template <class V>
  static std::int64_t sum_rows(const archetype& table, const std::vector<std::uint16_t>& ids) {
    return [&]<class... C, std::size_t... I>(detail::type_list<C...>, std::index_sequence<I...>) {
      std::int64_t sum = 0;
      std::tuple columns{
        reinterpret_cast<const C*>(table.column(static_cast<component_id>(ids[I])))...};
      for (std::size_t row = 0; row < table.rows(); ++row)
        sum += V::value(std::get<I>(columns)[row]...);
      return sum;
    }(typename V::access::own{}, std::make_index_sequence<V::access::own::size>{});
  }

  schema made_;
  world_facts facts_;
  std::map<std::string, double> values_;
  std::vector<parameter_info> parameters_;
  std::vector<std::string> complaints_;
  std::vector<std::string> parameter_complaints_;
};

/// A game, as the command and modules name it.
struct game_definition {
  const char* name;
  const char* summary; ///< one line
  void (*define)(game_builder&);
};

} // namespace tessera
