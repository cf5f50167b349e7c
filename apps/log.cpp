// `tessera log list|show|stats|verify`: looks into the journal of a kept world. None of them writes.
#include "apps/log_tools.hpp"
#include "apps/subcommands.hpp"
#include "apps/tool_group.hpp"
#include "apps/tool_output.hpp"

#include <memory>

namespace tessera {

namespace {

using tool = exit_code (*)(const log_options&);

struct log_command {
  CLI::App* app;
  std::shared_ptr<log_options> options;
};

log_command add_tool(CLI::App& log, exit_code& code, tool run, const char* name,
                     const char* words) {
  auto options = std::make_shared<log_options>();
  CLI::App* app = log.add_subcommand(name, words);
  add_directory(*app, options->directory);
  app->callback([options, run, &code] { code = run(*options); });
  return {app, options};
}

void add_shard(const log_command& to, const char* words) {
  to.app->add_option("--shard", to.options->shard, words)->type_name("N");
}

void add_ticks(const log_command& to) {
  to.app->add_option("--from", to.options->from, "The first tick")->type_name("T");
  to.app->add_option("--to", to.options->to, "The last tick")->type_name("T");
}

void add_list(CLI::App& log, exit_code& code) {
  auto list = add_tool(log, code, &list_log, "list",
                       "List the shards' logs: segments, epochs, ticks, records, bytes");
  add_shard(list, "List the segments of this shard");
  add_json(*list.app, list.options->json);
  list.app->footer("Examples:\n"
                   "  tessera log list /var/lib/my-world\n"
                   "  tessera log list /var/lib/my-world --shard 0");
}

void add_show(CLI::App& log, exit_code& code) {
  auto show = add_tool(log, code, &show_log, "show",
                       "Show the records: commands as --commands takes them, and world hashes");
  add_shard(show, "Only the log of this shard");
  add_ticks(show);
  show.app->add_flag("--commands", show.options->commands_only,
                     "Print nothing but the commands, for tessera run --commands");
  show.app->add_flag("--json", show.options->json, "Print one JSON object per record, a line each");
  show.app->add_flag("--follow", show.options->follow,
                     "Go on with what is written from now on, until Ctrl-C");
  show.app->footer("Examples:\n"
                   "  tessera log show /var/lib/my-world --from 100 --to 120\n"
                   "  tessera log show /var/lib/my-world --commands > in.jsonl\n"
                   "  tessera log show /var/lib/my-world --follow --json");
}

void add_stats(CLI::App& log, exit_code& code) {
  auto stats = add_tool(log, code, &count_log, "stats",
                        "Count records, bytes, rounds, and commands by kind and session");
  add_shard(stats, "Only the log of this shard");
  add_ticks(stats);
  add_json(*stats.app, stats.options->json);
  stats.app->footer("Example:\n"
                    "  tessera log stats /var/lib/my-world --from 1000");
}

void add_verify(CLI::App& log, exit_code& code) {
  auto verify = add_tool(log, code, &verify_log, "verify",
                         "Check every byte of the journal; damage is named with file, offset and "
                         "what is lost");
  add_json(*verify.app, verify.options->json);
  verify.app->footer("Example:\n"
                     "  tessera log verify /var/lib/my-world\n"
                     "Exit code 0: sound; a torn end after a crash is sound too. 7: damaged. "
                     "10: written by a newer Tessera.");
}

} // namespace

void add_log(CLI::App& app, exit_code& code) {
  CLI::App* log =
    add_group(app, code, "log", "Look into a kept world's journal: list, show, stats, verify");
  add_list(*log, code);
  add_show(*log, code);
  add_stats(*log, code);
  add_verify(*log, code);
  log->footer("`tessera log TOOL --help` explains a tool. None of them writes; the world may run "
              "meanwhile.\nThe manual: docs/manual/log.md.");
}

} // namespace tessera
