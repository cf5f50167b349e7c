// `tessera rewind`: a copy of a kept world that goes on from an earlier tick.
#include "apps/kept_branch.hpp"
#include "apps/subcommands.hpp"
#include "apps/text.hpp"
#include "apps/tool_output.hpp"

#include <cstdio>
#include <memory>

namespace tessera {

namespace {

struct rewind_options {
  std::string from;
  std::string to;
  std::optional<tick_number> tick;
  bool json = false;
};

exit_code rewind(const rewind_options& options) {
  stopwatch watch;
  auto kept = read_kept_with_game(options.from);
  if (!kept)
    return complain(kept.error());
  auto to = new_directory::begin(options.to, options.from);
  if (!to)
    return complain(to.error());
  auto world = replayed_world::open(*kept, options.tick);
  if (!world)
    return complain(world.error());
  auto done = world->run_to(*options.tick)
                .and_then([&] { return write_branch(*kept, *world, *to); })
                .and_then([&] { return to->finish(); });
  if (!done)
    return complain(done.error());
  tick_number left_out = world->end_tick() - world->tick();
  if (options.json) {
    print_json({{"from", options.from},
                {"to", options.to},
                {"tick", world->tick()},
                {"world_hash", hex_text(world->hash())},
                {"hashes_checked", world->hashes_checked()},
                {"ticks_left_out", left_out},
                {"seconds", watch.seconds()}});
    return exit_code::fine;
  }
  std::printf("%s stands at tick %s, world hash %s, %s after it left out. %s is as it was.\n",
              options.to.c_str(), grouped(world->tick()).c_str(), hex_text(world->hash()).c_str(),
              count_of(left_out, "tick", "ticks").c_str(), options.from.c_str());
  print_notes(world->notes());
  std::printf("To go on with it: tessera run --data %s\n", options.to.c_str());
  return exit_code::fine;
}

} // namespace

void add_rewind(CLI::App& app, exit_code& code) {
  auto options = std::make_shared<rewind_options>();
  CLI::App* command =
    app.add_subcommand("rewind", "Make a copy of a kept world that goes on from an earlier tick");
  add_directory(*command, options->from);
  add_tick(*command, "--to", options->tick, "The state with which the copy begins")->required();
  add_directory(*command, options->to, "TO", "The copy; nothing may be there yet");
  add_json(*command, options->json);
  command->footer(
    "The copy is a world of its own: it holds the state of tick T and nothing before it.\n"
    "Example:\n"
    "  tessera rewind /var/lib/my-world --to 4000 /var/lib/my-world-at-4000\n"
    "More: docs/manual/replay.md.");
  command->callback([options, &code] { code = rewind(*options); });
}

} // namespace tessera
