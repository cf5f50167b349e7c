// `tessera trace convert|stats|top|path`: what the actors of a run did, from its trace file. All but
// convert write nothing.
#include "apps/subcommands.hpp"
#include "apps/tool_group.hpp"
#include "apps/tool_output.hpp"
#include "apps/trace_tools.hpp"

#include <memory>

namespace tessera {

namespace {

using tool = exit_code (*)(const trace_tool_options&);

struct trace_command {
  CLI::App* app;
  std::shared_ptr<trace_tool_options> options;
};

trace_command add_tool(CLI::App& trace, exit_code& code, tool run, const char* name,
                       const char* words) {
  auto options = std::make_shared<trace_tool_options>();
  CLI::App* app = trace.add_subcommand(name, words);
  app->add_option("FILE", options->file, "The trace; it is only read")->type_name("")->required();
  app->callback([options, run, &code] { code = run(*options); });
  return {app, options};
}

void add_convert(CLI::App& trace, exit_code& code) {
  auto convert = add_tool(trace, code, &convert_trace, "convert",
                          "Write the trace in a form that other viewers read");
  CLI::Validator forms = CLI::IsMember({"perfetto", "chrome"});
  forms.description("");
  convert.app
    ->add_option("--to", convert.options->to,
                 "perfetto: for ui.perfetto.dev; chrome: JSON for chrome://tracing and others")
    ->type_name("perfetto|chrome")
    ->check(forms)
    ->required();
  convert.app->add_option("-o,--out", convert.options->out, "The file to write")
    ->type_name("FILE")
    ->required();
  CLI::Validator positive = CLI::PositiveNumber;
  positive.description("");
  convert.app
    ->add_option(
      "--most", convert.options->most_records,
      "Of JSON: only the first N records (default 1000000), since viewers hold it all in "
      "memory")
    ->type_name("N")
    ->check(positive);
  add_json(*convert.app, convert.options->json);
  convert.app->footer(
    "Examples:\n"
    "  tessera trace convert herds.trace --to perfetto -o herds.perfetto-trace\n"
    "  tessera trace convert herds.trace --to chrome -o herds.json --most 200000");
}

void add_stats(CLI::App& trace, exit_code& code) {
  auto stats = add_tool(trace, code, &count_trace, "stats",
                        "Count records by kind and type, and what was lost; show the run's facts");
  add_json(*stats.app, stats.options->json);
  stats.app->footer("Example:\n"
                    "  tessera trace stats herds.trace");
}

void add_top(CLI::App& trace, exit_code& code) {
  auto top = add_tool(trace, code, &rank_trace, "top",
                      "List actors, types of messages, phases and systems by the time they took");
  CLI::Validator positive = CLI::PositiveNumber;
  positive.description("");
  top.app->add_option("--rows", top.options->rows, "Rows of each table (default 10)")
    ->type_name("N")
    ->check(positive);
  add_json(*top.app, top.options->json);
  top.app->footer(
    "Example:\n"
    "  tessera trace top herds.trace --rows 20\n"
    "The wait of a message is from its enqueueing to the begin of its handler; it runs "
    "until that ends.");
}

void add_path(CLI::App& trace, exit_code& code) {
  auto path = add_tool(trace, code, &show_trace_path, "path",
                       "Show what a tick waited for, from its grant to the last shard's report");
  add_tick(*path.app, "--tick", path.options->tick,
           "The tick; without it, the one that held the world up longest");
  add_json(*path.app, path.options->json);
  path.app->footer("Examples:\n"
                   "  tessera trace path herds.trace\n"
                   "  tessera trace path herds.trace --tick 812");
}

} // namespace

void add_trace(CLI::App& app, exit_code& code) {
  CLI::App* trace =
    add_group(app, code, "trace", "See what the actors of a run did: convert, stats, top, path");
  add_convert(*trace, code);
  add_stats(*trace, code);
  add_top(*trace, code);
  add_path(*trace, code);
  trace->footer(
    "`tessera trace TOOL --help` explains a tool. A trace is made by tessera run --trace "
    "FILE, or by its flight recorder.\nThe manual: docs/manual/inspecting.md.");
}

} // namespace tessera
