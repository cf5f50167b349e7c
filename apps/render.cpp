// `tessera render`: pictures of a world at given ticks, without a window. The world runs in this thread, between
// pictures; a picture is of all shards at one tick, bodies in the order of their ids, so it is the same under
// any layout and any number of workers.
#include "apps/kept_reading.hpp"
#include "apps/replayed_world.hpp"
#include "apps/subcommands.hpp"
#include "apps/text.hpp"
#include "apps/tool_output.hpp"
#include "apps/view_option.hpp"
#include "games/games.hpp"
#include "render/renderer.hpp"
#include "shards/lockstep_world.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

namespace tessera {

namespace {

namespace fs = std::filesystem;

struct render_options {
  world_options world; ///< its file may be a data directory
  std::vector<tick_number> ticks;
  std::string size = "1280x720";
  std::string camera; ///< empty: where most is to be seen
  std::string sun;
  std::string out = ".";
  bool no_grass = false;
  bool fast = false;
};

/// A world that can be run to a tick and looked at: a new one, or a kept one that is replayed.
class rendered_world {
public:
  static result<rendered_world> open(const world_options& options);

  result<void> run_to(tick_number tick);
  const world_setup& setup() const { return kept_ ? kept_->setup() : *setup_; }
  const std::string& name() const { return name_; }
  const std::vector<std::string>& notes() const { return notes_; }
  /// All bodies, by id, and the cover of all cells.
  std::vector<instance_columns> look(const appearance& looks) const;

private:
  result<void> open_kept_world(const world_options& options);
  result<void> open_new_world(const world_options& options);
  const lockstep_world& world() const { return kept_ ? kept_->world() : *fresh_; }

  std::string name_;
  std::vector<std::string> notes_;
  std::unique_ptr<kept_reading> reading_;
  std::unique_ptr<replayed_world> kept_;
  std::shared_ptr<const world_setup> setup_;
  std::unique_ptr<executor> threads_; // used by fresh_
  std::unique_ptr<lockstep_world> fresh_;
  std::optional<tick_number> first_;
};

result<rendered_world> rendered_world::open(const world_options& options) {
  rendered_world out;
  std::error_code ignored;
  auto ok = fs::is_directory(options.file, ignored) ? out.open_kept_world(options)
                                                    : out.open_new_world(options);
  if (!ok)
    return tl::unexpected(ok.error());
  return out;
}

result<void> rendered_world::open_kept_world(const world_options& options) {
  auto kept = read_kept_with_game(options.file, options.shards);
  if (!kept)
    return tl::unexpected(kept.error());
  name_ = kept->config.name;
  reading_ = std::make_unique<kept_reading>(std::move(*kept));
  auto world = replayed_world::open_earliest(*reading_);
  if (!world)
    return tl::unexpected(world.error());
  notes_ = world->notes();
  kept_ = std::make_unique<replayed_world>(std::move(*world));
  return {};
}

result<void> rendered_world::open_new_world(const world_options& options) {
  auto config = options.load();
  if (!config)
    return tl::unexpected(config.error());
  auto opened = open_world(*config, built_in_games());
  if (!opened)
    return tl::unexpected(opened.error());
  name_ = config->name;
  notes_ = opened->notes;
  setup_ = opened->setup;
  lockstep_options how;
  const unsigned workers =
    config->workers != 0 ? config->workers : std::max(1u, std::thread::hardware_concurrency());
  if (workers > 1) {
    threads_ = make_thread_executor(workers);
    how.resources.workers = threads_.get();
    how.resources.worker_count = workers;
  }
  fresh_ = std::make_unique<lockstep_world>(setup_, opened->cut, how);
  return {};
}

result<void> rendered_world::run_to(tick_number tick) {
  if (kept_)
    return kept_->run_to(tick);
  try {
    fresh_->run_to(tick);
  } catch (const tick_failure& e) {
    return fail(error_code::system_failure,
                "tick " + std::to_string(e.tick()) + " failed in " + e.system() + ": " + e.what());
  }
  return {};
}

std::vector<instance_columns> rendered_world::look(const appearance& looks) const {
  // The first holds all bodies; covers stay with the parts that they are of.
  std::vector<instance_columns> out(world().shard_count() + 1);
  instance_columns& all = out.front();
  for (std::size_t s = 0; s < world().shard_count(); ++s) {
    instance_columns& part = out[s + 1];
    write_instances(world().at(s), world().sent_packets(s), looks, setup().cell_size_m, part);
    auto move_rows = [](auto& to, auto& from) {
      to.insert(to.end(), from.begin(), from.end());
      from.clear();
    };
    move_rows(all.places, part.places);
    move_rows(all.turns, part.turns);
    move_rows(all.materials, part.materials);
    move_rows(all.ids, part.ids);
  }
  order_by_id(all);
  return out;
}

class render_run {
public:
  explicit render_run(const render_options& options) : options_(options) {}

  exit_code run() {
    ticks_ = options_.ticks;
    std::sort(ticks_.begin(), ticks_.end());
    ticks_.erase(std::unique(ticks_.begin(), ticks_.end()), ticks_.end());
    // First, so that nobody waits for a world that cannot be drawn.
    if (auto ok = open_renderer(); !ok)
      return complain(ok.error());
    if (auto ok = open_world(); !ok)
      return complain(ok.error());
    std::error_code failed;
    fs::create_directories(options_.out, failed);
    if (failed)
      return complain(error{error_code::io_failure,
                            options_.out + ": the folder cannot be made: " + failed.message()});
    for (tick_number tick : ticks_)
      if (auto code = draw(tick); code != exit_code::fine)
        return code;
    return exit_code::fine;
  }

private:
  result<void> open_renderer();
  result<void> open_world();
  exit_code draw(tick_number tick);

