// The options of `tessera run`.
#include "apps/subcommands.hpp"
#include "apps/world_run.hpp"
#include "net/inspector_server.hpp"

#include <memory>

namespace tessera {

void add_run(CLI::App& app, exit_code& code) {
  auto options = std::make_shared<run_options>();
  CLI::App* run = app.add_subcommand(
    "run", "Run a world, in memory or kept on disk, and print its hash at the end");
  options->world.add_to(*run, false);
  run
    ->add_option("--data", options->data,
                 "Keep the world in DIR, made if it is not there; a world that is there goes on "
                 "where it stood, and WORLD.toml may be left out")
    ->type_name("DIR");
  // CLI11 puts a check's description behind the type's name, where it says nothing new.
  CLI::Validator positive = CLI::PositiveNumber;
  positive.description("");
  CLI::Validator speeds = CLI::IsMember({"real", "max"});
  speeds.description("");
  run
    ->add_option("--ticks", options->ticks,
                 "End at tick N, counted from the world's start; without it, run until Ctrl-C")
    ->type_name("N")
    ->check(positive);
  run
    ->add_option(
      "--speed", options->speed,
      "real: tick_rate_hz ticks per second, slower where it cannot keep up, never skipping "
      "one; max: as fast as it can (default real)")
    ->type_name("real|max")
    ->check(speeds);
  run
    ->add_option("--commands", options->commands,
                 "Commands as JSON lines, read before the start; - reads them from standard input "
                 "while the world runs")
    ->type_name("FILE|-");
  run->add_option("--acks", options->acks, "Write the answer to every command, as JSON lines")
    ->type_name("FILE");
  run->add_option("--report", options->report, "Write a report of the run, one JSON object")
    ->type_name("FILE");
  run
    ->add_option("--hash-every", options->hash_every,
                 "Put the world hash of every K-th tick into the report")
    ->type_name("K")
    ->check(positive);
  options->trace.add_to(*run);
  run
    ->add_option("--inspect", options->inspect,
                 "Serve the inspector's page and /metrics (default 127.0.0.1:7777); an address "
                 "that other machines reach asks for a token, printed at the start")
    ->type_name("[ADDRESS:PORT]")
    ->expected(0, 1)
    ->default_str("");
  auto* window =
    run
      ->add_option(
        "--window", options->window.size,
        "Show the world in a window, flown through by hand (default 1280x720); closing it "
        "ends the world")
      ->type_name("[WxH]")
      ->expected(0, 1)
      ->default_str("");
  CLI::Validator qualities = CLI::IsMember({"auto", "0", "1", "2", "3", "4", "5"});
  qualities.description("");
  run
    ->add_option("--quality", options->quality,
                 "Of the window: 0 (finest) to 5; auto: as fine as 30 frames a second allow")
    ->type_name("auto|0..5")
    ->check(qualities);
  run
    ->add_option("--perf-csv", options->frames.csv,
                 "Of the window: write the times of every frame of its last 5 minutes, as CSV, for "
                 "tessera perf diff")
    ->type_name("FILE")
    ->needs(window);
  run->add_option("--perf-json", options->frames.json, "The same, as JSON")
    ->type_name("FILE")
    ->needs(window);
  run->add_flag("--quiet", options->quiet, "Print no status and no notes, only the summary");
  run->footer("Examples:\n"
              "  tessera run configs/worlds/herds.toml --ticks 1200\n"
              "  tessera run configs/worlds/flock.toml --speed max --ticks 100 --set agents=5000\n"
              "  tessera run store.toml --ticks 100 --commands in.jsonl --acks out.jsonl\n"
              "  tessera run configs/worlds/herds.toml --data /var/lib/my-world\n"
              "  tessera run configs/worlds/herds.toml --ticks 600 --trace herds.trace\n"
              "The format of commands and reports: docs/manual/command.md.");
  run->callback([options, run, &code] {
    if (run->count("--inspect") != 0 && options->inspect.empty())
      options->inspect = "127.0.0.1:7777";
    if (run->count("--window") != 0 && options->window.size.empty())
      options->window.size = "1280x720";
    if (!options->window.size.empty() && !is_window_size(options->window.size))
      throw CLI::ValidationError("--window", "WIDTHxHEIGHT is expected, each 16 to 8192, not " +
                                               options->window.size);
    if (options->quality != "auto")
      options->window.quality = static_cast<std::size_t>(options->quality.front() - '0');
    if (auto at = parse_inspect_address(options->inspect); !at && !options->inspect.empty())
      throw CLI::ValidationError("--inspect", at.error().message);
    if (options->world.file.empty() && options->data.empty())
      throw CLI::RequiredError("WORLD.toml, or --data with a directory that holds a world,");
    options->trace.check(options->ticks);
    code = run_world(*options);
  });
}

} // namespace tessera
