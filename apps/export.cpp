// `tessera export`: the state of a kept world as rows, at any tick that is kept.
#include "apps/subcommands.hpp"
#include "apps/text.hpp"
#include "apps/tool_output.hpp"
#include "apps/world_export.hpp"

#include <memory>

namespace tessera {

namespace {

struct export_run_options {
  std::string directory;
  std::optional<tick_number> at;
  export_options how;
};

exit_code run_export(const export_run_options& options) {
  auto kept = read_kept_with_game(options.directory);
  if (!kept)
    return complain(kept.error());
  // Before the replay, which may take a while.
  if (auto named = select_components(*kept->world.setup->game, options.how.components); !named) {
    complain(named.error());
    return exit_code::usage;
  }
  auto world = replayed_world::open(*kept, options.at);
  if (!world)
    return complain(world.error());
  if (auto ok = world->run_to(options.at.value_or(world->end_tick())); !ok)
    return complain(ok.error());
  auto contents = world_contents::of(*world);
  if (!contents)
    return complain(contents.error());
  for (const auto& text : world->notes())
    complain("note: " + text);
  return write_export(options.how, {kept->config.name, kept->world.game->name, world->hash()},
                      *contents);
}

} // namespace

void add_export(CLI::App& app, exit_code& code) {
  auto options = std::make_shared<export_run_options>();
  CLI::App* command = app.add_subcommand(
    "export", "Write the entities of a kept world, or its cells, as CSV, JSON or MessagePack");
  add_directory(*command, options->directory);
  add_tick(*command, "--at", options->at,
           "The state after T ticks, run again from the checkpoint before it (default: where the "
           "world stands)");
  options->how.add_to(*command);
  command->footer("Examples:\n"
                  "  tessera export /var/lib/my-world --out world.csv\n"
                  "  tessera export /var/lib/my-world --component velocity --at 1200\n"
                  "  tessera export /var/lib/my-world --format msgpack --out world.msgpack\n"
                  "The formats: docs/manual/log.md#tessera-export.");
  command->callback([options, &code] { code = run_export(*options); });
}

} // namespace tessera
