#include "net/json_fields.hpp"

#include "net/id_text.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

namespace tessera {

namespace {

using nlohmann::json;

tl::unexpected<error> refuse(const std::string& name, const json& value,
                             const std::string& allowed) {
  return fail(error_code::bad_command, name + ": found " + show(value) + "; allowed: " + allowed);
}

template <class T>
void put(std::byte* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

template <class T>
std::optional<T> whole(const json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    T out{};
    auto [last, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (ec == std::errc{} && last == text.data() + text.size() && !text.empty())
      return out;
    auto hex = parse_whole(text);
    if (hex && std::in_range<T>(*hex))
      return static_cast<T>(*hex);
  } else if (value.is_number_unsigned()) {
    auto number = value.get<std::uint64_t>();
    if (std::in_range<T>(number))
      return static_cast<T>(number);
  } else if (value.is_number_integer()) {
    auto number = value.get<std::int64_t>();
    if (std::in_range<T>(number))
      return static_cast<T>(number);
  }
  return std::nullopt;
}

template <class T>
result<void> put_whole(const std::string& name, const json& value, std::byte* at) {
  auto number = whole<T>(value);
  if (!number)
    return refuse(name, value,
                  "a whole number from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
                    std::to_string(std::numeric_limits<T>::max()));
  put(at, *number);
  return {};
}

template <class T>
result<void> put_real(const std::string& name, const json& value, std::byte* at) {
  double number = value.is_number() ? value.get<double>() : std::nan("");
  if (!std::isfinite(number) || std::abs(number) > double{std::numeric_limits<T>::max()})
    return refuse(name, value, "a finite number");
  put(at, static_cast<T>(number));
  return {};
}

result<void> put_field(const field_info& field, const std::string& name, const json& value,
                       std::byte* at) {
  switch (field.type) {
    case field_type::u8: return put_whole<std::uint8_t>(name, value, at);
    case field_type::i8: return put_whole<std::int8_t>(name, value, at);
    case field_type::u16: return put_whole<std::uint16_t>(name, value, at);
    case field_type::i16: return put_whole<std::int16_t>(name, value, at);
    case field_type::u32: return put_whole<std::uint32_t>(name, value, at);
    case field_type::i32: return put_whole<std::int32_t>(name, value, at);
    case field_type::u64: return put_whole<std::uint64_t>(name, value, at);
    case field_type::i64: return put_whole<std::int64_t>(name, value, at);
    case field_type::f32: return put_real<float>(name, value, at);
    case field_type::f64: return put_real<double>(name, value, at);
    case field_type::boolean:
      if (!value.is_boolean())
        return refuse(name, value, "true or false");
      put(at, value.get<bool>());
      return {};
    case field_type::entity: {
      auto id = value.is_string() ? parse_entity_id(value.get_ref<const std::string&>())
                                  : std::optional<entity_id>{};
      if (!id)
        return refuse(name, value, "an entity id, text of 16 hex digits");
      put(at, *id);
      return {};
    }
    case field_type::cell: {
      bool two = value.is_array() && value.size() == 2;
      auto x = two ? whole<std::uint16_t>(value[0]) : std::nullopt;
      auto z = two ? whole<std::uint16_t>(value[1]) : std::nullopt;
      if (!x || !z)
        return refuse(name, value, "a cell, [x, z], each a whole number from 0 to 65535");
      put(at, cell{*x, *z});
      return {};
    }
  }
  return refuse(name, value, "nothing: the field's type cannot be read from JSON");
}

std::string names_of(const std::vector<field_info>& fields) {
  std::string names;
  for (const auto& f : fields)
    names += (names.empty() ? "" : ", ") + f.name;
  return names.empty() ? "none, it has no fields" : names;
}

} // namespace

std::string show(const json& value) {
  constexpr std::size_t most = 60;
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  return text.size() > most ? text.substr(0, most) + "..." : text;
}

result<std::uint64_t> read_whole(const json& value, const std::string& name) {
  if (auto number = whole<std::uint64_t>(value))
    return *number;
  return refuse(name, value,
                "a whole number from 0 to 18446744073709551615, or such a number as text");
}

result<json_value_bytes> read_fields(const json& value, const std::string& name,
                                     const std::vector<field_info>& fields, std::uint32_t size,
                                     bool all) {
  if (!value.is_object())
    return refuse(name, value, "an object with the fields " + names_of(fields));
  json_value_bytes out;
  out.bytes.resize(size);
  for (const auto& [key, entry] : value.items()) {
    bool known = false;
    for (std::size_t i = 0; i < fields.size() && !known; ++i) {
      if (fields[i].name != key)
        continue;
      known = true;
      if (auto ok =
            put_field(fields[i], name + "." + key, entry, out.bytes.data() + fields[i].offset);
          !ok)
        return tl::unexpected(ok.error());
      // A mask has 64 bits; more fields than that can be given only all together.
      if (i < 64)
        out.fields |= std::uint64_t{1} << i;
    }
    if (!known)
      return fail(error_code::bad_command,
                  name + ": found unknown field " + show(key) + "; allowed: " + names_of(fields));
  }
  if (!all)
    return out;
  for (const auto& field : fields)
    if (!value.contains(field.name))
      return fail(error_code::bad_command,
                  name + "." + field.name +
                    ": found nothing, the field is missing; needed: " + names_of(fields));
  return out;
}

} // namespace tessera
