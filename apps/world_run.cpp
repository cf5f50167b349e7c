#include "apps/world_run.hpp"

#include "apps/acks.hpp"
#include "apps/body_models.hpp"
#include "apps/command_file.hpp"
#include "apps/control_socket.hpp"
#include "apps/data_option.hpp"
#include "apps/process_memory.hpp"
#include "apps/report.hpp"
#include "apps/run_record.hpp"
#include "apps/status_line.hpp"
#include "apps/stdin_commands.hpp"
#include "apps/text.hpp"
#include "apps/wake_up.hpp"
#include "games/games.hpp"
#include "net/inspector_server.hpp"
#include "sdk/engine.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <sys/resource.h>
#include <tessera_build_info.hpp>
#include <thread>
#include <unistd.h>

namespace tessera {

namespace {

void put_resources(run_facts& facts) {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  facts.cpu_s = seconds(used.ru_utime) + seconds(used.ru_stime);
  facts.peak_rss_bytes = static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
  facts.rss_bytes = resident_bytes();
  // The kernel keeps the peak a little behind.
  facts.peak_rss_bytes = std::max(facts.peak_rss_bytes, facts.rss_bytes);
}

std::string told_of(const engine_failure& failure) {
  return "tick " + std::to_string(failure.tick) + " failed in shard " +
         std::to_string(failure.shard) + " (" + failure.message + ")";
}

/// One run, from its options to its exit code. Errors come out as values; step by step, each only
/// if the last went well.
class world_run {
public:
  explicit world_run(const run_options& options) : options_(options), record_(options.hash_every) {}

  exit_code run() {
    if (auto ok = open(); !ok)
      return complain(ok.error());
    if (auto ok = open_window(); !ok)
      return complain(ok.error());
    if (auto ok = create_files(); !ok) {
      complain(ok.error());
      return exit_code::cannot_write;
    }
    stop_signals signals{main_};
    control_ = listen();
    announce();
    if (auto ok = start(); !ok)
      return complain(ok.error());
    if (auto ok = open_inspector(); !ok)
      return complain(ok.error());
    if (window_)
      window_->look_into(*engine_->inspect());
    watch();
    control_.reset();
    return finish();
  }

private:
  result<void> open();
  result<void> open_window();
  result<void> create_files();
  void announce() const;
  void announce_keeping() const;
  void note(const std::string& text) const;
  result<void> start();
  std::unique_ptr<control_socket> listen() const;
  result<void> open_inspector();
  void watch();
  void show_frame();
  void leave_window();
  exit_code finish();
  result<void> begin_tracing();
  result<void> write_report(const run_facts& facts);
  std::string again(const engine_result& ended) const;

