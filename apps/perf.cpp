// `tessera perf diff`: the frame records of two runs, compared.
#include "apps/frame_comparison.hpp"
#include "apps/frame_export.hpp"
#include "apps/subcommands.hpp"
#include "apps/text.hpp"
#include "apps/text_table.hpp"
#include "apps/tool_group.hpp"
#include "apps/tool_output.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>

namespace tessera {

namespace {

struct perf_options {
  std::string before;
  std::string after;
  bool json = false;
};

result<frame_record_figures> read_figures(const std::string& path) {
  auto rows = read_frames_file(path);
  if (!rows)
    return tl::unexpected(rows.error());
  if (rows->empty())
    return fail(error_code::failure, path + ": no frame is in it, so there is nothing to compare");
  return figures_of(*rows);
}

nlohmann::ordered_json number_or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

void print(const perf_options& options, const frame_record_figures& before,
           const frame_record_figures& after, const std::vector<compared_figure>& figures) {
  for (const auto& [name, path, of] : {std::tuple("before", &options.before, &before),
                                       std::tuple("after", &options.after, &after)})
    std::printf("%-6s  %s: %s in %s s\n", name, path->c_str(),
                count_of(of->frames, "frame", "frames").c_str(), short_number(of->seconds).c_str());
  auto cell = [](const std::optional<double>& ms) {
    return ms ? short_number(*ms) : std::string("-");
  };
  text_table table({"ms", "before", "after", "change", ""});
  for (const auto& f : figures) {
    char change[32] = "-";
    if (const auto share = f.change())
      std::snprintf(change, sizeof change, "%+.1f %%", *share * 100);
    table.add({f.name, cell(f.before_ms), cell(f.after_ms), change, f.worse() ? "worse" : ""});
  }
  std::printf("%s", table.text().c_str());
  const auto worse = static_cast<std::uint64_t>(
    std::count_if(figures.begin(), figures.end(), [](const auto& f) { return f.worse(); }));
  std::printf("%s got worse by more than 5 %%.\n",
              worse == 0 ? "Nothing" : count_of(worse, "figure", "figures").c_str());
  std::fflush(stdout);
}

void print_as_json(const perf_options& options, const frame_record_figures& before,
                   const frame_record_figures& after, const std::vector<compared_figure>& figures) {
  nlohmann::ordered_json out{
    {"before", {{"file", options.before}, {"frames", before.frames}, {"seconds", before.seconds}}},
    {"after", {{"file", options.after}, {"frames", after.frames}, {"seconds", after.seconds}}},
    {"figures", nlohmann::ordered_json::array()}};
  for (const auto& f : figures)
    out["figures"].push_back({{"name", f.name},
                              {"before_ms", number_or_null(f.before_ms)},
                              {"after_ms", number_or_null(f.after_ms)},
                              {"change", number_or_null(f.change())},
                              {"worse", f.worse()}});
  print_json(out);
}

exit_code diff(const perf_options& options) {
  auto before = read_figures(options.before);
  if (!before)
    return complain(before.error());
  auto after = read_figures(options.after);
  if (!after)
    return complain(after.error());
  const auto figures = compare_frames(*before, *after);
  if (options.json)
    print_as_json(options, *before, *after, figures);
  else
    print(options, *before, *after, figures);
  return exit_code::fine;
}

} // namespace

void add_perf(CLI::App& app, exit_code& code) {
  CLI::App* perf =
    add_group(app, code, "perf", "Look into frame records of tessera run --window: diff");
  perf->footer(
    "`tessera perf TOOL --help` explains a tool. A frame record is written by tessera run "
    "--perf-csv FILE or\n--perf-json FILE, or by F5 in the window. The manual: "
    "docs/manual/watching.md.");
  auto options = std::make_shared<perf_options>();
  CLI::App* command =
    perf->add_subcommand("diff", "Compare two frame records, and mark what got worse");
  command->add_option("BEFORE", options->before, "A frame record, CSV or JSON; it is only read")
    ->type_name("")
    ->required();
  command->add_option("AFTER", options->after, "The other one")->type_name("")->required();
  add_json(*command, options->json);
  command->footer(
    "Median, 99th percentile, longest and mean of the slowest hundredth (1 % low) of "
    "frames, drawing and ticks;\nwhat takes more than 5 % longer is marked. Exit code "
    "0, whether something is or not.\n"
    "Example:\n"
    "  tessera run configs/worlds/herds.toml --ticks 600 --window --perf-csv before.csv\n"
    "  tessera perf diff before.csv after.csv");
  command->callback([options, &code] { code = diff(*options); });
}

} // namespace tessera
