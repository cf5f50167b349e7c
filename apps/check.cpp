// `tessera check`: everything that `tessera run` checks before its first tick, and what it would
// run.
#include "apps/body_models.hpp"
#include "apps/subcommands.hpp"
#include "apps/text.hpp"
#include "apps/world_options.hpp"
#include "games/games.hpp"

#include <cstdio>
#include <memory>
#include <string>

namespace tessera {

namespace {

void row(const char* name, const std::string& value) {
  std::printf("  %-12s %s\n", name, value.c_str());
}

std::string names_of(const auto& infos) {
  std::string names;
  for (const auto& info : infos)
    names += (names.empty() ? "" : ", ") + info.name;
  return names.empty() ? "none" : names;
}

std::string ground_of(const world_config& config, const world_setup& setup) {
  if (!setup.ground)
    return "none, the ground is flat";
  const terrain& ground = *setup.ground;
  return config.terrain->string() + ", " + short_number(ground.width_m() / 1000) + " x " +
         short_number(ground.depth_m() / 1000) + " km, " + short_number(double{ground.min_m()}) +
         " to " + short_number(double{ground.max_m()}) + " m high";
}

/// Systems in the order in which they run; a bar parts those that wait for one another.
std::string running_order(const world_setup& setup) {
  std::string text;
  for (const auto& stage : setup.order.stages) {
    text += text.empty() ? "" : " | ";
    for (std::size_t i = 0; i < stage.size(); ++i)
      text += (i == 0 ? "" : ", ") + setup.game->systems[setup.order.order[stage[i]]].name;
  }
  return text.empty() ? "none" : text;
}

void print(const world_config& config, const opened_world& world) {
  const world_setup& setup = *world.setup;
  double metres = double{config.cell_size_m};
  std::printf("%s: fine\n", config.path.string().c_str());
  row("world", config.name);
  row("game", std::string(world.game->name) + ": " + world.game->summary);
  row("seed", std::to_string(config.seed));
  row("extent", std::to_string(config.extent_x) + " x " + std::to_string(config.extent_z) +
                  " cells of " + short_number(metres) + " m, " +
                  short_number(metres * config.extent_x / 1000) + " x " +
                  short_number(metres * config.extent_z / 1000) + " km");
  row("terrain", ground_of(config, setup));
  row("shards", std::to_string(world.cut->size()) + " (" + world.cut->name() + ")");
  row("workers", config.workers == 0 ? "one per core" : std::to_string(config.workers));
  row("tick rate", std::to_string(config.tick_rate_hz) + " Hz");
  row("halo", short_number(double{setup.game->largest_radius_m()}) + " m");
  row("components", names_of(setup.game->components));
  row("cell data", names_of(setup.game->cell_components));
  row("events", names_of(setup.game->events));
  row("systems", running_order(setup));
  row("totals", names_of(setup.game->world_values));
  const char* label = "parameters";
  for (const auto& p : world.parameters) {
    auto given = config.parameters.find(p.name);
    bool set = given != config.parameters.end();
    row(label, p.name + " = " + short_number(set ? given->second : p.fallback) +
                 (set ? "" : " (default)"));
    label = "";
  }
  label = "models";
  for (const auto& [kind, file] : config.models) {
    row(label, kind + " = " + config.model_path(kind).string());
    label = "";
  }
  for (const auto& text : world.notes)
    row("note", text);
}

exit_code check(const world_options& options) {
  auto config = options.load();
  if (!config)
    return complain(config.error());
  auto world = open_world(*config, built_in_games());
  if (!world)
    return complain(world.error());
  if (auto models = load_models(*config, appearance_of(*world->setup->game)); !models)
    return complain(models.error());
  print(*config, *world);
  return exit_code::fine;
}

} // namespace

void add_check(CLI::App& app, exit_code& code) {
  auto options = std::make_shared<world_options>();
  CLI::App* command = app.add_subcommand(
    "check", "Check a world file, its terrain, its game and its models, and show what would run");
  options->add_to(*command);
  command->footer("Examples:\n"
                  "  tessera check configs/worlds/herds.toml\n"
                  "  tessera check configs/worlds/herds.toml --shards 16x16 --set predators=0\n"
                  "The world file: docs/manual/world-file.md.");
  command->callback([options, &code] { code = check(*options); });
}

} // namespace tessera
