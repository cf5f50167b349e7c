// The sub-commands of `tessera`. Each adds itself, with its options and help, to the command line;
// when it is the one that was asked for, it runs inside CLI11's parse and leaves its exit code in
// `code`.
#pragma once

#include "apps/exit_codes.hpp"

#include <CLI/CLI.hpp>

namespace tessera {

void add_run(CLI::App& app, exit_code& code);
void add_ctl(CLI::App& app, exit_code& code);
void add_check(CLI::App& app, exit_code& code);
void add_games(CLI::App& app, exit_code& code);
void add_info(CLI::App& app, exit_code& code);
void add_render(CLI::App& app, exit_code& code);
void add_log(CLI::App& app, exit_code& code);
void add_checkpoint(CLI::App& app, exit_code& code);
void add_export(CLI::App& app, exit_code& code);
void add_replay(CLI::App& app, exit_code& code);
void add_diff(CLI::App& app, exit_code& code);
void add_bisect(CLI::App& app, exit_code& code);
void add_history(CLI::App& app, exit_code& code);
void add_backup(CLI::App& app, exit_code& code);
void add_restore(CLI::App& app, exit_code& code);
void add_rewind(CLI::App& app, exit_code& code);
void add_repair(CLI::App& app, exit_code& code);
void add_salvage(CLI::App& app, exit_code& code);
void add_trace(CLI::App& app, exit_code& code);
void add_perf(CLI::App& app, exit_code& code);

} // namespace tessera