  const render_options& options_;
  std::vector<tick_number> ticks_;
  std::unique_ptr<renderer> renderer_;
  std::unique_ptr<rendered_world> world_;
  shown_world shown_;
  sun_position light_;
  std::optional<camera_place> place_;
};

result<void> render_run::open_renderer() {
  auto made = renderer::open();
  if (!made)
    return tl::unexpected(made.error());
  renderer_ = std::move(*made);
  if (!options_.sun.empty())
    light_ = *parse_sun(options_.sun);
  if (!options_.camera.empty())
    place_ = parse_camera_place(options_.camera);
  return {};
}

result<void> render_run::open_world() {
  auto opened = rendered_world::open(options_.world);
  if (!opened)
    return tl::unexpected(opened.error());
  world_ = std::make_unique<rendered_world>(std::move(*opened));
  for (const auto& text : world_->notes())
    std::printf("note: %s\n", text.c_str());
  const world_setup& setup = world_->setup();
  shown_ = {setup.ground, setup.extent, setup.cell_size_m, appearance_of(*setup.game)};
  return renderer_->set_light(light_).and_then([&] { return renderer_->show(shown_); });
}

exit_code render_run::draw(tick_number tick) {
  if (auto ok = world_->run_to(tick); !ok)
    return complain(ok.error());
  const auto parts = world_->look(shown_.looks);
  if (!place_) {
    place_ = find_view(parts.front(), shown_, light_);
    std::printf("camera: --camera %s\n", text_of(*place_).c_str());
  }
  std::vector<const instance_columns*> bodies;
  for (const auto& part : parts)
    bodies.push_back(&part);
  frame_request request;
  std::tie(request.width, request.height) = *parse_picture_size(options_.size);
  request.from = camera_at(*place_, shown_);
  request.time_s = static_cast<double>(tick) / world_->setup().tick_rate_hz;
  request.grass = !options_.no_grass;
  request.smooth = !options_.fast;
  auto drawn = renderer_->set_bodies(bodies).and_then([&] { return renderer_->draw(request); });
  if (!drawn)
    return complain(drawn.error());
  char name[64];
  std::snprintf(name, sizeof name, "tick-%08llu.png", static_cast<unsigned long long>(tick));
  const fs::path path = fs::path(options_.out) / name;
  if (auto ok = write_png(path, *drawn); !ok)
    return complain(ok.error());
  const frame_figures& f = renderer_->figures();
  const auto& by = f.by_level;
  std::printf("%s: %s bodies, %s in view (%s near, %s as dots), %.0f ms on %s\n",
              path.string().c_str(), grouped(f.bodies).c_str(),
              grouped(std::uint64_t{by[0]} + by[1] + by[2] + by[3]).c_str(),
              grouped(std::uint64_t{by[0]} + by[1]).c_str(), grouped(by[3]).c_str(), f.milliseconds,
              renderer_->device_name().c_str());
  std::fflush(stdout);
  return exit_code::fine;
}

} // namespace

void add_render(CLI::App& app, exit_code& code) {
  auto options = std::make_shared<render_options>();
  CLI::App* command =
    app.add_subcommand("render", "Draw a world at given ticks, without a window, into PNG files");
  options->world.add_to(*command);
  command->get_option("world")
    ->description(
      "The world file, run from its start; or a data directory, which is replayed and only read")
    ->type_name("WORLD.toml|DIR");
  command
    ->add_option("--ticks", options->ticks,
                 "Draw the state after so many ticks; several may be given")
    ->type_name("T...")
    ->required();
  command->add_option("--size", options->size, "Width and height in pixels (default 1280x720)")
    ->type_name("WxH");
  command
    ->add_option(
      "--camera", options->camera,
      "EAST,SOUTH,HEIGHT,BEARING,PITCH: metres from the world's north-west corner, metres above "
      "ground or water, degrees from north, degrees above the horizon (default: where most is "
      "to be seen at the first of the ticks)")
    ->type_name("E,S,H,B,P");
  command
    ->add_option("--sun", options->sun,
                 "ELEVATION,BEARING of the sun in degrees (default 27,248: an afternoon)")
    ->type_name("E,B");
  command
    ->add_option("--out", options->out,
                 "Folder of the pictures, made if it is not there (default .)")
    ->type_name("DIR");
  command->add_flag("--no-grass", options->no_grass,
                    "Leave out the tufts of grass near the camera");
  command->add_flag("--fast", options->fast, "One sample a pixel in place of four");
  command->footer("Examples:\n"
                  "  tessera render configs/worlds/herds.toml --ticks 0 400 --out pictures\n"
                  "  tessera render /var/lib/my-world --ticks 1200 --camera 14800,16200,60,45,-12\n"
                  "What the pictures show: docs/manual/watching.md.");
  command->callback([options, &code] {
    if (!parse_picture_size(options->size))
      throw CLI::ValidationError("--size",
                                 "WIDTHxHEIGHT is expected, each 16 to 8192, not " + options->size);
    if (!options->camera.empty() && !parse_camera_place(options->camera))
      throw CLI::ValidationError("--camera",
                                 "five numbers with commas between are expected, the last "
                                 "one -90 to 90, not " +
                                   options->camera);
    if (!options->sun.empty() && !parse_sun(options->sun))
      throw CLI::ValidationError("--sun",
                                 "two numbers with a comma between are expected, the first "
                                 "one 1 to 90, not " +
                                   options->sun);
    code = render_run{*options}.run();
  });
}

} // namespace tessera
