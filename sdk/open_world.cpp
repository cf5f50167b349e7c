#include "sdk/open_world.hpp"

#include "core/fp_environment.hpp"

#include "sdk/module.hpp"
#include "sdk/world_models.hpp"
#include "shards/terrain.hpp"

#include <cstdio>
#include <exception>

namespace tessera {

namespace {

/// Puts the world file's path before every line of a game's complaints about it.
std::string beside_path(const std::filesystem::path& path, const std::string& lines) {
  std::string out = path.string() + ": ";
  for (char c : lines) {
    out += c;
    if (c == '\n')
      out += path.string() + ": ";
  }
  return out;
}

/// A game is code of others: what it throws while it registers is its error, not ours.
result<void> define(const game_definition& game, game_builder& builder) {
  fp_environment_guard floats; // constants of a game are state too
  try {
    game.define(builder);
    return {};
  } catch (const std::exception& e) {
    return fail(error_code::bad_game,
                "game " + std::string(game.name) + " failed to register: " + e.what());
  } catch (...) {
    return fail(error_code::bad_game, "game " + std::string(game.name) + " failed to register");
  }
}

std::string kilometres(double metres) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", metres / 1000);
  return text;
}

void note_uncovered_ground(const world_config& config, const terrain& ground,
                           std::vector<std::string>& notes) {
  double width = double{config.cell_size_m} * config.extent_x;
  double depth = double{config.cell_size_m} * config.extent_z;
  // A last cell that reaches over the edge is how a whole number of cells covers any terrain.
  if (width - ground.width_m() < config.cell_size_m &&
      depth - ground.depth_m() < config.cell_size_m)
    return;
  notes.push_back("the terrain covers " + kilometres(ground.width_m()) + " x " +
                  kilometres(ground.depth_m()) + " km of a world of " + kilometres(width) + " x " +
                  kilometres(depth) + " km; beyond it the ground goes on at the edge's height");
}

result<layout> cut_world(const world_config& config, cell_rect extent) {
  if (config.shards.rectangles.empty())
    return layout::grid(extent, config.shards.rows, config.shards.columns);
  return layout::rectangles(extent, config.shards.rectangles);
}

} // namespace

result<const game_definition*> find_game(const world_config& config,
                                         std::span<const game_definition* const> built_in) {
  if (config.game_is_module())
    return load_module(config.module_path());
  std::string names;
  for (const auto* game : built_in) {
    if (config.game == game->name)
      return game;
    names += (names.empty() ? "" : ", ") + std::string(game->name);
  }
  return fail(error_code::bad_game, config.path.string() + ": game: found \"" + config.game +
                                      "\"; built in are " + (names.empty() ? "none" : names) +
                                      "; a module is named by its path, which ends in .so");
}

result<opened_world> open_world(const world_config& config,
                                std::span<const game_definition* const> built_in) {
  opened_world world;
  auto game = find_game(config, built_in);
  if (!game)
    return tl::unexpected(game.error());
  world.game = *game;

  world_setup setup;
  setup.seed = config.seed;
  setup.tick_rate_hz = config.tick_rate_hz;
  setup.cell_size_m = config.cell_size_m;
  setup.extent = {0, 0, config.extent_x, config.extent_z};
  if (config.terrain) {
    auto ground = terrain::load(*config.terrain);
    if (!ground)
      return tl::unexpected(ground.error());
    note_uncovered_ground(config, *ground, world.notes);
    setup.ground = std::make_shared<const terrain>(std::move(*ground));
  }

  world_facts facts{config.seed, static_cast<float>(1.0 / config.tick_rate_hz), config.cell_size_m,
                    setup.extent, setup.ground};
  game_builder builder{world.game->name, facts, config.parameters};
  if (auto ok = define(*world.game, builder); !ok)
    return tl::unexpected(ok.error());
  world.parameters = builder.declared_parameters();
  auto made = builder.finish();
  if (!made) {
    error why = made.error();
    if (why.code == error_code::bad_world_file)
      why.message = beside_path(config.path, why.message);
    return tl::unexpected(std::move(why));
  }
  setup.game = std::move(*made);
  if (auto ok = check_models(config, appearance_of(*setup.game)); !ok)
    return tl::unexpected(ok.error());

  auto prepared = prepare(std::move(setup));
  if (!prepared)
    return tl::unexpected(prepared.error());
  world.setup = std::move(*prepared);
  auto cut = cut_world(config, world.setup->extent);
  if (!cut)
    return fail(error_code::bad_world_file,
                config.path.string() + ": shards: " + cut.error().message);
  world.cut = std::make_shared<const layout>(std::move(*cut));
  return world;
}

result<std::vector<parameter_info>> parameters_of(const game_definition& game) {
  world_facts facts{1, 0.05F, 64, {0, 0, 32, 32}, nullptr};
  game_builder builder{game.name, facts, {}};
  auto ok = define(game, builder);
  // What it declared before it failed is still true; a game may well insist on ground.
  if (!ok && builder.declared_parameters().empty())
    return tl::unexpected(ok.error());
  return builder.declared_parameters();
}

} // namespace tessera
