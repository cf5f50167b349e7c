#include "sdk/world_file.hpp"

#include "core/limits.hpp"
#include "shards/layout.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <limits>
#include <numeric>
#include <sstream>
#include <utility>

#include <toml.hpp>

namespace tessera {

namespace {

/// A world file is a page; a layout of 16384 rectangles is about 1 MiB.
constexpr std::size_t most_bytes = std::size_t{1} << 22;
/// toml11 descends by recursion: nesting is bounded before it reads.
constexpr int most_nesting = 64;
/// Largest whole number up to which every one is a double.
constexpr std::int64_t most_exact = std::int64_t{1} << 53;

tl::unexpected<error> refuse(std::string message) {
  return fail(error_code::bad_world_file, std::move(message));
}

// --- values --------------------------------------------------------------------------------------

/// toml11 gives the largest integer for any that is larger, so those are looked up in the text.
bool is_cut_off(const toml::value& value) {
  if (!value.is_integer())
    return false;
  const auto x = value.as_integer();
  if (x != std::numeric_limits<std::int64_t>::max() &&
      x != std::numeric_limits<std::int64_t>::min())
    return false;
  std::string line = value.location().line_str();
  std::erase(line, '_');
  for (const char* exact :
       {"9223372036854775807", "-9223372036854775808", "7fffffffffffffff", "7FFFFFFFFFFFFFFF"})
    if (line.find(exact) != std::string::npos)
      return false;
  return true;
}

/// A value as a message shows it: one line, not long, printable.
std::string show(const toml::value& value) {
  std::ostringstream out;
  if (is_cut_off(value))
    out << "a whole number beyond 64 bits";
  else if (value.is_string())
    out << '"' << value.as_string().str << '"';
  else if (value.is_table())
    out << "a table";
  else if (value.is_array())
    out << "an array of " << value.as_array().size();
  else
    out << value;
  std::string text = out.str();
  constexpr std::size_t most = 80;
  if (text.size() > most)
    text = text.substr(0, most) + "...";
  std::replace_if(
    text.begin(), text.end(), [](unsigned char c) { return c < 32 || c == 127; }, '?');
  return text;
}

std::optional<std::int64_t> whole_number(const toml::value& value, std::int64_t least,
                                         std::int64_t most) {
  if (!value.is_integer() || is_cut_off(value) || value.as_integer() < least ||
      value.as_integer() > most)
    return std::nullopt;
  return value.as_integer();
}

std::optional<std::string> text_of(const toml::value& value, std::size_t most) {
  if (!value.is_string())
    return std::nullopt;
  const std::string& text = value.as_string().str;
  const bool printable =
    std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 32 && c != 127; });
  if (text.empty() || text.size() > most || !printable)
    return std::nullopt;
  return text;
}

bool is_identifier(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

template <class T>
std::optional<T> parse_digits(std::string_view text, int base = 10) {
  T out{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (ec != std::errc{} || end != text.data() + text.size() || text.empty() || text[0] == '-')
    return std::nullopt;
  return out;
}

std::optional<double> parameter(const toml::value& value) {
  if (value.is_boolean())
    return value.as_boolean() ? 1.0 : 0.0;
  if (value.is_floating() && std::isfinite(value.as_floating()))
    return value.as_floating();
  if (const auto whole = whole_number(value, -most_exact, most_exact))
    return static_cast<double>(*whole);
  return std::nullopt;
}

// --- one setter per key: true if the value is allowed --------------------------------------------

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

// --- the table -----------------------------------------------------------------------------------

// The extent comes before the rectangles, which are checked against it.
constexpr std::array<world_file_key, 11> keys = {{
  {"name", "text of 1 to 64 printable ASCII characters", "required", "-",
   "Names the world in reports."},
  {"game",
   "the name of a built-in game (lower-case letters, digits and _), or the path of a module ending "
   "in "
   ".so, relative to the world file",
   "required", "-", "The game that is played."},
  {"seed",
   "a whole number from 0 to 18446744073709551615; above 9223372036854775807, where TOML's "
   "integers "
   "end, as text in decimal or in hexadecimal after 0x",
   "1", "-", "Where all random numbers start."},
  {"tick_rate_hz", "a whole number from 1 to 1000", "20", "Hz", "Ticks per second of world time."},
  {"cell_size_m", "a power of two from 8 to 1024", "64", "m",
   "Side of a cell; no entity crosses more than one cell in a tick, and no system looks further."},
  {"extent", "[east, south], each a whole number from 2 to 65536", "required", "cells",
   "Size of the world, east and south; ground beyond the terrain's edge goes on at the edge's "
   "height."},
  {"terrain", "the path of a terrain's TOML file, relative to the world file", "none", "-",
   "Describes the ground; without it the ground is flat, at height 0."},
  {"shards",
   "\"RxC\", R rows from north to south by C columns from west to east, at most 16384 shards of at "
   "least 2 x 2 cells",
   "\"1x1\"", "-", "Cuts the world into a grid of shards; the world hash does not depend on it."},
  {"shard",
   "tables [[shard]] instead of shards, each with the whole numbers x, z, width and depth, at most "
   "16384 of at least 2 x 2 cells, that hold every cell of the extent exactly once",
   "none", "cells", "Cuts the world into rectangles, which number the shards in their order."},
  {"workers", "a whole number from 0 to 1024", "0", "-",
   "Threads that run shards, 0 for one per core; the world hash does not depend on it."},
  {"parameters",
   "a table of names (lower-case letters, digits and _) = finite numbers, whole ones to "
   "9007199254740992, or true and false, which count as 1 and 0",
   "none", "-", "The game's own settings; the game says which it knows."},
}};

struct key_behaviour {
  bool (*set)(world_config&, const toml::value&);
  bool plain_on_command_line; ///< --set takes what follows = as text, without quotes
};

constexpr std::array<key_behaviour, keys.size()> behaviours = {{
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
}};

std::optional<std::size_t> find_key(std::string_view key) {
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i].key == key)
      return i;
  return std::nullopt;
}

