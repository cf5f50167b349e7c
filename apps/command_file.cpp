#include "apps/command_file.hpp"

#include "apps/text.hpp"
#include "net/json_fields.hpp"
#include "shards/command_batch.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

namespace tessera {

namespace {

using nlohmann::json;

tl::unexpected<error> refuse(std::string message) {
  return fail(error_code::bad_command, std::move(message));
}

/// Keys of an operation beside tick, session, seq and op.
struct operation {
  const char* name;
  command_op op;
  std::vector<std::string> required;
  std::vector<std::string> optional;
};

const std::array<operation, 6>& operations() {
  static const std::array<operation, 6> table{{
    {"spawn", command_op::spawn, {"cell", "local"}, {"component", "value", "components"}},
    {"despawn", command_op::despawn, {"target"}, {"in"}},
    {"set", command_op::set, {"target", "component"}, {"value", "cell", "local", "in"}},
    {"event", command_op::event, {"target", "component"}, {"value", "in"}},
    {"teleport", command_op::teleport, {"target", "cell", "local"}, {"in"}},
    {"get", command_op::get, {"target", "component"}, {"in"}},
  }};
  return table;
}

result<json> parse_json(std::string_view line) {
  // nlohmann keeps the last of two equal keys; the writer of such a line meant something else.
  std::vector<std::set<std::string>> open;
  std::string twice;
  auto watch = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start)
      open.emplace_back();
    else if (event == json::parse_event_t::object_end)
      open.pop_back();
    else if (event == json::parse_event_t::key &&
             !open.back().insert(parsed.get<std::string>()).second && twice.empty())
      twice = parsed.get<std::string>();
    return true;
  };
  try {
    json value = json::parse(line, watch);
    if (!twice.empty())
      return refuse("key \"" + twice + "\" is given twice");
    if (!value.is_object())
      return refuse("found " + show(value) + "; allowed: a JSON object");
    return value;
  } catch (const json::exception& e) {
    std::string what = e.what();
    auto bracket = what.find("] ");
    return refuse("not JSON: " + (bracket == std::string::npos ? what : what.substr(bracket + 2)));
  }
}

result<const operation*> operation_of(const json& line) {
  auto found = line.find("op");
  std::string names;
  for (const auto& one : operations()) {
    if (found != line.end() && *found == one.name)
      return &one;
    names += (names.empty() ? "" : ", ") + std::string(one.name);
  }
  return refuse("op: found " + (found == line.end() ? "nothing" : show(*found)) +
                "; allowed: " + names);
}