  const run_options& options_;
  world_config config_;
  opened_world world_;
  std::string directory_; ///< empty: in memory
  std::shared_ptr<kept_world> keep_;
  tick_number first_ = 0; ///< first tick that is not replayed
  std::vector<command> commands_;
  std::optional<acks_file> acks_;
  std::ofstream report_;
  frame_files frame_files_;
  run_record record_;
  wake_up main_;
  bool stopped_ = false;
  std::unique_ptr<trace_recording> tracing_;
  std::unique_ptr<run_window> window_; ///< null where none is asked for, or left
  frame_record frames_;                ///< of a window that was left; likewise the device
  std::string device_;
  std::unique_ptr<engine> engine_;
  std::unique_ptr<control_socket> control_; ///< calls engine_
  std::unique_ptr<inspector_server> inspector_;
  engine_result ended_;
};

void world_run::note(const std::string& text) const {
  if (!options_.quiet)
    std::printf("note: %s\n", text.c_str());
}

result<void> world_run::open() {
  auto chosen = choose_world(options_.world, options_.data);
  if (!chosen)
    return tl::unexpected(chosen.error());
  config_ = std::move(chosen->config);
  world_ = std::move(chosen->world);
  directory_ = std::move(chosen->directory);
  keep_ = std::move(chosen->keep);
  if (keep_) {
    first_ = keep_->recovered().next_tick;
    record_.go_on_from(first_, keep_->options().how == durability::sync);
  }
  if (options_.commands.empty() || options_.from_stdin())
    return {};
  auto commands = read_command_file(options_.commands, *world_.setup);
  if (!commands)
    return tl::unexpected(commands.error());
  commands_ = std::move(*commands);
  return {};
}

result<void> world_run::open_window() {
  if (options_.window.size.empty())
    return {};
  window_options how = options_.window;
  if (!options_.quiet)
    how.warn = [](const std::string& text) { complain("warning: " + text); };
  auto models = load_models(config_, appearance_of(*world_.setup->game));
  if (!models)
    return tl::unexpected(models.error());
  how.models = std::move(*models);
  auto made = run_window::open(how, config_.name, *world_.setup, world_.cut->size());
  if (!made && !made.error().runs_on)
    return fail(error_code::failure, made.error().why);
  if (!made)
    complain(made.error().why + "; the world runs without a window");
  else
    window_ = std::move(*made);
  return {};
}

result<void> world_run::create_files() {
  if (!options_.acks.empty()) {
    auto file = acks_file::create(options_.acks, world_.setup->game);
    if (!file)
      return tl::unexpected(file.error());
    acks_ = std::move(*file);
  }
  if (auto ok = create_file(report_, options_.report, "report"); !ok)
    return ok;
  if (auto ok = frame_files_.create(options_.frames); !ok)
    return ok;
  return begin_tracing();
}

result<void> world_run::begin_tracing() {
  trace_facts about{{"world", config_.name},
                    {"game", world_.game->name},
                    {"layout", world_.cut->name()},
                    {"workers", std::to_string(config_.workers)},
                    {"tick_rate_hz", std::to_string(config_.tick_rate_hz)},
                    {"seed", std::to_string(config_.seed)},
                    {"version", TESSERA_VERSION}};
  auto made =
    trace_recording::start(options_.trace, std::move(about),
                           std::filesystem::path(directory_) / file_name_of(config_.name));
  if (!made)
    return tl::unexpected(made.error());
  tracing_ = std::move(*made);
  return {};
}

void world_run::announce() const {
  if (options_.quiet)
    return;
  double km_x = double{config_.cell_size_m} * config_.extent_x / 1000;
  double km_z = double{config_.cell_size_m} * config_.extent_z / 1000;
  std::printf("%s: game %s, %s x %s km, layout %s, seed %s\n", config_.name.c_str(),
              world_.game->name, short_number(km_x).c_str(), short_number(km_z).c_str(),
              world_.cut->name().c_str(), std::to_string(config_.seed).c_str());
  announce_keeping();
  for (const auto& text : world_.notes)
    note(text);
  auto beyond = std::count_if(commands_.begin(), commands_.end(), [&](const command& c) {
    return options_.ticks != 0 && c.tick >= options_.ticks;
  });
  if (beyond != 0)
    note("this run ends before the ticks of " + std::to_string(beyond) + " of the commands");
  std::fflush(stdout);
}

void world_run::announce_keeping() const {
  if (!keep_) {
    std::printf(
      "The world is in memory only: when it ends, nothing of it is kept. Ctrl-C ends it.\n");
    return;
  }
  const recovered_world& from = keep_->recovered();
  std::printf(
    "The world is kept in %s, durability %s. Ctrl-C ends it; the same command goes on with it.\n",
    directory_.c_str(), name_of(config_.persistence.durability).data());
  if (from.next_tick == 0)
    return;
  std::size_t commands = 0;
  for (const auto& [tick, batch] : keep_->inputs())
    commands += batch->size();
  std::printf(
    "It stood at tick %llu%s: checkpoint of tick %llu, %llu ticks and %zu commands to replay.\n",
    static_cast<unsigned long long>(from.next_tick),
    from.clean_stop ? ", stopped cleanly" : ", not stopped cleanly",
    static_cast<unsigned long long>(from.state_tick()),
    static_cast<unsigned long long>(from.next_tick - from.state_tick()), commands);
  for (const auto& text : from.notices)
    note(text);
}

result<void> world_run::start() {
  engine_options options;
  options.workers = config_.workers;
  options.ticks = options_.ticks;
  options.paced = options_.paced();
  for (const auto& c : commands_)
    record_.taken(c, c.tick);
  options.commands = std::move(commands_);
  options.keep = keep_;
  options.inspected = !options_.inspect.empty() || window_;
  std::shared_ptr<tick_times> times;
  if (window_) {
    options.looks = window_->board();
    times = window_->times();
  }
  options.on_durable = [this](tick_number tick) {
    if (record_.durable(tick))
      main_.notify();
  };
  options.on_shard_restart = [this](const shard_restart& restart) {
    tracing_->tick_failed(restart.failure.tick);
    note(told_of(restart.failure) + "; the shard was restored from tick " +
         std::to_string(restart.from) + ", " + std::to_string(restart.hashes_checked) +
         " hashes checked in " + short_number(restart.seconds) + " s, and runs it again");
  };
  options.on_restart = [this](const engine_failure& failure, tick_number next) {
    record_.go_on_from(next, keep_->options().how == durability::sync);
    tracing_->tick_failed(failure.tick);
    note(told_of(failure) +
         (failure.not_alone.empty()
            ? ""
            : "; the shard cannot be restored alone: " + failure.not_alone) +
         "; the world goes back to its last checkpoint and on from there");
  };
  tracing_->put_into(options);
  options.on_summary = [this, times](const world_summary& summary) {
    if (times)
      times->add(summary.tick, summary.busy_ns);
    tracing_->state_complete(summary.tick);
    if (record_.add(summary) || summary.tick == 0)
      main_.notify();
  };
  auto made = engine::start(world_.setup, world_.cut, std::move(options));
  if (!made)
    return tl::unexpected(made.error());
  engine_ = std::move(*made);
  return {};
}

/// A world runs without it too.
std::unique_ptr<control_socket> world_run::listen() const {
  if (!keep_)
    return nullptr;
  auto made = control_socket::open(directory_);
  if (made)
    return std::move(*made);
  note("`tessera checkpoint take` cannot reach this run: " + made.error().message);
  return nullptr;
}

result<void> world_run::open_inspector() {
  if (options_.inspect.empty())
    return {};
  auto at = parse_inspect_address(options_.inspect);
  if (!at)
    return tl::unexpected(at.error());
  if (!is_loopback(at->address))
    at->token = make_token();
  auto made = inspector_server::start(*engine_->inspect(), *at);
  if (!made) {
    engine_->stop(); // a kept world is closed as it should be
    engine_->wait();
    return tl::unexpected(made.error());
  }
  inspector_ = std::move(*made);
  // Even when quiet: nobody could find it, or enter, without.
  std::printf("Inspector: %s\n", inspector_->url().c_str());
  if (!at->token.empty())
    std::printf("It can be reached from other machines, by whoever has the token in that address; "
                "what they send is "
                "not encrypted.\n");
  std::fflush(stdout);
  return {};
}

/// Until the world has ended: passes on the wish to stop, answers and the status line.
void world_run::watch() {
  std::atomic<bool> over = false;
  std::thread waiter([&] {
    ended_ = engine_->wait();
    over = true;
    main_.notify();
  });
  std::optional<stdin_commands> input;
  if (options_.from_stdin())
    input.emplace(*engine_, world_.setup, record_, main_);
  if (control_)
    control_->serve([this] { return engine_->take_checkpoint(); });
  bool on_terminal = isatty(STDOUT_FILENO) != 0;
  status_line status{static_cast<double>(config_.tick_rate_hz), options_.paced(), on_terminal};
  while (!over) {
    if (window_)
      show_frame();
    else
      main_.sleep(std::chrono::milliseconds(500));
    if (stop_signals::asked_to_stop() && !stopped_) {
      stopped_ = true;
      engine_->stop();
    }
    auto answers = record_.take_answers();
    if (acks_)
      acks_->write(answers);
    if (!options_.quiet && !over)
      status.print(record_);
  }
  waiter.join();
  leave_window();
  if (!options_.quiet)
    status.finish();
}

/// What it drew is kept.
void world_run::leave_window() {
  if (!window_)
    return;
  window_->board()->watch(false);
  frames_ = window_->record();
  device_ = window_->device_name();
  window_.reset();
}

/// Closing the window ends the world, as Ctrl-C does. Where nothing can be drawn any more, it runs on without.
void world_run::show_frame() {
  auto shown = window_->frame();
  if (shown && *shown)
    return;
  leave_window();
  if (!shown) {
    note(shown.error().message + "; the world runs on without a window");
    return;
  }
  stopped_ = true;
  engine_->stop();
}

exit_code world_run::finish() {
  run_facts facts;
  facts.config = &config_;
  facts.world = &world_;
  facts.ended = &ended_;
  facts.record = &record_;
  facts.ended_by = ended_.failure           ? "failure"
                   : ended_.storage_failure ? "storage"
                   : stopped_               ? "signal"
                                            : "ticks";
  facts.first_tick = first_;
  facts.directory = directory_;
  if (keep_)
    if (auto bytes = keep_->directory().disk_bytes())
      facts.disk = *bytes;
  facts.paced = options_.paced();
  facts.ticks_asked = options_.ticks;
  facts.again = again(ended_);
  put_resources(facts);
  inspector_.reset();
  engine_.reset();
  record_.close();
  if (ended_.failure)
    tracing_->tick_failed(ended_.failure->tick);
  exit_code code = exit_code::fine;
  auto keep = [&](const result<void>& ok) {
    if (ok)
      return;
    complain(ok.error());
    code = exit_code::cannot_write;
  };
  if (record_.malformed() != 0)
    code = exit_code::bad_command;
  if (acks_) {
    acks_->write(record_.take_answers());
    keep(acks_->close());
  }
  keep(tracing_->finish());
  facts.trace = tracing_->figures();
  keep(write_report(facts));
  keep(frame_files_.write(frames_, {config_.name, device_}));
  std::printf("%s", make_summary(facts).c_str());
  std::fflush(stdout);
  if (ended_.failure) {
    complain(describe_failure(*ended_.failure));
    if (!facts.again.empty())
      std::fprintf(stderr, "to see it again:\n%s\n", facts.again.c_str());
    return exit_code::failure;
  }
  if (ended_.storage_failure)
    return complain(*ended_.storage_failure);
  return code;
}

result<void> world_run::write_report(const run_facts& facts) {
  if (options_.report.empty())
    return {};
  report_ << make_report(facts).dump(2, ' ', false,
                                     nlohmann::ordered_json::error_handler_t::replace)
          << '\n';
  report_.close();
  if (!report_)
    return fail(error_code::failure, options_.report + ": the report could not be written");
  return {};
}

/// From the directory, where what the tick was given is there. Else commands from standard input are gone,
/// and such a run cannot be had again.
std::string world_run::again(const engine_result& ended) const {
  if (!ended.failure)
    return {};
  if (const auto& f = *ended.failure; f.replay != failure_replay::none)
    return "tessera replay " + shell_word(directory_) +
           (f.replay == failure_replay::shard ? " --shard " + std::to_string(f.shard) : "") +
           " --to " + std::to_string(f.tick + 1);
  if (options_.from_stdin())
    return {};
  std::string text = "tessera run " +
                     (keep_ ? "--data " + shell_word(directory_) : options_.world.again()) +
                     " --speed max --ticks " + std::to_string(ended.failure->tick + 1);
  return options_.commands.empty() ? text : text + " --commands " + shell_word(options_.commands);
}

} // namespace

exit_code run_world(const run_options& options) {
  return world_run{options}.run();
}

} // namespace tessera
