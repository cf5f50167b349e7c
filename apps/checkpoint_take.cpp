#include "apps/checkpoint_take.hpp"

#include "apps/control_socket.hpp"
#include "apps/data_option.hpp"
#include "apps/text.hpp"
#include "apps/tool_output.hpp"
#include "sdk/engine.hpp"

#include <cstdio>
#include <memory>
#include <thread>
#include <utility>

namespace tessera {

namespace {

struct take_options {
  std::string directory;
  double wait_s = 30;
  bool json = false;
};

struct taken {
  tick_number tick = 0;
  bool running = false;
  bool was_there = false; ///< a stopped world's newest state had one already
};

/// Opens the world, replays what its journal has and closes it, as a clean stop does. Errors: in_use while
/// another process has it open.
result<taken> take_of_stopped(const std::string& path) {
  auto there = data_directory::exists(posix_files(), path);
  if (!there)
    return tl::unexpected(there.error());
  if (!*there) {
    auto opened = data_directory::open_to_read(posix_files(), path); // says what is wrong
    return tl::unexpected(opened ? error{error_code::not_there, path + " holds no world"}
                                 : opened.error());
  }
  auto world = choose_world({}, path);
  if (!world)
    return tl::unexpected(world.error());
  taken out;
  out.tick = world->keep->recovered().next_tick;
  out.was_there = world->keep->recovered().state &&
                  world->keep->recovered().state_tick() == world->keep->recovered().next_tick;
  if (out.tick == 0) { // the start needs none
    out.was_there = true;
    return out;
  }
  engine_options options;
  options.workers = world->config.workers;
  options.ticks = out.tick;
  options.keep = std::move(world->keep);
  auto run = engine::start(world->world.setup, world->world.cut, std::move(options));
  if (!run)
    return tl::unexpected(run.error());
  auto ended = (*run)->wait();
  if (ended.storage_failure)
    return tl::unexpected(*ended.storage_failure);
  if (ended.failure)
    return fail(error_code::system_failure,
                path + ": tick " + std::to_string(ended.failure->tick) +
                  " failed while the journal was replayed: " + ended.failure->message);
  out.tick = ended.last.tick;
  return out;
}

/// A process that has just started, or is about to end, has the lock and does not listen: it gets time.
result<taken> take(const take_options& options) {
  stopwatch watch;
  while (true) {
    auto there = data_directory::exists(posix_files(), options.directory);
    if (there && *there) {
      auto tick = ask_for_checkpoint(options.directory);
      if (tick)
        return taken{*tick, true, false};
      if (tick.error().code != error_code::not_there)
        return tl::unexpected(tick.error());
    }
    auto stopped = take_of_stopped(options.directory);
    if (stopped || stopped.error().code != error_code::in_use)
      return stopped;
    if (watch.seconds() >= options.wait_s)
      return fail(error_code::in_use,
                  stopped.error().message + "\nit does not answer: another tool, a world that is "
                                            "still starting, or an older Tessera");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

exit_code run_take(const take_options& options) {
  stopwatch watch;
  auto made = take(options);
  if (!made)
    return complain(made.error());
  if (options.json) {
    print_json({{"directory", options.directory},
                {"tick", made->tick},
                {"running", made->running},
                {"was_there", made->was_there},
                {"seconds", watch.seconds()}});
    return exit_code::fine;
  }
  std::printf("%s: %s checkpoint of tick %s, %s; the world %s\n", options.directory.c_str(),
              made->was_there ? "there was a" : "took a", grouped(made->tick).c_str(),
              made->was_there ? "where it stands" : (short_number(watch.seconds()) + " s").c_str(),
              made->running ? "runs on" : "is stopped");
  return exit_code::fine;
}

} // namespace

void add_checkpoint_take(CLI::App& group, exit_code& code) {
  auto options = std::make_shared<take_options>();
  CLI::App* command = group.add_subcommand(
    "take", "Take a checkpoint now, and return once it counts; the world may run meanwhile");
  add_directory(*command, options->directory, "DIR",
                "The data directory; of a world that is stopped it is opened, replayed and closed");
  // CLI11 puts a check's description behind the type's name, where it says nothing new.
  CLI::Validator positive = CLI::NonNegativeNumber;
  positive.description("");
  command
    ->add_option("--wait", options->wait_s,
                 "How long to wait for a process that has the directory open and does not listen "
                 "yet (default 30)")
    ->type_name("SECONDS")
    ->check(positive);
  add_json(*command, options->json);
  command->footer("Example:\n  tessera checkpoint take /var/lib/my-world\n"
                  "Two checkpoints are kept: the older of three goes. More: "
                  "docs/manual/operating.md.");
  command->callback([options, &code] { code = run_take(*options); });
}

} // namespace tessera