result<void> check_keys(const json& line, const operation& op) {
  std::vector<std::string> known{"op", "tick", "session", "seq"};
  known.insert(known.end(), op.required.begin(), op.required.end());
  known.insert(known.end(), op.optional.begin(), op.optional.end());
  std::string names;
  for (const auto& key : known)
    names += (names.empty() ? "" : ", ") + key;
  for (const auto& [key, value] : line.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      return refuse("found unknown key " + show(key) + "; op " + op.name + " takes " + names);
  std::vector<std::string> needed{"session", "seq"};
  needed.insert(needed.end(), op.required.begin(), op.required.end());
  for (const auto& key : needed)
    if (!line.contains(key))
      return refuse("key \"" + key + "\" is missing; op " + op.name + " needs it");
  return {};
}

result<cell> read_cell(const json& value, const char* key) {
  const std::vector<field_info> cell_only{{key, field_type::cell, "", 0}};
  auto read = read_fields({{key, value}}, "place", cell_only, sizeof(cell), true);
  if (!read)
    return tl::unexpected(read.error());
  cell out;
  std::memcpy(&out, read->bytes.data(), sizeof out);
  return out;
}

result<position> read_place(const json& line) {
  for (const char* key : {"cell", "local"})
    if (!line.contains(key))
      return refuse("key \"" + std::string(key) + "\" is missing: a place is cell and local");
  auto where = read_cell(line["cell"], "cell");
  if (!where)
    return tl::unexpected(where.error());
  position place;
  place.where = *where;
  const json& local = line["local"];
  bool three = local.is_array() && local.size() == 3 &&
               std::all_of(local.begin(), local.end(), [](const json& v) { return v.is_number(); });
  if (!three)
    return refuse("local: found " + show(local) + "; allowed: [x, y, z] in metres");
  place.x = local[0].get<float>() + 0.0F; // -0 becomes +0, as everywhere in the world
  place.y = local[1].get<float>() + 0.0F;
  place.z = local[2].get<float>() + 0.0F;
  return place;
}

std::string name_list(const auto& infos) {
  std::string names;
  for (const auto& info : infos)
    names += (names.empty() ? "" : ", ") + info.name;
  return names.empty() ? "none" : names;
}

/// One component of a spawn or set, with its value.
result<command::part> read_component(const json& name, const json& value, const schema& s,
                                     bool all) {
  component_id id = 0;
  const auto* info = name.is_string() ? s.find_component(name.get<std::string>(), &id) : nullptr;
  if (info == nullptr)
    return refuse("component: found " + show(name) + "; the game has " + name_list(s.components));
  if (id == position_component)
    return refuse("component position takes no value: give its place as cell and local");
  auto read = read_fields(value, info->name, info->fields, info->size, all);
  if (!read)
    return tl::unexpected(read.error());
  return command::part{id, read->fields, std::move(read->bytes)};
}

result<void> read_spawn(const json& line, const schema& s, command& c) {
  if (line.contains("value") && !line.contains("component"))
    return refuse("found value without component");
  json given = line.value("components", json::object());
  if (!given.is_object())
    return refuse("components: found " + show(given) + "; allowed: an object, {name: value, ...}");
  if (line.contains("component")) {
    if (!line["component"].is_string() || given.contains(line["component"].get<std::string>()))
      return refuse("component: found " + show(line["component"]) +
                    "; allowed: the name of a component not also in components");
    given[line["component"].get<std::string>()] = line.value("value", json::object());
  }
  for (const auto& [name, value] : given.items()) {
    auto part = read_component(name, value, s, true);
    if (!part)
      return tl::unexpected(part.error());
    c.parts.push_back(std::move(*part));
  }
  std::sort(c.parts.begin(), c.parts.end(),
            [](const auto& l, const auto& r) { return l.type < r.type; });
  return {};
}

result<void> read_set(const json& line, const schema& s, command& c) {
  if (line["component"] == "position") {
    if (line.contains("value"))
      return refuse("component position takes no value: give its place as cell and local");
    auto place = read_place(line);
    if (!place)
      return tl::unexpected(place.error());
    c.place = *place;
    c.parts.push_back({position_component, 0, {}});
    return {};
  }
  if (line.contains("cell") || line.contains("local"))
    return refuse("cell and local belong to component position; found component " +
                  show(line["component"]));
  auto part = read_component(line["component"], line.value("value", json::object()), s, false);
  if (!part)
    return tl::unexpected(part.error());
  if (part->fields == 0)
    return refuse("value: found no field to set; give at least one");
  c.parts.push_back(std::move(*part));
  return {};
}

result<void> read_get(const json& line, const schema& s, command& c) {
  component_id id = 0;
  const json& name = line["component"];
  if (!name.is_string() || s.find_component(name.get<std::string>(), &id) == nullptr)
    return refuse("component: found " + show(name) + "; the game has " + name_list(s.components));
  c.parts.push_back({id, ~std::uint64_t{0}, {}});
  return {};
}

result<void> read_event(const json& line, const schema& s, command& c) {
  std::uint16_t id = 0;
  const json& name = line["component"];
  const auto* info = name.is_string() ? s.find_event(name.get<std::string>(), &id) : nullptr;
  if (info == nullptr)
    return refuse("component: found " + show(name) + "; the game's events are " +
                  name_list(s.events));
  auto read =
    read_fields(line.value("value", json::object()), info->name, info->fields, info->size, true);
  if (!read)
    return tl::unexpected(read.error());
  c.parts.push_back({id, read->fields, std::move(read->bytes)});
  return {};
}

result<void> read_head(const json& line, parsed_command& out) {
  auto session = read_whole(line["session"], "session");
  if (!session)
    return tl::unexpected(session.error());
  auto sequence = read_whole(line["seq"], "seq");
  if (!sequence)
    return tl::unexpected(sequence.error());
  if (*sequence == 0)
    return refuse("seq: found 0; allowed: numbers from 1 on, rising within a session");
  out.what.session = *session;
  out.what.sequence = *sequence;
  if (!line.contains("tick"))
    return {};
  auto tick = read_whole(line["tick"], "tick");
  if (!tick)
    return tl::unexpected(tick.error());
  out.what.tick = *tick;
  out.has_tick = true;
  return {};
}

result<void> read_operation(const json& line, const world_setup& setup, const operation& op,
                            command& c) {
  c.op = op.op;
  if (line.contains("target")) {
    const json& target = line["target"];
    auto id = target.is_string() ? parse_entity_id(target.get_ref<const std::string&>())
                                 : std::optional<entity_id>{};
    if (!id)
      return refuse("target: found " + show(target) +
                    "; allowed: an entity id, text of 16 hex digits");
    c.target = *id;
  }
  if (op.op == command_op::spawn || op.op == command_op::teleport) {
    auto place = read_place(line);
    if (!place)
      return tl::unexpected(place.error());
    c.place = *place;
  }
  if (line.contains("in")) {
    auto expected = read_cell(line["in"], "in");
    if (!expected)
      return tl::unexpected(expected.error());
    c.expected = *expected;
  }
  switch (op.op) {
    case command_op::spawn: return read_spawn(line, *setup.game, c);
    case command_op::set: return read_set(line, *setup.game, c);
    case command_op::event: return read_event(line, *setup.game, c);
    case command_op::get: return read_get(line, *setup.game, c);
    case command_op::despawn:
    case command_op::teleport: break;
  }
  return {};
}

} // namespace

result<parsed_command> parse_command(std::string_view text, const world_setup& setup) {
  auto line = parse_json(text);
  if (!line)
    return tl::unexpected(line.error());
  auto op = operation_of(*line);
  if (!op)
    return tl::unexpected(op.error());
  parsed_command out;
  result<void> ok = check_keys(*line, **op);
  if (ok)
    ok = read_head(*line, out);
  if (ok)
    ok = read_operation(*line, setup, **op, out.what);
  if (ok)
    ok = check_command(setup, out.what);
  if (!ok)
    return tl::unexpected(ok.error());
  return out;
}

result<std::vector<command>> read_command_file(const std::filesystem::path& path,
                                               const world_setup& setup) {
  std::error_code ec;
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path, ec))
    return refuse(path.string() + ": cannot be read; --commands takes a file of JSON lines, or -");
  std::vector<command> commands;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos)
      continue;
    const std::string at = path.string() + ":" + std::to_string(number) + ": ";
    auto parsed = parse_command(line, setup);
    if (!parsed)
      return refuse(at + parsed.error().message);
    if (!parsed->has_tick)
      return refuse(at +
                    "key \"tick\" is missing; only commands from standard input may leave it out");
    commands.push_back(std::move(parsed->what));
  }
  return commands;
}

} // namespace tessera
