// How a game describes its types to the engine: one constexpr function per type, found next to it.
//
//     struct velocity { float x = 0; float z = 0; };
//     constexpr auto describe(tessera::of<velocity>) {
//       return tessera::describe_as("velocity", tessera::marks::shared,
//                                   tessera::field<&velocity::x>("x", "m/s"),
//                                   tessera::field<&velocity::z>("z", "m/s"));
//     }
//
// A described type is trivially copyable and every field of it is listed: what is not listed would be
// lost between shards, so forgetting one does not compile.
#pragma once

#include "core/hash.hpp"
#include "core/ids.hpp"
#include "shards/schema.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <type_traits>

namespace tessera {

template <class T>
struct of {};

template <class>
struct member_pointer;
template <class T, class C>
struct member_pointer<T C::*> {
  using type = T;
  using owner = C;
};

template <auto Member>
struct field_description {
  using type = typename member_pointer<decltype(Member)>::type;
  using owner = typename member_pointer<decltype(Member)>::owner;
  const char* name;
  const char* unit;
};

/// A reflected field: its name and its unit (SI symbol, "1" for a ratio).
template <auto Member>
constexpr field_description<Member> field(const char* name, const char* unit = "") {
  return {name, unit};
}

template <class... Fields>
struct type_description {
  const char* name;
  marks mark;
  std::tuple<Fields...> fields;
};

template <class... Fields>
constexpr type_description<Fields...> describe_as(const char* name, marks mark, Fields... fields) {
  return {name, mark, {fields...}};
}

/// For events and cell components, and components without marks.
template <class... Fields>
constexpr type_description<Fields...> describe_as(const char* name, Fields... fields) {
  return {name, marks::none, {fields...}};
}

namespace detail {

template <class T>
constexpr field_type type_of_field() {
  if constexpr (std::is_same_v<T, float>)
    return field_type::f32;
  else if constexpr (std::is_same_v<T, double>)
    return field_type::f64;
  else if constexpr (std::is_same_v<T, bool>)
    return field_type::boolean;
  else if constexpr (std::is_same_v<T, entity_id>)
    return field_type::entity;
  else if constexpr (std::is_same_v<T, cell>)
    return field_type::cell;
  else if constexpr (std::is_enum_v<T>)
    return type_of_field<std::underlying_type_t<T>>();
  else {
    static_assert(std::is_integral_v<T>, "a field is a number, a bool, an enum or an entity_id");
    constexpr bool s = std::is_signed_v<T>;
    if constexpr (sizeof(T) == 1)
      return s ? field_type::i8 : field_type::u8;
    else if constexpr (sizeof(T) == 2)
      return s ? field_type::i16 : field_type::u16;
    else if constexpr (sizeof(T) == 4)
      return s ? field_type::i32 : field_type::u32;
    else
      return s ? field_type::i64 : field_type::u64;
  }
}

/// Byte offset of a member; the object is only measured, never read.
template <auto Member>
std::uint32_t offset_of_member() {
  using C = typename member_pointer<decltype(Member)>::owner;
  static const C object{};
  return static_cast<std::uint32_t>(reinterpret_cast<const char*>(&(object.*Member)) -
                                    reinterpret_cast<const char*>(&object));
}

template <class T, class... Fields>
constexpr bool lists_every_byte(const type_description<Fields...>&) {
  return (sizeof(typename Fields::type) + ... + 0) == sizeof(T);
}

template <class T>
constexpr auto described() {
  return describe(of<T>{});
}

template <class T>
inline constexpr bool is_packed = lists_every_byte<T>(described<T>());

/// Hash of one row. All bytes take part: check_described() makes sure that all of them are fields.
template <class T>
std::uint64_t hash_fields(const T& value, std::uint64_t seed) {
  constexpr std::size_t words = sizeof(T) / 8;
  constexpr std::size_t rest = sizeof(T) % 8;
  std::uint64_t h = seed;
  const char* from = reinterpret_cast<const char*>(&value);
  for (std::size_t i = 0; i < words; ++i) {
    std::uint64_t word;
    std::memcpy(&word, from + i * 8, 8);
    h = hash_combine(h, word);
  }
  if constexpr (rest != 0) {
    std::uint64_t word = 0;
    std::memcpy(&word, from + words * 8, rest);
    h = hash_combine(h, word);
  }
  return h;
}

template <class T>
std::uint64_t hash_column(const std::byte* column, const entity_id* ids, std::size_t rows,
                          std::uint64_t key) {
  const T* values = reinterpret_cast<const T*>(column);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < rows; ++i)
    sum += hash_fields(values[i], key ^ ids[i].value);
  return sum;
}

template <class T>
bool finite_fields(const T& value) {
  return std::apply(
    [&](auto... fields) {
      bool ok = true;
      auto one = [&]<auto Member>(field_description<Member>) {
        using F = std::remove_cvref_t<decltype(value.*Member)>;
        if constexpr (std::is_same_v<F, float>)
          ok &= (std::bit_cast<std::uint32_t>(value.*Member) & 0x7F800000u) != 0x7F800000u;
        else if constexpr (std::is_same_v<F, double>)
          ok &= (std::bit_cast<std::uint64_t>(value.*Member) & 0x7FF0000000000000ull) !=
                0x7FF0000000000000ull;
      };
      (one(fields), ...);
      return ok;
    },
    described<T>().fields);
}

template <class T>
constexpr bool has_double_fields() {
  return std::apply(
    [](auto... f) { return (std::is_same_v<typename decltype(f)::type, double> || ... || false); },
    described<T>().fields);
}

template <class T>
std::size_t first_not_finite(const std::byte* column, std::size_t rows) {
  const T* values = reinterpret_cast<const T*>(column);
  if constexpr (sizeof(T) % 4 == 0 && !has_double_fields<T>()) {
    // All words at once, whatever they are: a word that is no float may look like an infinite one, so
    // only the absence of such words is believed.
    std::uint32_t suspects = 0;
    for (std::size_t i = 0; i < rows * (sizeof(T) / 4); ++i) {
      std::uint32_t word;
      std::memcpy(&word, column + i * 4, 4);
      suspects |= static_cast<std::uint32_t>((word & 0x7F800000u) == 0x7F800000u);
    }
    if (suspects == 0)
      return rows;
  }
  for (std::size_t i = 0; i < rows; ++i)
    if (!finite_fields(values[i]))
      return i;
  return rows;
}

template <class T>
std::vector<field_info> fields_of() {
  std::vector<field_info> out;
  std::apply(
    [&](auto... fields) {
      [[maybe_unused]] auto one = [&]<auto Member>(field_description<Member> f) {
        using F = typename field_description<Member>::type;
        out.push_back({f.name, type_of_field<F>(), f.unit, offset_of_member<Member>()});
      };
      (one(fields), ...);
    },
    described<T>().fields);
  return out;
}

template <class T>
constexpr bool has_float_fields() {
  return std::apply(
    [](auto... f) {
      return ((std::is_floating_point_v<typename decltype(f)::type>) || ... || false);
    },
    described<T>().fields);
}

template <class T>
constexpr void check_described() {
  static_assert(std::is_trivially_copyable_v<T>, "a described type is copied as bytes");
  static_assert(std::is_empty_v<T> || std::tuple_size_v<decltype(described<T>().fields)> > 0,
                "list the fields of the type in its describe()");
  static_assert(std::is_empty_v<T> || is_packed<T>,
                "describe() lists every field, and a described type has no padding: its bytes are "
                "hashed, sent and stored; order the fields by size, or add one that fills the gap");
}

template <class T>
column_operations operations_of() {
  column_operations ops;
  ops.hash = &hash_column<T>;
  if constexpr (has_float_fields<T>())
    ops.first_not_finite = &first_not_finite<T>;
  return ops;
}

template <class T>
constexpr std::uint32_t stored_size() {
  return std::is_empty_v<T> ? 0 : sizeof(T);
}

} // namespace detail

template <class T>
component_info make_component_info() {
  detail::check_described<T>();
  constexpr auto d = detail::described<T>();
  component_info info{d.name, detail::stored_size<T>(), alignof(T),
                      d.mark, detail::fields_of<T>(),   {}};
  if constexpr (std::is_empty_v<T>)
    info.mark = info.mark | marks::tag;
  else
    info.ops = detail::operations_of<T>();
  return info;
}

template <class T>
cell_component_info make_cell_component_info() {
  detail::check_described<T>();
  constexpr auto d = detail::described<T>();
  return {
    d.name, sizeof(T), alignof(T), d.mark, detail::fields_of<T>(), detail::operations_of<T>()};
}

template <class T>
event_info make_event_info() {
  detail::check_described<T>();
  static_assert(sizeof(T) <= limits::event_bytes, "an event holds at most limits::event_bytes");
  constexpr auto d = detail::described<T>();
  return {d.name, detail::stored_size<T>(), detail::fields_of<T>()};
}

} // namespace tessera
