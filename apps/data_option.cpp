#include "apps/data_option.hpp"

#include "games/games.hpp"
#include "sdk/world_file_text.hpp"

#include <algorithm>
#include <filesystem>

namespace tessera {

namespace {

namespace fs = std::filesystem;

constexpr const char* world_file_name = "world.toml";
constexpr std::uint64_t most_input_bytes = std::uint64_t{1} << 33;

keep_options keep_options_of(const persistence_spec& spec) {
  keep_options out;
  out.how = spec.durability == durability_mode::sync       ? durability::sync
            : spec.durability == durability_mode::interval ? durability::interval
                                                           : durability::none;
  out.flush_interval_ms = spec.flush_interval_ms;
  out.recovery_target_s = spec.recovery_target_s;
  out.retention = spec.retention;
  out.border_log = spec.border_log;
  return out;
}

std::vector<std::byte> bytes_of(const std::string& text) {
  auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

result<world_input> input_from(const std::string& name, const fs::path& path) {
  auto bytes = read_file(posix_files(), path.string(), most_input_bytes);
  if (!bytes)
    return tl::unexpected(bytes.error());
  return world_input{name, std::move(*bytes)};
}

/// The files that the directory needs to be opened without anything else.
result<std::vector<world_input>> inputs_of(const world_config& config, const opened_world& world) {
  std::vector<world_input> files;
  std::string terrain_name;
  if (config.terrain) {
    terrain_name = config.terrain->filename().string();
    for (const auto& path : {*config.terrain, world.setup->ground->image()}) {
      auto file = input_from(path.filename().string(), path);
      if (!file)
        return tl::unexpected(file.error());
      files.push_back(std::move(*file));
    }
  }
  world_config alone = config;
  alone.persistence.directory.reset(); // it is where it is, wherever it is moved to
  alone.models.clear();                // looks are no part of a kept world
  if (config.game_is_module())
    alone.game = fs::absolute(config.module_path()).string();
  files.push_back({world_file_name, bytes_of(to_toml(alone, terrain_name))});
  return files;
}

/// What makes the kept world another one than the one that is asked for; empty if nothing does.
std::string reasons_against(const world_config& kept, const opened_world& kept_world_,
                            const world_config& given, const opened_world& given_world) {
  std::string out;
  for (const auto& line : differences(kept, given))
    out += "\n  " + line;
  auto print = [](const opened_world& w) {
    return w.setup->ground ? w.setup->ground->fingerprint() : 0;
  };
  if (print(kept_world_) != print(given_world))
    out += "\n  terrain: its samples differ";
  if (std::string(kept_world_.game->name) != std::string(given_world.game->name))
    out += "\n  game: kept " + std::string(kept_world_.game->name) + ", given " +
           std::string(given_world.game->name);
  return out;
}

result<chosen_world> make_kept(world_config config, const std::string& directory) {
  chosen_world out;
  auto world = open_world(config, built_in_games());
  if (!world)
    return tl::unexpected(world.error());
  auto files = inputs_of(config, *world);
  if (!files)
    return tl::unexpected(files.error());
  auto keep = kept_world::create(posix_files(), directory, *files, *world->setup, *world->cut,
                                 keep_options_of(config.persistence));
  if (!keep)
    return tl::unexpected(keep.error());
  out.config = std::move(config);
  out.world = std::move(*world);
  out.directory = directory;
  out.keep = std::move(*keep);
  return out;
}

/// The kept configuration, with the layout, workers and [persistence] that are asked for.
result<world_config> merged(const world_options& options, const world_config& kept) {
  world_config out = kept;
  if (options.file.empty()) {
    if (auto ok = options.apply(out); !ok)
      return tl::unexpected(ok.error());
    if (auto lines = differences(kept, out); !lines.empty())
      return fail(error_code::wrong_world, "a kept world cannot change in this: " + lines.front());
    return out;
  }
  auto given = options.load();
  if (!given)
    return tl::unexpected(given.error());
  auto kept_world_ = open_kept(kept);
  if (!kept_world_)
    return tl::unexpected(kept_world_.error());
  auto given_world = open_kept(*given);
  if (!given_world)
    return tl::unexpected(given_world.error());
  auto against = reasons_against(kept, *kept_world_, *given, *given_world);
  if (!against.empty())
    return fail(
      error_code::wrong_world,
      options.file + " is not the world that is kept:" + against +
        "\nleave WORLD.toml out to go on with the kept one, or give --data another directory");
  out.shards = given->shards;
  out.workers = given->workers;
  out.persistence = given->persistence;
  for (const auto& [kind, file] : given->models)
    out.models[kind] = fs::absolute(given->model_path(kind)).string();
  return out;
}

result<chosen_world> open_existing(const world_options& options, const std::string& path) {
  world_config kept;
  {
    auto directory = data_directory::open_to_read(posix_files(), path);
    if (!directory)
      return tl::unexpected(directory.error());
    auto config = kept_config(posix_files(), *directory);
    if (!config)
      return tl::unexpected(config.error());
    kept = std::move(*config);
  }
  auto config = merged(options, kept);
  if (!config)
    return tl::unexpected(config.error());
  chosen_world out;
  auto world = open_kept(*config);
  if (!world)
    return tl::unexpected(world.error());
  auto keep = kept_world::open(posix_files(), path, *world->setup, *world->cut,
                               keep_options_of(config->persistence));
  if (!keep)
    return tl::unexpected(keep.error());
  out.config = std::move(*config);
  out.world = std::move(*world);
  out.directory = path;
  out.is_new = false;
  out.keep = std::move(*keep);
  return out;
}

} // namespace

result<opened_world> open_kept(const world_config& config) {
  return open_world(config, built_in_games());
}

result<world_config> kept_config(file_system& files, const data_directory& directory) {
  (void)files;
  auto inputs = directory.world_files();
  if (!inputs)
    return tl::unexpected(inputs.error());
  for (const auto& file : *inputs) {
    if (file.name != world_file_name)
      continue;
    std::string text(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
    return parse_world_file(text, directory.world_path() + "/" + world_file_name);
  }
  return fail(error_code::corrupt, directory.world_path() + ": the world file is missing");
}

result<chosen_world> choose_world(const world_options& options, const std::string& data) {
  std::string path = data;
  std::optional<world_config> given;
  if (path.empty()) {
    auto config = options.load();
    if (!config)
      return tl::unexpected(config.error());
    if (auto kept = config->data_path())
      path = kept->string();
    given = std::move(*config);
  }
  if (path.empty()) {
    chosen_world out;
    auto world = open_world(*given, built_in_games());
    if (!world)
      return tl::unexpected(world.error());
    out.config = std::move(*given);
    out.world = std::move(*world);
    return out;
  }
  auto there = data_directory::look(posix_files(), path);
  if (!there)
    return tl::unexpected(there.error());
  if (*there == directory_state::world || *there == directory_state::manifest_lost)
    return open_existing(options, path); // says what to do where the manifest is lost
  if (options.file.empty())
    return fail(error_code::not_there,
                path + ": no world is kept there; give WORLD.toml to start one");
  if (!given) {
    auto config = options.load();
    if (!config)
      return tl::unexpected(config.error());
    given = std::move(*config);
  }
  return make_kept(std::move(*given), path);
}

} // namespace tessera
