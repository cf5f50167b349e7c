#include "sdk/world_file_setters.hpp"

#include "core/limits.hpp"
#include "sdk/world_file_keys.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

namespace tessera::world_file {

namespace {

constexpr std::size_t most_models = 12; // as the key's words say

// A setter per key: true if the value is allowed, else nothing has changed.

bool set_name(world_config& config, const toml::value& value) {
  const auto text = text_of(value, 64);
  if (!text || std::any_of(text->begin(), text->end(), [](unsigned char c) { return c > 126; }))
    return false;
  config.name = *text;
  return true;
}

bool set_game(world_config& config, const toml::value& value) {
  const auto text = text_of(value, 4096);
  if (!text || (!text->ends_with(".so") && !is_identifier(*text)))
    return false;
  config.game = *text;
  return true;
}

bool set_seed(world_config& config, const toml::value& value) {
  std::optional<std::uint64_t> seed;
  if (value.is_string()) {
    const std::string_view text = value.as_string().str;
    seed = text.starts_with("0x") ? parse_digits<std::uint64_t>(text.substr(2), 16)
                                  : parse_digits<std::uint64_t>(text);
  } else if (const auto whole = whole_number(value, 0, std::numeric_limits<std::int64_t>::max())) {
    seed = static_cast<std::uint64_t>(*whole);
  }
  if (!seed)
    return false;
  config.seed = *seed;
  return true;
}

bool set_tick_rate(world_config& config, const toml::value& value) {
  const auto rate = whole_number(value, 1, 1000);
  if (rate)
    config.tick_rate_hz = static_cast<std::uint32_t>(*rate);
  return rate.has_value();
}

bool set_cell_size(world_config& config, const toml::value& value) {
  const double size = value.is_integer()    ? static_cast<double>(value.as_integer())
                      : value.is_floating() ? value.as_floating()
                                            : 0;
  for (int power = 8; power <= 1024; power *= 2) {
    if (size == power) {
      config.cell_size_m = static_cast<float>(power);
      return true;
    }
  }
  return false;
}

bool set_extent(world_config& config, const toml::value& value) {
  if (!value.is_array() || value.as_array().size() != 2)
    return false;
  const auto east =
    whole_number(value.as_array()[0], limits::min_shard_cells, limits::cells_per_axis);
  const auto south =
    whole_number(value.as_array()[1], limits::min_shard_cells, limits::cells_per_axis);
  if (!east || !south)
    return false;
  config.extent_x = static_cast<int>(*east);
  config.extent_z = static_cast<int>(*south);
  return true;
}

bool set_terrain(world_config& config, const toml::value& value) {
  const auto text = text_of(value, 4096);
  if (text)
    config.terrain = config.path.parent_path() / *text;
  return text.has_value();
}

bool set_shards(world_config& config, const toml::value& value) {
  const auto text = text_of(value, 64);
  const auto layout = text ? parse_layout(*text) : result<layout_spec>(refuse(""));
  if (layout)
    config.shards = *layout;
  return layout.has_value();
}

/// One table [[shard]]: exactly the four keys, inside the extent. The extent is set before.
std::optional<cell_rect> rectangle(const world_config& config, const toml::value& value) {
  if (!value.is_table() || value.as_table().size() != 4)
    return std::nullopt;
  const auto& table = value.as_table();
  auto number = [&](const char* key, std::int64_t least) -> std::optional<int> {
    const auto found = table.find(key);
    if (found == table.end())
      return std::nullopt;
    const auto whole = whole_number(found->second, least, limits::cells_per_axis);
    return whole ? std::optional(static_cast<int>(*whole)) : std::nullopt;
  };
  const auto x = number("x", 0);
  const auto z = number("z", 0);
  const auto width = number("width", limits::min_shard_cells);
  const auto depth = number("depth", limits::min_shard_cells);
  if (!x || !z || !width || !depth)
    return std::nullopt;
  const cell_rect r{*x, *z, *x + *width, *z + *depth};
  if (r.x1 > config.extent_x || r.z1 > config.extent_z)
    return std::nullopt;
  return r;
}

bool set_rectangles(world_config& config, const toml::value& value) {
  if (!value.is_array() || value.as_array().empty() || value.as_array().size() > limits::shards)
    return false;
  layout_spec spec;
  for (const auto& table : value.as_array()) {
    const auto r = rectangle(config, table);
    if (!r)
      return false;
    spec.rectangles.push_back(*r);
  }
  config.shards = std::move(spec);
  return true;
}

bool set_workers(world_config& config, const toml::value& value) {
  const auto workers = whole_number(value, 0, 1024);
  if (workers)
    config.workers = static_cast<unsigned>(*workers);
  return workers.has_value();
}

bool set_parameters(world_config& config, const toml::value& value) {
  if (!value.is_table())
    return false;
  std::map<std::string, double> parameters;
  for (const auto& [name, entry] : value.as_table()) {
    const auto number = parameter(entry);
    if (!number || !is_identifier(name))
      return false;
    parameters[name] = *number;
  }
  config.parameters = std::move(parameters);
  return true;
}

/// A kind's name: it comes back in messages and in kept text.
bool is_kind_name(const std::string& name) {
  return text_of(toml::value(name), 64).has_value();
}

/// The path of a model, as written.
std::optional<std::string> model_file(const toml::value& value) {
  auto text = text_of(value, 4096);
  return text && (text->ends_with(".glb") || text->ends_with(".gltf")) ? text : std::nullopt;
}

bool set_models(world_config& config, const toml::value& value) {
  if (!value.is_table() || value.as_table().size() > most_models)
    return false;
  std::map<std::string, std::string> models;
  for (const auto& [kind, entry] : value.as_table()) {
    const auto file = model_file(entry);
    if (!file || !is_kind_name(kind))
      return false;
    models[kind] = *file;
  }
  config.models = std::move(models);
  return true;
}

bool set_durability(world_config& config, const toml::value& value) {
  for (const auto mode : {durability_mode::sync, durability_mode::interval, durability_mode::none})
    if (value.is_string() && value.as_string().str == name_of(mode)) {
      config.persistence.durability = mode;
      return true;
    }
  return false;
}

bool set_flush_interval(world_config& config, const toml::value& value) {
  const auto interval = whole_number(value, 1, 60000);
  if (interval)
    config.persistence.flush_interval_ms = static_cast<std::uint32_t>(*interval);
  return interval.has_value();
}

bool set_recovery_target(world_config& config, const toml::value& value) {
  const auto target = number(value);
  if (!target || *target < 1 || *target > 3600)
    return false;
  config.persistence.recovery_target_s = *target;
  return true;
}

bool set_retention(world_config& config, const toml::value& value) {
  const auto ticks = whole_number(value, 0, 1000000000);
  if (ticks)
    config.persistence.retention = static_cast<std::uint64_t>(*ticks);
  return ticks.has_value();
}

bool set_border_log(world_config& config, const toml::value& value) {
  if (value.is_boolean())
    config.persistence.border_log = value.as_boolean();
  return value.is_boolean();
}

bool set_directory(world_config& config, const toml::value& value) {
  const auto text = text_of(value, 4096);
  if (text)
    config.persistence.directory = *text;
  return text.has_value();
}

struct key_behaviour {
  bool (*set)(world_config&, const toml::value&);
  bool plain_on_command_line; ///< --set takes what follows = as text, without quotes
};

// In the order of world_file_keys().
constexpr std::array<key_behaviour, key_count> behaviours = {{
  {set_name, true},
  {set_game, true},
  {set_seed, true},
  {set_tick_rate, false},
  {set_cell_size, false},
  {set_extent, false},
  {set_terrain, true},
  {set_shards, true},
  {set_rectangles, false},
  {set_workers, false},
  {set_parameters, false},
  {set_models, false},
  {set_durability, true},
  {set_flush_interval, false},
  {set_recovery_target, false},
  {set_retention, false},
  {set_border_log, false},
  {set_directory, true},
}};

/// The part of a refused value that is to blame: a bad parameter or rectangle inside a table or
/// array, with its name.
struct culprit {
  const toml::value* value;
  std::string name;
};

culprit find_culprit(const world_config& config, std::string_view key, const toml::value& value) {
  culprit out{&value, std::string(key)};
  if (key == "parameters" && value.is_table()) {
    for (const auto& [name, entry] : value.as_table())
      if (!parameter(entry) || !is_identifier(name))
        if (out.value == &value || entry.location().line() < out.value->location().line())
          out = {&entry, "parameters." + name};
  } else if (key == "models" && value.is_table() && value.as_table().size() <= most_models) {
    for (const auto& [kind, entry] : value.as_table())
      if (!model_file(entry) || !is_kind_name(kind))
        if (out.value == &value || entry.location().line() < out.value->location().line())
          out = {&entry, "models." + (is_kind_name(kind) ? kind : show(toml::value(kind)))};
  } else if (key == "shard" && value.is_array() && value.as_array().size() <= limits::shards) {
    for (std::size_t i = 0; i < value.as_array().size(); ++i)
      if (!rectangle(config, value.as_array()[i]))
        return {&value.as_array()[i], "shard number " + std::to_string(i)};
  } else if (key == "extent" && value.is_array() && value.as_array().size() == 2) {
    for (std::size_t i = 0; i < 2; ++i)
      if (!whole_number(value.as_array()[i], limits::min_shard_cells, limits::cells_per_axis))
        return {&value.as_array()[i], i == 0 ? "extent east" : "extent south"};
  }
  return out;
}

/// A rectangle's numbers, for messages.
std::string show_part(const toml::value& value) {
  if (!value.is_table())
    return show(value);
  std::map<std::string, std::string> sorted;
  for (const auto& [key, entry] : value.as_table())
    sorted[key] = show(entry);
  std::string out = "{ ";
  for (const auto& [key, text] : sorted)
    out += key + " = " + text + " ";
  return out + "}";
}

} // namespace

std::string place(const std::filesystem::path& path, const toml::value& value) {
  return path.string() + ":" + std::to_string(value.location().line());
}

bool is_plain_on_command_line(std::size_t key) {
  return behaviours[key].plain_on_command_line;
}

result<void> set(world_config& config, std::size_t key, const toml::value& value,
                 const std::string* where) {
  if (behaviours[key].set(config, value))
    return {};
  const world_file_key& known = world_file_keys()[key];
  const culprit blame = find_culprit(config, known.key, value);
  const std::string found = blame.value == &value ? show(value) : show_part(*blame.value);
  std::string fits;
  if (known.key == "shard")
    fits = " (" + std::to_string(config.extent_x) + " x " + std::to_string(config.extent_z) + ")";
  const std::string at =
    where != nullptr ? *where : place(config.path, *blame.value) + ": " + blame.name;
  return refuse(at + ": found " + found + "; allowed: " + std::string(known.allowed) + fits);
}

} // namespace tessera::world_file
