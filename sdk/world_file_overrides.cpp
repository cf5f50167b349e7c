// --set: one key at a time, checked as in the file. An override that is refused changes nothing.
#include "sdk/world_file_keys.hpp"
#include "sdk/world_file_setters.hpp"
#include "sdk/world_file_values.hpp"

#include <algorithm>
#include <utility>

namespace tessera {

using namespace world_file;

namespace {

/// The value of an override: text as it stands where the key takes text, TOML otherwise.
result<toml::value> override_value(std::string_view text, bool plain, const std::string& where,
                                   std::string_view allowed) {
  const bool quoted = text.starts_with('"') || text.starts_with('\'');
  if (plain && !quoted)
    return toml::value(std::string(text));
  const bool one_line =
    std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 32 || c == 127; });
  if (one_line) {
    const auto parsed = parse_toml("value = " + std::string(text), where);
    if (parsed && parsed->as_table().size() == 1)
      return parsed->as_table().at("value");
  }
  return refuse(where + ": found \"" + std::string(text.substr(0, 80)) +
                "\"; allowed: " + std::string(allowed));
}

result<void> override_parameter(world_config& config, const std::string& name,
                                std::string_view text, const std::string& where) {
  const std::string_view allowed = "NAME=a finite number, true or false";
  const auto value = override_value(text, false, where, allowed);
  if (!value)
    return tl::unexpected(value.error());
  const auto number = parameter(*value);
  if (!number || !is_identifier(name))
    return refuse(where + ": found " + name + " = " + show(*value) +
                  "; allowed: " + std::string(allowed));
  config.parameters[name] = *number;
  return {};
}

/// One model more, or another one. What is allowed is what the key's setter takes.
result<void> override_model(world_config& config, const std::string& kind, std::string_view text,
                            const std::string& where) {
  const auto key = find_key("models");
  const auto value = override_value(text, true, where, world_file_keys()[*key].allowed);
  if (!value)
    return tl::unexpected(value.error());
  toml::table all;
  for (const auto& [known, file] : config.models)
    all[known] = file;
  all[kind] = *value;
  return set(config, *key, toml::value(all), &where);
}

/// A name that is no key: a model of a kind, or a parameter of the game, unless it looks like a key.
result<void> override_unknown(world_config& config, const std::string& name, std::string_view text,
                              const std::string& where) {
  constexpr std::string_view prefix = "parameters.";
  if (name.starts_with(prefix))
    return override_parameter(config, name.substr(prefix.size()), text, where);
  constexpr std::string_view models = "models.";
  if (name.starts_with(models))
    return override_model(config, name.substr(models.size()), text, where);
  if (is_table_of_keys(name))
    return refuse(where + ": found a key that holds tables; allowed: " + name + ".KEY=value");
  const auto nearest = nearest_key(name);
  if (is_table_of_keys(name.substr(0, name.find('.'))))
    return refuse(where + ": found an unknown key; allowed: the keys of the manual, of which " +
                  std::string(nearest.key) + " is the nearest");
  if (!config.parameters.contains(name) &&
      nearest.distance <= std::max<std::size_t>(2, name.size() / 3))
    return refuse(where + ": found an unknown key; allowed: " + std::string(nearest.key) +
                  ", or parameters." + name + " for a parameter of the game");
  return override_parameter(config, name, text, where);
}

} // namespace

result<void> apply_override(world_config& config, std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0)
    return refuse("--set: found \"" + std::string(assignment.substr(0, 80)) +
                  "\"; allowed: key=value");
  const std::string name(assignment.substr(0, equals));
  const std::string_view text = assignment.substr(equals + 1);
  const std::string where = "--set " + name;
  const auto key = find_key(name);
  if (!key)
    return override_unknown(config, name, text, where);
  const world_file_key& known = world_file_keys()[*key];
  if (known.key == "shard" || known.key == "parameters" || known.key == "models")
    return refuse(where + ": found a key that holds tables; allowed: " +
                  (known.key == "shard"    ? "shards=RxC"
                   : known.key == "models" ? "models.KIND=path"
                                           : "parameters.NAME=number"));
  const auto value = override_value(text, is_plain_on_command_line(*key), where, known.allowed);
  if (!value)
    return tl::unexpected(value.error());
  world_config changed = config;
  if (auto ok = set(changed, *key, *value, &where); !ok)
    return ok;
  if (auto fits = check_layout(changed.shards, changed.extent_x, changed.extent_z); !fits)
    return refuse(where + ": " + fits.error().message);
  config = std::move(changed);
  return {};
}

} // namespace tessera