/// Levenshtein: insertions, removals and replacements that turn one into the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string_view nearest_key(std::string_view unknown) {
  return std::min_element(keys.begin(), keys.end(),
                          [&](const auto& a, const auto& b) {
                            return edit_distance(unknown, a.key) < edit_distance(unknown, b.key);
                          })
    ->key;
}

// --- the file ------------------------------------------------------------------------------------

std::string place(const std::filesystem::path& path, const toml::value& value) {
  return path.string() + ":" + std::to_string(value.location().line());
}

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

/// `where` is the place that a message names; null for the line in the file.
result<void> set(world_config& config, std::size_t key, const toml::value& value,
                 const std::string* where) {
  if (behaviours[key].set(config, value))
    return {};
  const culprit blame = find_culprit(config, keys[key].key, value);
  const std::string found = blame.value == &value ? show(value) : show_part(*blame.value);
  std::string fits;
  if (keys[key].key == "shard")
    fits = " (" + std::to_string(config.extent_x) + " x " + std::to_string(config.extent_z) + ")";
  const std::string at =
    where != nullptr ? *where : place(config.path, *blame.value) + ": " + blame.name;
  return refuse(at + ": found " + found + "; allowed: " + std::string(keys[key].allowed) + fits);
}

bool nests_too_deep(std::string_view text) {
  int depth = 0;
  for (char c : text) {
    depth += c == '[' || c == '{' ? 1 : 0;
    depth -= (c == ']' || c == '}') && depth > 0 ? 1 : 0;
    if (depth > most_nesting)
      return true;
  }
  return false;
}

/// "[error] toml::parse_x: what is wrong" and a drawing, of which the words are taken.
std::string first_line(const std::string& what) {
  std::string line = what.substr(0, what.find('\n'));
  for (const std::string prefix : {"[error] ", "toml::"})
    if (line.starts_with(prefix))
      line.erase(0, prefix.size());
  return line;
}

result<toml::value> parse_toml(std::string_view text, const std::string& name) {
  if (nests_too_deep(text))
    return refuse(name + ":1: not TOML that is read here: found brackets nested deeper than " +
                  std::to_string(most_nesting) + "; allowed: up to " +
                  std::to_string(most_nesting));
  std::istringstream stream{std::string(text)};
  try {
    return toml::parse(stream, name);
  } catch (const toml::exception& e) {
    return refuse(name + ":" + std::to_string(e.location().line()) + ": not TOML: found " +
                  first_line(e.what()) + "; allowed: TOML 1.0, key = value");
  } catch (const std::exception& e) {
    return refuse(name + ":1: not TOML: found " + first_line(e.what()) +
                  "; allowed: TOML 1.0, key = value");
  }
}

result<void> refuse_unknown_keys(const toml::value& table, const std::filesystem::path& path) {
  const std::pair<const toml::key, toml::value>* first = nullptr;
  for (const auto& entry : table.as_table()) {
    if (find_key(entry.first))
      continue;
    if (first == nullptr || entry.second.location().line() < first->second.location().line())
      first = &entry;
  }
  if (first == nullptr)
    return {};
  return refuse(place(path, first->second) + ": " + first->first +
                ": found an unknown key; allowed: the keys of the manual, of which " +
                std::string(nearest_key(first->first)) + " is the nearest");
}

} // namespace

