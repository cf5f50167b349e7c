#include "sdk/world_file_keys.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>
#include <vector>

namespace tessera {

namespace world_file {

namespace {

// The extent comes before the rectangles, which are checked against it.
constexpr std::array<world_file_key, key_count> keys = {{
  {"name", "text of 1 to 64 printable ASCII characters", "required", "-",
   "Names the world in reports."},
  {"game",
   "the name of a built-in game (lower-case letters, digits and _), or the path of a module ending "
   "in .so, relative to the world file",
   "required", "-", "The game that is played."},
  {"seed",
   "a whole number from 0 to 18446744073709551615; above 9223372036854775807, where TOML's "
   "integers end, as text in decimal or in hexadecimal after 0x",
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
  {"models",
   "a table of at most 12 kinds of bodies, as the game names them = paths of glTF 2.0 files ending "
   "in .glb or .gltf, relative to the world file",
   "none", "-",
   "Shapes of bodies in pictures and in the window, in place of the game's; what happens in the "
   "world does not depend on it."},
  {"persistence.durability", "\"sync\", \"interval\" or \"none\"", "\"sync\"", "-",
   "What an acknowledged command survives. sync: a command is acknowledged once it is on the disk, "
   "so power loss takes nothing that was acknowledged. interval: commands are acknowledged when "
   "they have applied and are written to the disk every flush_interval_ms, so power loss takes at "
   "most that much. none: nothing waits for the disk, so a crash of the program loses nothing that "
   "reached the system, but power loss may take anything since the last checkpoint."},
  {"persistence.flush_interval_ms", "a whole number from 1 to 60000", "100", "ms",
   "Longest time between two flush rounds; under sync an idle world still writes a round so "
   "often."},
  {"persistence.recovery_target_s", "a number from 1 to 3600", "5", "s",
   "Time that recovery may take; checkpoints come as often as the measured tick cost asks for "
   "that."},
  {"persistence.retention", "a whole number from 0 to 1000000000", "0", "ticks",
   "How much history, in ticks before the older of the two kept checkpoints, is kept for replay; 0 "
   "keeps none beyond what recovery needs."},
  {"persistence.border_log", "true or false", "true", "-",
   "Packets between shards are logged too, unsynced, so that one shard can be replayed alone."},
  {"persistence.directory", "the path of a directory, relative to the world file", "none", "-",
   "Where the world is kept; without it the world is in memory only, unless --data is given."},
}};

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

} // namespace

std::optional<std::size_t> find_key(std::string_view key) {
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i].key == key)
      return i;
  return std::nullopt;
}

std::string_view allowed(std::string_view key) {
  return keys[*find_key(key)].allowed;
}

bool is_table_of_keys(std::string_view name) {
  return std::any_of(keys.begin(), keys.end(), [&](const auto& k) {
    return k.key.starts_with(name) && k.key.substr(name.size()).starts_with('.');
  });
}

near_key nearest_key(std::string_view unknown) {
  near_key nearest{keys[0].key, edit_distance(unknown, keys[0].key)};
  for (const auto& known : keys) {
    const std::string_view key = known.key;
    std::size_t distance = edit_distance(unknown, key);
    // A key of a table may be given without its table.
    const auto dot = key.find('.');
    if (dot != std::string_view::npos && unknown.find('.') == std::string_view::npos)
      distance = std::min(distance, edit_distance(unknown, key.substr(dot + 1)));
    if (distance < nearest.distance)
      nearest = {key, distance};
  }
  return nearest;
}

} // namespace world_file

std::span<const world_file_key> world_file_keys() {
  return world_file::keys;
}

std::string_view name_of(durability_mode mode) {
  switch (mode) {
    case durability_mode::sync: return "sync";
    case durability_mode::interval: return "interval";
    case durability_mode::none: return "none";
  }
  return "none";
}

} // namespace tessera
