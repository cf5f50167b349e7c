#include "sdk/world_file_text.hpp"

#include "sdk/world_file_values.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>

namespace tessera {

using world_file::toml_string;

namespace {

/// The shortest digits that read back to the same bits.
std::string number_text(double value) {
  const bool negative_zero = value == 0 && std::signbit(value);
  if (std::trunc(value) == value &&
      std::abs(value) <= static_cast<double>(world_file::most_exact) && !negative_zero)
    return std::to_string(static_cast<std::int64_t>(value));
  std::array<char, 32> digits;
  const auto [end, ec] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  std::string text(digits.data(), end);
  // Without a point it would be an integer to TOML.
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string seed_text(std::uint64_t seed) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return seed > most ? toml_string(std::to_string(seed)) : std::to_string(seed);
}

/// One key of the top level that always has a value, and how it is written.
struct plain_key {
  std::string_view key;
  std::string (*text)(const world_config&);
};

/// Keys that make a world what it is, in the manual's order.
constexpr std::array<plain_key, 6> identity = {{
  {"name", [](const world_config& c) { return toml_string(c.name); }},
  {"game", [](const world_config& c) { return toml_string(c.game); }},
  {"seed", [](const world_config& c) { return seed_text(c.seed); }},
  {"tick_rate_hz", [](const world_config& c) { return std::to_string(c.tick_rate_hz); }},
  {"cell_size_m", [](const world_config& c) { return number_text(c.cell_size_m); }},
  {"extent",
   [](const world_config& c) {
     return "[" + std::to_string(c.extent_x) + ", " + std::to_string(c.extent_z) + "]";
   }},
}};

void append(std::string& out, std::string_view key, std::string_view value) {
  out += key;
  out += " = ";
  out += value;
  out += '\n';
}

void append_persistence(std::string& out, const persistence_spec& spec) {
  out += "\n[persistence]\n";
  append(out, "durability", toml_string(name_of(spec.durability)));
  append(out, "flush_interval_ms", std::to_string(spec.flush_interval_ms));
  append(out, "recovery_target_s", number_text(spec.recovery_target_s));
  append(out, "retention", std::to_string(spec.retention));
  append(out, "border_log", spec.border_log ? "true" : "false");
  if (spec.directory)
    append(out, "directory", toml_string(*spec.directory));
}

/// Names of kinds are any text, so they are quoted.
void append_models(std::string& out, const std::map<std::string, std::string>& models) {
  if (models.empty())
    return;
  out += "\n[models]\n";
  for (const auto& [kind, file] : models)
    append(out, toml_string(kind), toml_string(file));
}

void append_rectangle(std::string& out, const cell_rect& r) {
  out += "\n[[shard]]\n";
  append(out, "x", std::to_string(r.x0));
  append(out, "z", std::to_string(r.z0));
  append(out, "width", std::to_string(r.width()));
  append(out, "depth", std::to_string(r.depth()));
}

std::string parameter_text(const world_config& config, const std::string& name) {
  const auto found = config.parameters.find(name);
  return found == config.parameters.end() ? "absent" : number_text(found->second);
}

} // namespace

std::string to_toml(const world_config& config, std::string_view terrain_name) {
  std::string out;
  for (const auto& [key, text] : identity)
    append(out, key, text(config));
  if (config.terrain)
    append(out, "terrain", toml_string(terrain_name));
  const layout_spec& cut = config.shards;
  if (cut.rectangles.empty())
    append(out, "shards",
           toml_string(std::to_string(cut.rows) + "x" + std::to_string(cut.columns)));
  append(out, "workers", std::to_string(config.workers));
  out += "\n[parameters]\n";
  for (const auto& [name, value] : config.parameters)
    append(out, name, number_text(value));
  append_models(out, config.models);
  append_persistence(out, config.persistence);
  for (const auto& rectangle : cut.rectangles)
    append_rectangle(out, rectangle);
  return out;
}

std::vector<std::string> differences(const world_config& kept, const world_config& given) {
  std::vector<std::string> lines;
  const auto compare = [&](const std::string& key, const std::string& was, const std::string& is) {
    if (was != is)
      lines.push_back(key + ": kept " + was + ", given " + is);
  };
  const bool module = kept.game_is_module() || given.game_is_module();
  for (const auto& [key, text] : identity)
    if (key != "game" || !module)
      compare(std::string(key), text(kept), text(given));
  std::set<std::string> names;
  for (const auto* parameters : {&kept.parameters, &given.parameters})
    for (const auto& [name, value] : *parameters)
      names.insert(name);
  for (const auto& name : names)
    compare("parameters." + name, parameter_text(kept, name), parameter_text(given, name));
  return lines;
}

} // namespace tessera