std::span<const world_file_key> world_file_keys() {
  return keys;
}

result<layout_spec> parse_layout(std::string_view text) {
  const auto cross = text.find('x');
  std::optional<int> rows;
  std::optional<int> columns;
  if (cross != std::string_view::npos) {
    rows = parse_digits<int>(text.substr(0, cross));
    columns = parse_digits<int>(text.substr(cross + 1));
  }
  if (!rows || !columns || *rows < 1 || *columns < 1 ||
      std::int64_t{*rows} * *columns > std::int64_t{limits::shards})
    return refuse("shards: found \"" + std::string(text.substr(0, 80)) +
                  "\"; allowed: " + std::string(keys[*find_key("shards")].allowed));
  return layout_spec{*rows, *columns, {}};
}

result<void> check_layout(const layout_spec& layout, int extent_x, int extent_z) {
  const std::string world = std::to_string(extent_x) + " x " + std::to_string(extent_z) + " cells";
  if (layout.rectangles.empty()) {
    const int most_rows = extent_z / limits::min_shard_cells;
    const int most_columns = extent_x / limits::min_shard_cells;
    if (layout.rows >= 1 && layout.columns >= 1 && layout.rows <= most_rows &&
        layout.columns <= most_columns &&
        std::int64_t{layout.rows} * layout.columns <= std::int64_t{limits::shards})
      return {};
    return refuse("found \"" + std::to_string(layout.rows) + "x" + std::to_string(layout.columns) +
                  "\" for a world of " + world + "; allowed: at most " + std::to_string(most_rows) +
                  " rows and " + std::to_string(most_columns) +
                  " columns, 16384 shards in all, so " + "that no shard is below 2 x 2 cells");
  }
  const auto cut = tessera::layout::rectangles({0, 0, extent_x, extent_z}, layout.rectangles);
  if (!cut)
    return refuse("found rectangles that do not fit a world of " + world + ": " +
                  cut.error().message +
                  "; allowed: " + std::string(keys[*find_key("shard")].allowed));
  return {};
}

result<world_config> parse_world_file(std::string_view text, const std::filesystem::path& path) {
  const auto table = parse_toml(text, path.string());
  if (!table)
    return tl::unexpected(table.error());
  if (auto known = refuse_unknown_keys(*table, path); !known)
    return tl::unexpected(known.error());

  world_config config;
  config.path = path;
  const toml::value* cut = nullptr;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto found = table->as_table().find(std::string(keys[i].key));
    if (found == table->as_table().end()) {
      if (keys[i].default_value == "required")
        return refuse(
          path.string() + ":1: " + std::string(keys[i].key) +
          ": found nothing, the key is missing; allowed: " + std::string(keys[i].allowed));
      continue;
    }
    if (auto ok = set(config, i, found->second, nullptr); !ok)
      return tl::unexpected(ok.error());
    if (keys[i].key == "shard" || keys[i].key == "shards") {
      if (cut != nullptr)
        return refuse(place(path, found->second) +
                      ": shard: found beside shards; allowed: one of the two");
      cut = &found->second;
    }
  }
  if (auto fits = check_layout(config.shards, config.extent_x, config.extent_z); !fits)
    return refuse((cut != nullptr ? place(path, *cut) : path.string() + ":1") +
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

} // namespace

result<void> apply_override(world_config& config, std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0)
    return refuse("--set: found \"" + std::string(assignment.substr(0, 80)) +
                  "\"; allowed: key=value");
  std::string name(assignment.substr(0, equals));
  const std::string_view text = assignment.substr(equals + 1);
  const std::string where = "--set " + name;
  const auto key = find_key(name);
  if (!key) {
    const bool dotted = name.starts_with("parameters.");
    if (dotted)
      name.erase(0, std::string_view("parameters.").size());
    const auto nearest = nearest_key(name);
    if (!dotted && !config.parameters.contains(name) &&
        edit_distance(name, nearest) <= std::max<std::size_t>(2, name.size() / 3))
      return refuse(where + ": found an unknown key; allowed: " + std::string(nearest) +
                    ", or parameters." + name + " for a parameter of the game");
    return override_parameter(config, name, text, where);
  }
  if (keys[*key].key == "shard" || keys[*key].key == "parameters")
    return refuse(where + ": found a key that holds tables; allowed: " +
                  (keys[*key].key == "shard" ? "shards=RxC" : "parameters.NAME=number"));
  const auto value =
    override_value(text, behaviours[*key].plain_on_command_line, where, keys[*key].allowed);
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
