#include "net/inspector_bodies.hpp"

#include "net/id_text.hpp"
#include "net/inspector_json.hpp"
#include "net/json_fields.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

namespace tessera {

namespace {

using nlohmann::json;

/// A JSON object with none but these keys; each is checked by whoever reads it.
answer<json> read_body(const std::string& body, std::initializer_list<const char*> keys) {
  std::string allowed;
  for (const char* k : keys)
    allowed += (allowed.empty() ? "" : ", ") + std::string(k);
  json value = json::parse(body, nullptr, false);
  if (!value.is_object())
    return refuse_with(400, "body: found no JSON object; expected one with " + allowed);
  for (const auto& [key, entry] : value.items())
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      return refuse_with(400, "body: found key " + show(key) + "; allowed: " + allowed);
  return value;
}

answer<std::uint64_t> whole_in(const json& body, const char* key, std::uint64_t least,
                               std::uint64_t most, std::optional<std::uint64_t> otherwise) {
  if (!body.contains(key) && otherwise)
    return *otherwise;
  const json value = body.contains(key) ? body[key] : json();
  auto number = read_whole(value, key);
  if (!number || *number < least || *number > most)
    return refuse_with(400, std::string(key) + ": found " + show(value) +
                              "; allowed: a whole number from " + std::to_string(least) + " to " +
                              std::to_string(most));
  return *number;
}

/// Metres from the world's corner to a cell and metres inside it; rounding never leads out of the cell.
std::optional<std::pair<std::uint16_t, float>> split(double metres, float cell_size_m,
                                                     std::int32_t first, std::int32_t end) {
  double number = std::floor(metres / double{cell_size_m});
  auto inside = static_cast<float>(metres - number * double{cell_size_m});
  if (inside >= cell_size_m) {
    inside = 0;
    number += 1;
  }
  if (!(number >= first && number < end))
    return std::nullopt;
  return std::pair{static_cast<std::uint16_t>(number), inside};
}

answer<position> read_place(const json& value, const world_setup& setup) {
  constexpr std::array<const char*, 3> axes = {"x_m", "y_m", "z_m"};
  std::array<double, 3> metres{};
  bool fine = value.is_object() && value.size() == axes.size();
  for (std::size_t i = 0; fine && i < axes.size(); ++i) {
    fine = value.contains(axes[i]) && value[axes[i]].is_number();
    metres[i] = fine ? value[axes[i]].get<double>() : 0;
    fine = fine && std::abs(metres[i]) <= 1e9;
  }
  if (!fine)
    return refuse_with(400, "value: found " + show(value) +
                              "; a position is {\"x_m\": X, \"y_m\": Y, \"z_m\": Z}, numbers in "
                              "metres, all three");
  const cell_rect& w = setup.extent;
  const auto x = split(metres[0], setup.cell_size_m, w.x0, w.x1);
  const auto z = split(metres[2], setup.cell_size_m, w.z0, w.z1);
  if (!x || !z) {
    auto edge = [&](std::int32_t cells) {
      return std::to_string(static_cast<long long>(cells * double{setup.cell_size_m}));
    };
    return refuse_with(400, "value: found " + show(value) +
                              ", which is outside the world; x_m: " + edge(w.x0) + " to below " +
                              edge(w.x1) + ", z_m: " + edge(w.z0) + " to below " + edge(w.z1));
  }
  position out;
  out.where = {x->first, z->first};
  out.x = x->second + 0.0F; // no -0
  out.y = static_cast<float>(metres[1]);
  out.z = z->second + 0.0F;
  return out;
}

std::string names_of_components(const schema& game) {
  std::string names;
  for (const auto& c : game.components)
    if (!c.fields.empty())
      names += (names.empty() ? "" : ", ") + c.name;
  return names;
}

} // namespace

answer<control_order> read_control(const std::string& text) {
  auto body = read_body(text, {"do", "ticks", "tick", "speed"});
  if (!body)
    return tl::unexpected(body.error());
  static const std::map<std::string, control_order::kind> orders = {
    {"pause", control_order::kind::pause}, {"resume", control_order::kind::resume},
    {"step", control_order::kind::step},   {"run_to", control_order::kind::run_to},
    {"speed", control_order::kind::speed},
  };
  const json what = body->value("do", json());
  auto found = what.is_string() ? orders.find(what.get<std::string>()) : orders.end();
  if (found == orders.end())
    return refuse_with(400,
                       "do: found " + show(what) + "; allowed: pause, resume, step, run_to, speed");
  control_order order;
  order.what = found->second;
  if (order.what == control_order::kind::step || order.what == control_order::kind::run_to) {
    const bool step = order.what == control_order::kind::step;
    auto tick = step ? whole_in(*body, "ticks", 1, 1'000'000, 1)
                     : whole_in(*body, "tick", 0, std::uint64_t{1} << 53, std::nullopt);
    if (!tick)
      return tl::unexpected(tick.error());
    order.tick = *tick;
  }
  if (order.what == control_order::kind::speed) {
    const json speed = body->value("speed", json());
    auto parsed = parse_pace(speed.is_string() ? speed.get<std::string>() : show(speed));
    if (!parsed)
      return refuse_with(400, parsed.error().message);
    order.speed = *parsed;
  }
  return order;
}

answer<command> read_edit(const std::string& text, const world_setup& setup) {
  auto body = read_body(text, {"id", "component", "value"});
  if (!body)
    return tl::unexpected(body.error());
  const schema& game = *setup.game;
  const json given_id = body->value("id", json());
  auto id =
    given_id.is_string() ? parse_entity_id(given_id.get_ref<const std::string&>()) : std::nullopt;
  if (!id)
    return refuse_with(400, "id: found " + show(given_id) + "; expected text of 16 hex digits");
  const json name = body->value("component", json());
  component_id component = 0;
  const component_info* info =
    name.is_string() ? game.find_component(name.get<std::string>(), &component) : nullptr;
  if (info == nullptr || info->fields.empty())
    return refuse_with(400, "component: found " + show(name) +
                              "; those with fields: " + names_of_components(game));
  const json value = body->value("value", json::object());
  command out;
  out.target = *id;
  if (component == position_component) {
    auto place = read_place(value, setup);
    if (!place)
      return tl::unexpected(place.error());
    out.op = command_op::teleport;
    out.place = *place;
    return out;
  }
  auto read = read_fields(value, info->name, info->fields, info->size, false);
  if (!read)
    return refuse_with(400, read.error().message);
  if (read->fields == 0)
    return refuse_with(400, "value: found no field to set; expected at least one");
  out.op = command_op::set;
  out.parts.push_back({component, read->fields, std::move(read->bytes)});
  return out;
}

answer<unsigned> read_seconds(const std::string& text, unsigned most, unsigned otherwise) {
  auto body = read_body(text, {"seconds"});
  if (!body)
    return tl::unexpected(body.error());
  auto seconds = whole_in(*body, "seconds", 1, most, otherwise);
  if (!seconds)
    return tl::unexpected(seconds.error());
  return static_cast<unsigned>(*seconds);
}

} // namespace tessera
