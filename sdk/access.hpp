// What a system or handler declares. Its code sees only what is listed here; the engine derives from it
// which systems may run side by side and which need an order.
//
//     using access = tessera::access<tessera::reads<tessera::position>, tessera::writes<velocity>,
//                                    tessera::neighbours<velocity>, tessera::sends<bite>>;
#pragma once

#include "shards/schema.hpp"

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>

namespace tessera {

template <class... T>
struct reads {}; ///< components of the entity itself
template <class... T>
struct writes {}; ///< components of the entity itself
template <class... T>
struct neighbours {}; ///< shared components of others, as of the last tick
template <class... T>
struct without {}; ///< pass over entities that have one of these
template <class... T>
struct cell_reads {}; ///< shared cell components near by, as of the last tick
template <class... T>
struct cell_writes {}; ///< cell systems: values of this tick
template <class... T>
struct cell_sums {}; ///< entity systems: add to integer fields of its own cell
template <class... T>
struct sends {}; ///< events
template <class... T>
struct spawns {}; ///< components of newborns
template <class... T>
struct changes {}; ///< components it adds to or removes from the entity
template <class... T>
struct totals {}; ///< world values it reads
template <class... T>
struct after {}; ///< systems that must have run before

namespace detail {

template <class... T>
struct type_list {
  static constexpr std::size_t size = sizeof...(T);
};

template <class T, class List>
struct index_in;
template <class T, class... L>
struct index_in<T, type_list<L...>> {
  static constexpr std::size_t value = [] {
    std::size_t i = 0;
    (void)((std::is_same_v<T, L> ? false : (++i, true)) && ...);
    return i;
  }();
  static constexpr bool found = value < sizeof...(L);
};

template <class List, class T>
struct append_unique;
template <class... L, class T>
struct append_unique<type_list<L...>, T> {
  using type =
    std::conditional_t<index_in<T, type_list<L...>>::found, type_list<L...>, type_list<L..., T>>;
};

template <class List, class... T>
struct append_all {
  using type = List;
};
template <class List, class T, class... Rest>
struct append_all<List, T, Rest...> {
  using type = typename append_all<typename append_unique<List, T>::type, Rest...>::type;
};

/// All types listed in the options of kind `Kind`, in order, each once.
template <template <class...> class Kind, class List, class... Options>
struct collect {
  using type = List;
};
template <template <class...> class Kind, class List, class... T, class... Rest>
struct collect<Kind, List, Kind<T...>, Rest...> {
  using type = typename collect<Kind, typename append_all<List, T...>::type, Rest...>::type;
};
template <template <class...> class Kind, class List, class Other, class... Rest>
struct collect<Kind, List, Other, Rest...> {
  using type = typename collect<Kind, List, Rest...>::type;
};

template <template <class...> class Kind, class Option>
inline constexpr bool is_kind = false;
template <template <class...> class Kind, class... T>
inline constexpr bool is_kind<Kind, Kind<T...>> = true;

template <class A, class B>
struct join;
template <class... A, class... B>
struct join<type_list<A...>, type_list<B...>> {
  using type = typename append_all<type_list<A...>, B...>::type;
};

} // namespace detail

template <class... Options>
struct access {
  template <template <class...> class Kind>
  using list = typename detail::collect<Kind, detail::type_list<>, Options...>::type;

  /// Components whose columns the code touches on its own entity.
  using own = typename detail::join<list<writes>, list<reads>>::type;
  /// Every component named anywhere.
  using components = typename detail::join<
    typename detail::join<typename detail::join<own, list<neighbours>>::type, list<without>>::type,
    typename detail::join<list<spawns>, list<changes>>::type>::type;
  using cells =
    typename detail::join<typename detail::join<list<cell_writes>, list<cell_reads>>::type,
                          list<cell_sums>>::type;
  using events = list<sends>;
  using world_totals = list<totals>;

  template <class T>
  static constexpr bool may_write = detail::index_in<T, list<writes>>::found;
  template <class T>
  static constexpr bool may_read = detail::index_in<T, own>::found;
  template <template <class...> class Kind, class T>
  static constexpr bool declares = detail::index_in<T, list<Kind>>::found;
  static constexpr bool has_neighbours = (detail::is_kind<neighbours, Options> || ...);

  // Places in system_info::ids: components, then cell components, events, totals.
  template <class T>
  static constexpr std::size_t component_slot = detail::index_in<T, components>::value;
  template <class T>
  static constexpr std::size_t cell_slot = components::size + detail::index_in<T, cells>::value;
  template <class T>
  static constexpr std::size_t event_slot =
    components::size + cells::size + detail::index_in<T, events>::value;
  template <class T>
  static constexpr std::size_t total_slot =
    components::size + cells::size + events::size + detail::index_in<T, world_totals>::value;
};

} // namespace tessera
