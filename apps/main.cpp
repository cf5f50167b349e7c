// `tessera`: one file per sub-command; here they are put together.
#include "apps/subcommands.hpp"
#include "apps/text.hpp"

#include <csignal>
#include <exception>
#include <string>
#include <tessera_build_info.hpp>

namespace {

std::string footer() {
  std::string text = "Exit codes:\n";
  for (const auto& row : tessera::exit_code_table)
    text +=
      "  " + std::to_string(static_cast<int>(row.code)) + "  " + std::string(row.words) + "\n";
  return text + "\nTo start with: tessera run configs/worlds/herds.toml --ticks 1200\n"
                "`tessera COMMAND --help` explains a command.";
}

std::string names_of_commands(const CLI::App& app) {
  std::string names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names += (names.empty() ? "" : ", ") + command->get_name();
  return names;
}

/// " log show" of `tessera log show ...`.
std::string names_of_asked(const CLI::App& app) {
  const auto asked = app.get_subcommands();
  return asked.empty() ? "" : " " + asked.back()->get_name() + names_of_asked(*asked.back());
}

tessera::exit_code run(int argc, char** argv) {
  using namespace tessera;
  CLI::App app{
    "Tessera runs open worlds, cut into shards, the same to the last bit however they are cut.",
    "tessera"};
  app.set_version_flag("--version", "tessera " TESSERA_VERSION);
  app.require_subcommand(0, 1); // none is complained of below, in better words
  app.footer(&footer);
  exit_code code = exit_code::fine;
  add_run(app, code);
  add_ctl(app, code);
  add_check(app, code);
  add_games(app, code);
  add_info(app, code);
  add_render(app, code);
  add_log(app, code);
  add_checkpoint(app, code);
  add_export(app, code);
  add_replay(app, code);
  add_diff(app, code);
  add_bisect(app, code);
  add_history(app, code);
  add_backup(app, code);
  add_restore(app, code);
  add_rewind(app, code);
  add_repair(app, code);
  add_salvage(app, code);
  add_trace(app, code);
  add_perf(app, code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) { // --help, --version
      app.exit(e);
      return exit_code::fine;
    }
    complain(std::string(e.what()) + "\nsee: tessera" + names_of_asked(app) + " --help");
    return exit_code::usage;
  }
  if (app.get_subcommands().empty()) {
    complain("which command? " + names_of_commands(app) + "\nsee: tessera --help");
    return exit_code::usage;
  }
  return code;
}

} // namespace

int main(int argc, char** argv) {
  // A file that may not grow (ulimit -f) is told like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return static_cast<int>(run(argc, argv));
  } catch (const std::exception& e) {
    tessera::complain(std::string("stopped by an error that nothing else caught: ") + e.what());
    return static_cast<int>(tessera::exit_code::failure);
  }
}
