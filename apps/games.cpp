// `tessera games`: the built-in games and what a world file may set for them.
#include "games/games.hpp"

#include "apps/subcommands.hpp"
#include "apps/text.hpp"
#include "sdk/open_world.hpp"

#include <cstdio>
#include <string>

namespace tessera {

namespace {

exit_code list_games() {
  exit_code code = exit_code::fine;
  for (const auto* game : built_in_games()) {
    std::printf("%s: %s\n", game->name, game->summary);
    auto parameters = parameters_of(*game);
    if (!parameters) {
      code = complain(parameters.error());
      continue;
    }
    for (const auto& p : *parameters) {
      std::string range = short_number(p.least) + " to " + short_number(p.most);
      std::printf("  %-24s %-8s %-18s %s\n", p.name.c_str(), short_number(p.fallback).c_str(),
                  range.c_str(), p.words.c_str());
    }
  }
  return code;
}

} // namespace

void add_games(CLI::App& app, exit_code& code) {
  CLI::App* command = app.add_subcommand(
    "games", "List the built-in games and their parameters: default, range, meaning");
  command->footer("A world file sets parameters under [parameters], a run with --set NAME=VALUE.\n"
                  "To write a game of your own: docs/manual/writing-a-game.md.");
  command->callback([&code] { code = list_games(); });
}

} // namespace tessera
