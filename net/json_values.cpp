#include "net/json_values.hpp"

#include "net/id_text.hpp"

#include <charconv>
#include <cmath>
#include <cstring>

namespace tessera {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

template <class T>
T get(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

constexpr std::uint64_t largest_exact = std::uint64_t{1} << 53;

json whole(std::uint64_t value) {
  return value <= largest_exact ? json(value) : json(std::to_string(value));
}

json whole(std::int64_t value) {
  bool exact = value <= static_cast<std::int64_t>(largest_exact) &&
               value >= -static_cast<std::int64_t>(largest_exact);
  return exact ? json(value) : json(std::to_string(value));
}

/// The double with the fewest digits that becomes this float when it is rounded to one.
double shortest_double(float value) {
  char text[32];
  auto written = std::to_chars(text, text + sizeof text, value);
  double out = 0;
  std::from_chars(text, written.ptr, out);
  return static_cast<float>(out) == value ? out : double{value};
}

json real(float value, float_form form) {
  if (!std::isfinite(value))
    return nullptr;
  return form == float_form::exact ? double{value} : shortest_double(value);
}

json cell_value(cell c) {
  return json::array({c.x, c.z});
}

ordered_json place_local(const position& p) {
  return ordered_json::array({real(p.x, float_form::shortest), real(p.y, float_form::shortest),
                              real(p.z, float_form::shortest)});
}

std::string hex_bytes(std::span<const std::byte> bytes) {
  constexpr const char* digits = "0123456789abcdef";
  std::string text;
  for (std::byte b : bytes) {
    text += digits[std::to_integer<unsigned>(b) >> 4];
    text += digits[std::to_integer<unsigned>(b) & 15];
  }
  return text;
}

ordered_json raw(const command::part& part) {
  ordered_json out{{"type", part.type}};
  if (part.fields != ~std::uint64_t{0})
    out["fields"] = hex_text(part.fields);
  out["bytes"] = hex_bytes(part.bytes);
  return out;
}

const component_info* component_of(const command::part& part, const schema* game) {
  bool known = game != nullptr && part.type < game->components.size() &&
               game->components[part.type].size == part.bytes.size();
  return known ? &game->components[part.type] : nullptr;
}

void put_spawn(ordered_json& out, const command& what, const schema* game) {
  for (const auto& part : what.parts) {
    if (const auto* info = component_of(part, game))
      out["components"][info->name] = fields_value(info->fields, part.bytes.data());
    else
      out["parts"].push_back(raw(part));
  }
}

void put_set(ordered_json& out, const command& what, const schema* game) {
  for (const auto& part : what.parts) {
    if (part.type == position_component) {
      out["component"] = "position";
      out["cell"] = cell_value(what.place.where);
      out["local"] = place_local(what.place);
    } else if (const auto* info = component_of(part, game)) {
      out["component"] = info->name;
      out["value"] = fields_value(info->fields, part.bytes.data(), part.fields);
    } else {
      out["parts"].push_back(raw(part));
    }
  }
}

void put_event(ordered_json& out, const command& what, const schema* game) {
  for (const auto& part : what.parts) {
    bool known = game != nullptr && part.type < game->events.size() &&
                 game->events[part.type].size == part.bytes.size();
    if (!known) {
      out["parts"].push_back(raw(part));
      continue;
    }
    const auto& info = game->events[part.type];
    out["component"] = info.name;
    out["value"] = fields_value(info.fields, part.bytes.data());
  }
}

void put_get(ordered_json& out, const command& what, const schema* game) {
  for (const auto& part : what.parts) {
    if (game != nullptr && part.type < game->components.size())
      out["component"] = game->components[part.type].name;
    else
      out["parts"].push_back(raw(part));
  }
}

} // namespace

json field_value(const field_info& field, const std::byte* bytes, float_form form) {
  const std::byte* at = bytes + field.offset;
  switch (field.type) {
    case field_type::u8: return get<std::uint8_t>(at);
    case field_type::i8: return get<std::int8_t>(at);
    case field_type::u16: return get<std::uint16_t>(at);
    case field_type::i16: return get<std::int16_t>(at);
    case field_type::u32: return get<std::uint32_t>(at);
    case field_type::i32: return get<std::int32_t>(at);
    case field_type::u64: return whole(get<std::uint64_t>(at));
    case field_type::i64: return whole(get<std::int64_t>(at));
    case field_type::f32: return real(get<float>(at), form);
    case field_type::f64: {
      double value = get<double>(at);
      return std::isfinite(value) ? json(value) : json(nullptr);
    }
    case field_type::boolean: return get<std::uint8_t>(at) != 0;
    case field_type::entity: return hex_text(get<std::uint64_t>(at));
    case field_type::cell: return cell_value(get<cell>(at));
  }
  return nullptr;
}

ordered_json fields_value(const std::vector<field_info>& fields, const std::byte* bytes,
                          std::uint64_t given, float_form form) {
  ordered_json out = ordered_json::object();
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (i >= 64 || (given >> i & 1) != 0)
      out[fields[i].name] = field_value(fields[i], bytes, form);
  return out;
}

ordered_json command_value(const command& what, const schema* game) {
  ordered_json out{{"tick", whole(what.tick)},
                   {"session", whole(what.session)},
                   {"seq", whole(what.sequence)},
                   {"op", name_of(what.op)}};
  if (what.op != command_op::spawn)
    out["target"] = hex_text(what.target.value);
  if (what.op == command_op::spawn || what.op == command_op::teleport) {
    out["cell"] = cell_value(what.place.where);
    out["local"] = place_local(what.place);
  }
  if (what.expected)
    out["in"] = cell_value(*what.expected);
  switch (what.op) {
    case command_op::spawn: put_spawn(out, what, game); break;
    case command_op::set: put_set(out, what, game); break;
    case command_op::event: put_event(out, what, game); break;
    case command_op::get: put_get(out, what, game); break;
    case command_op::despawn:
    case command_op::teleport: break;
  }
  return out;
}

const char* name_of(command_op op) {
  switch (op) {
    case command_op::spawn: return "spawn";
    case command_op::despawn: return "despawn";
    case command_op::set: return "set";
    case command_op::event: return "event";
    case command_op::teleport: return "teleport";
    case command_op::get: return "get";
  }
  return "unknown";
}

} // namespace tessera
