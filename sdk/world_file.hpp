// The world file: what a world is, in TOML. docs/manual/world-file.md is its manual.
//
// Always true of a world_config that came out of here: every value is within the bounds that its
// comment names, and the layout gives every cell of the extent to exactly one shard of at least 2 x
// 2 cells.
//
// The comment on a member is its key's words and what is allowed, from world_file_keys(); so are
// the messages and the manual's table. A test holds them together.
#pragma once

#include "core/cell.hpp"
#include "core/error.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera {

/// How the world is cut: a grid, or rectangles where there are any.
struct layout_spec {
  int rows = 0;                      ///< from north to south; 0 with rectangles
  int columns = 0;                   ///< from west to east; 0 with rectangles
  std::vector<cell_rect> rectangles; ///< in the order of the file, which numbers the shards
  bool operator==(const layout_spec&) const = default;
};

/// What an acknowledged command survives; `persistence.durability` says it of each.
enum class durability_mode { sync, interval, none };

/// As in the world file.
std::string_view name_of(durability_mode mode);

/// How a world is kept on disk, from the table [persistence]. Nothing of it changes what happens in
/// the world.
struct persistence_spec {
  /// What an acknowledged command survives. sync: a command is acknowledged once it is on the disk,
  /// so power loss takes nothing that was acknowledged. interval: commands are acknowledged when
  /// they have applied and are written to the disk every flush_interval_ms, so power loss takes at
  /// most that much. none: nothing waits for the disk, so a crash of the program loses nothing that
  /// reached the system, but power loss may take anything since the last checkpoint. Allowed:
  /// "sync", "interval" or "none".
  durability_mode durability = durability_mode::sync;
  /// Longest time between two flush rounds; under sync an idle world still writes a round so often.
  /// Allowed: a whole number from 1 to 60000.
  std::uint32_t flush_interval_ms = 100;
  /// Time that recovery may take; checkpoints come as often as the measured tick cost asks for
  /// that. Allowed: a number from 1 to 3600.
  double recovery_target_s = 5;
  /// How much history, in ticks before the older of the two kept checkpoints, is kept for replay; 0
  /// keeps none beyond what recovery needs. Allowed: a whole number from 0 to 1000000000.
  std::uint64_t retention = 0;
  /// Packets between shards are logged too, unsynced, so that one shard can be replayed alone.
  /// Allowed: true or false.
  bool border_log = true;
  /// Where the world is kept; without it the world is in memory only, unless --data is given.
  /// Allowed: the path of a directory, relative to the world file.
  ///
  /// As written: world_config::data_path() is where it lies.
  std::optional<std::string> directory;
  bool operator==(const persistence_spec&) const = default;
};

/// One world file, checked. A plain value: copy it freely.
struct world_config {
  /// Names the world in reports. Allowed: text of 1 to 64 printable ASCII characters.
  std::string name;
  /// The game that is played. Allowed: the name of a built-in game (lower-case letters, digits and
  /// _), or the path of a module ending in .so, relative to the world file.
  std::string game;
  /// Where all random numbers start. Allowed: a whole number from 0 to 18446744073709551615; above
  /// 9223372036854775807, where TOML's integers end, as text in decimal or in hexadecimal after 0x.
  std::uint64_t seed = 1;
  /// Ticks per second of world time. Allowed: a whole number from 1 to 1000.
  std::uint32_t tick_rate_hz = 20;
  /// Side of a cell; no entity crosses more than one cell in a tick, and no system looks further.
  /// Allowed: a power of two from 8 to 1024.
  float cell_size_m = 64;
  /// Size of the world, east and south; ground beyond the terrain's edge goes on at the edge's
  /// height. Allowed: [east, south], each a whole number from 2 to 65536.
  int extent_x = 0;
  int extent_z = 0;
  /// Describes the ground; without it the ground is flat, at height 0. Allowed: the path of a
  /// terrain's TOML file, relative to the world file.
  std::optional<std::filesystem::path> terrain;
  /// Cuts the world into a grid of shards; the world hash does not depend on it. Allowed: "RxC", R
  /// rows from north to south by C columns from west to east, at most 16384 shards of at least 2 x
  /// 2 cells.
  ///
  /// `shard` in the file: Cuts the world into rectangles, which number the shards in their order.
  /// Allowed: tables [[shard]] instead of shards, each with the whole numbers x, z, width and
  /// depth, at most 16384 of at least 2 x 2 cells, that hold every cell of the extent exactly once.
  layout_spec shards = {1, 1, {}};
  /// Threads that run shards, 0 for one per core; the world hash does not depend on it. Allowed: a
  /// whole number from 0 to 1024.
  unsigned workers = 0;
  /// The game's own settings; the game says which it knows. Allowed: a table of names (lower-case
  /// letters, digits and _) = finite numbers, whole ones to 9007199254740992, or true and false,
  /// which count as 1 and 0.
  std::map<std::string, double> parameters;
  /// Shapes of bodies in pictures and in the window, in place of the game's; what happens in the
  /// world does not depend on it. Allowed: a table of at most 12 kinds of bodies, as the game names
  /// them = paths of glTF 2.0 files ending in .glb or .gltf, relative to the world file.
  ///
  /// As written: model_path() is where one lies. That the game has the kind is open_world's to see.
  std::map<std::string, std::string> models;
  /// The keys `persistence.KEY`.
  persistence_spec persistence;

  /// The world file itself; relative paths in it start beside it. `terrain` is resolved already.
  std::filesystem::path path;

  bool game_is_module() const { return game.ends_with(".so"); }
  /// Where the module lies, if the game is one.
  std::filesystem::path module_path() const { return path.parent_path() / game; }
  /// Where the model of a kind lies; `kind` is one of `models`.
  std::filesystem::path model_path(const std::string& kind) const {
    return path.parent_path() / models.at(kind);
  }
  /// Where the file says that the world is kept, if it does.
  std::optional<std::filesystem::path> data_path() const {
    return persistence.directory ? std::optional(path.parent_path() / *persistence.directory)
                                 : std::nullopt;
  }
  bool operator==(const world_config&) const = default;
};

/// A key of the world file. Validation messages, the comments above and the manual are these words.
struct world_file_key {
  std::string_view key;           ///< of the top level, or TABLE.KEY
  std::string_view allowed;       ///< type and bounds
  std::string_view default_value; ///< in TOML; "required", or "none" where absence means something
  std::string_view unit;          ///< "-" where there is none
  std::string_view words;         ///< what it is for
};

/// All keys, in the manual's order.
std::span<const world_file_key> world_file_keys();

/// Reads and checks a world file. Errors are of bad_world_file and name file, line, key, what was
/// found and what is allowed; an unknown key is an error that names the nearest known one. The
/// terrain and the module are not opened here.
result<world_config> load_world_file(const std::filesystem::path& path);

/// As load_world_file for text at hand; `path` is for messages and for relative paths.
result<world_config> parse_world_file(std::string_view text, const std::filesystem::path& path);

/// "RxC" in rows and columns, each at least 1 and at most 16384 shards in all.
result<layout_spec> parse_layout(std::string_view text);

/// Whether a layout fits a world of so many cells: no shard below 2 x 2 cells, none outside, no
/// overlap, no hole.
result<void> check_layout(const layout_spec& layout, int extent_x, int extent_z);

/// Applies one `--set key=value`, checked like the file; on error nothing has changed. The key is
/// one of world_file_keys(), `parameters.NAME`, `models.KIND`, or NAME alone for a parameter of the
/// game. The value is TOML; strings need no quotes.
result<void> apply_override(world_config& config, std::string_view assignment);

} // namespace tessera
