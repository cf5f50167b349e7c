#include "sdk/world_file.hpp"

#include "sdk/world_file_keys.hpp"
#include "sdk/world_file_setters.hpp"
#include "sdk/world_file_values.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

namespace tessera {

using namespace world_file;

namespace {

/// A world file is a page; a layout of 16384 rectangles is about 1 MiB.
constexpr std::size_t most_bytes = std::size_t{1} << 22;

/// The value of a key, looked up in its table where it has one; null if the file does not say it.
const toml::value* find_value(const toml::value& file, std::string_view key) {
  const auto& entries = file.as_table();
  const auto dot = key.find('.');
  const auto found = entries.find(std::string(key.substr(0, dot)));
  if (found == entries.end() || dot == std::string_view::npos)
    return found == entries.end() ? nullptr : &found->second;
  return find_value(found->second, key.substr(dot + 1));
}

/// A name as TOML writes it, so that a dot inside it does not look like a table's.
std::string written(const std::string& name) {
  return name.find('.') == std::string::npos ? name : '"' + name + '"';
}

struct unknown_key {
  std::string name;
  const toml::value* value;
};

/// Those of one table of the file; `prefix` is empty or "TABLE.".
void find_unknown_keys(const toml::value& table, const std::string& prefix,
                       std::vector<unknown_key>& unknown) {
  for (const auto& [name, value] : table.as_table()) {
    const bool has_dot = name.find('.') != std::string::npos;
    if (has_dot || (!find_key(prefix + name) && !is_table_of_keys(prefix + name)))
      unknown.push_back({prefix + written(name), &value});
    else if (is_table_of_keys(prefix + name) && value.is_table())
      find_unknown_keys(value, prefix + name + ".", unknown);
  }
}

result<void> refuse_unknown_keys(const toml::value& file, const std::filesystem::path& path) {
  std::vector<unknown_key> unknown;
  find_unknown_keys(file, "", unknown);
  if (unknown.empty())
    return {};
  const auto first = std::min_element(unknown.begin(), unknown.end(), [](auto& a, auto& b) {
    return a.value->location().line() < b.value->location().line();
  });
  return refuse(place(path, *first->value) + ": " + first->name +
                ": found an unknown key; allowed: the keys of the manual, of which " +
                std::string(nearest_key(first->name).key) + " is the nearest");
}

result<void> refuse_what_should_be_a_table(const toml::value& file,
                                           const std::filesystem::path& path) {
  for (const auto& [name, value] : file.as_table())
    if (is_table_of_keys(name) && !value.is_table())
      return refuse(place(path, value) + ": " + name + ": found " + show(value) +
                    "; allowed: a table [" + name + "]");
  return {};
}

/// Sets every key that the file says. Gives the value that cuts the world, null where none does.
result<const toml::value*> set_keys(world_config& config, const toml::value& file) {
  const toml::value* cut = nullptr;
  for (std::size_t i = 0; i < key_count; ++i) {
    const world_file_key& known = world_file_keys()[i];
    const toml::value* value = find_value(file, known.key);
    if (value == nullptr) {
      if (known.default_value == "required")
        return refuse(
          config.path.string() + ":1: " + std::string(known.key) +
          ": found nothing, the key is missing; allowed: " + std::string(known.allowed));
      continue;
    }
    if (auto ok = set(config, i, *value, nullptr); !ok)
      return tl::unexpected(ok.error());
    if (known.key == "shard" || known.key == "shards") {
      if (cut != nullptr)
        return refuse(place(config.path, *value) +
                      ": shard: found beside shards; allowed: one of the two");
      cut = value;
    }
  }
  return cut;
}

} // namespace

result<world_config> parse_world_file(std::string_view text, const std::filesystem::path& path) {
  const auto table = parse_toml(text, path.string());
  if (!table)
    return tl::unexpected(table.error());
  if (auto known = refuse_unknown_keys(*table, path); !known)
    return tl::unexpected(known.error());
  if (auto tables = refuse_what_should_be_a_table(*table, path); !tables)
    return tl::unexpected(tables.error());

  world_config config;
  config.path = path;
  const auto cut = set_keys(config, *table);
  if (!cut)
    return tl::unexpected(cut.error());
  if (auto fits = check_layout(config.shards, config.extent_x, config.extent_z); !fits)
    return refuse((*cut != nullptr ? place(path, **cut) : path.string() + ":1") +
                  (config.shards.rectangles.empty() ? ": shards: " : ": shard: ") +
                  fits.error().message);
  return config;
}

result<world_config> load_world_file(const std::filesystem::path& path) {
  std::error_code ec;
  const bool is_file = std::filesystem::is_regular_file(path, ec);
  const auto size = is_file ? std::filesystem::file_size(path, ec) : 0;
  if (!is_file || ec)
    return refuse(path.string() + ":1: found no such file; allowed: a world file in TOML");
  if (size > most_bytes)
    return refuse(path.string() + ":1: found " + std::to_string(size) +
                  " bytes; allowed: a world file of at most " + std::to_string(most_bytes));
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad() || text.size() != size)
    return refuse(path.string() +
                  ":1: found a file that cannot be read; allowed: a world file in TOML");
  return parse_world_file(text, path);
}

} // namespace tessera
