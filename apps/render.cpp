// `tessera render`: pictures of a world at given ticks, or a video, without a window. The world runs in this
// thread, between pictures; a picture is of all shards at one tick, bodies in the order of their ids, so it is
// the same under any layout and any number of workers.
#include "apps/body_models.hpp"
#include "apps/render_video.hpp"
#include "apps/subcommands.hpp"
#include "apps/text.hpp"
#include "apps/tool_output.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>

namespace tessera {

namespace {

namespace fs = std::filesystem;

struct tick_range {
  tick_number first = 0;
  tick_number last = 0; ///< with it
};

/// "40" or "40..80", a million at most.
std::optional<tick_range> parse_ticks(std::string_view text) {
  auto number = [](std::string_view digits) -> std::optional<tick_number> {
    tick_number out = 0;
    const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (wrong != std::errc{} || end != digits.data() + digits.size() || digits.empty())
      return std::nullopt;
    return out;
  };
  const auto dots = text.find("..");
  const auto first = number(text.substr(0, dots));
  const auto last = dots == std::string_view::npos ? first : number(text.substr(dots + 2));
  constexpr tick_number most = 1'000'000; // pictures
  if (!first || !last || *last < *first || *last - *first >= most)
    return std::nullopt;
  return tick_range{*first, *last};
}

struct render_options {
  world_options world; ///< its file may be a data directory
  std::vector<std::string> ticks;
  std::string size = "1280x720";
  std::string camera; ///< empty: where most is to be seen
  std::string sun;
  std::string models; ///< a world file; empty: the world's own
  std::string out = ".";
  bool no_grass = false;
  bool fast = false;
  std::uint32_t raindrops = 0;
  bool video = false;
  unsigned fps = 30;
  std::string follow; ///< empty: nobody
};

class render_run {
public:
  explicit render_run(const render_options& options) : options_(options) {}

  exit_code run() {
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
    return options_.video ? draw_video() : draw_pictures();
  }

private:
  result<void> open_renderer();
  result<void> open_world();
  result<world_config> models_config() const;
  frame_request request() const;
  exit_code draw_pictures();
  exit_code draw(tick_number tick);
  exit_code draw_video();

  const render_options& options_;
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
  shown_ = {setup.ground, setup.extent, setup.cell_size_m, appearance_of(*setup.game), {}};
  const auto config = models_config();
  if (!config)
    return tl::unexpected(config.error());
  auto models = load_models(*config, shown_.looks);
  if (!models)
    return tl::unexpected(models.error());
  shown_.models = std::move(*models);
  return renderer_->set_light(light_).and_then([&] { return renderer_->show(shown_); });
}

/// The world file whose models are drawn.
result<world_config> render_run::models_config() const {
  return options_.models.empty() ? world_->config() : load_world_file(options_.models);
}

frame_request render_run::request() const {
  frame_request out;
  std::tie(out.width, out.height) = *parse_picture_size(options_.size);
  out.grass = !options_.no_grass;
  out.smooth = !options_.fast;
  out.raindrops = options_.raindrops;
  return out;
}

exit_code render_run::draw_pictures() {
  std::set<tick_number> ticks;
  for (const auto& text : options_.ticks) {
    const tick_range range = *parse_ticks(text);
    for (tick_number tick = range.first; tick <= range.last; ++tick)
      ticks.insert(tick);
  }
  for (tick_number tick : ticks)
    if (auto code = draw(tick); code != exit_code::fine)
      return code;
  return exit_code::fine;
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
  frame_request asked = request();
  asked.from = camera_at(*place_, shown_);
  asked.time_s = static_cast<double>(tick) / world_->setup().tick_rate_hz;
  auto drawn = renderer_->set_bodies(bodies).and_then([&] { return renderer_->draw(asked); });
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

exit_code render_run::draw_video() {
  const tick_range range = *parse_ticks(options_.ticks.front());
  video_options how;
  how.timeline = {range.first, range.last, world_->config().tick_rate_hz, options_.fps};
  how.out = options_.out;
  how.request = request();
  how.light = light_;
  how.place = place_;
  if (options_.follow == "near")
    how.follow = follow_nearest{};
  else if (!options_.follow.empty())
    how.follow = *parse_entity_id(options_.follow);
  return render_video(*renderer_, *world_, shown_, how);
}

/// What the option parser cannot know of one option alone; empty if all is well.
void check(const render_options& options) {
  auto refuse = [](const char* option, const std::string& message) {
    throw CLI::ValidationError(option, message);
  };
  for (const auto& text : options.ticks)
    if (!parse_ticks(text))
      refuse("--ticks",
             "a tick or a range FIRST..LAST of at most a million is expected, not " + text);
  const auto size = parse_picture_size(options.size);
  if (!size)
    refuse("--size", "WIDTHxHEIGHT is expected, each 16 to 8192, not " + options.size);
  if (!options.camera.empty() && !parse_camera_place(options.camera))
    refuse("--camera", "five numbers with commas between are expected, the last "
                       "one -90 to 90, not " +
                         options.camera);
  if (!options.sun.empty() && !parse_sun(options.sun))
    refuse("--sun", "two numbers with a comma between are expected, the first "
                    "one 1 to 90, not " +
                      options.sun);
  if (!options.video)
    return;
  const tick_range range = *parse_ticks(options.ticks.front());
  if (options.ticks.size() != 1 || range.first == range.last)
    refuse("--ticks", "one range FIRST..LAST is expected with --video, not " +
                        CLI::detail::join(options.ticks, " "));
  if (size->first % 2 != 0 || size->second % 2 != 0)
    refuse("--size",
           "even numbers are expected with --video, as H.264 has them, not " + options.size);
  if (!options.follow.empty() && options.follow != "near" && !parse_entity_id(options.follow))
    refuse("--follow", "16 hex digits or near are expected, not " + options.follow);
}

} // namespace

void add_render(CLI::App& app, exit_code& code) {
  auto options = std::make_shared<render_options>();
  CLI::App* command = app.add_subcommand(
    "render", "Draw a world at given ticks, without a window, into PNG files or a video");
  options->world.add_to(*command);
  command->get_option("world")
    ->description(
      "The world file, run from its start; or a data directory, which is replayed and only read")
    ->type_name("WORLD.toml|DIR");
  command
    ->add_option("--ticks", options->ticks,
                 "Draw the state after so many ticks; several may be given, and ranges "
                 "FIRST..LAST")
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
    ->add_option(
      "--models", options->models,
      "Draw kinds with the models of this world file (default: of the world's own; a data "
      "directory keeps none)")
    ->type_name("WORLD.toml");
  command
    ->add_option("--out", options->out,
                 "Folder of the pictures, made if it is not there (default .)")
    ->type_name("DIR");
  command->add_flag("--no-grass", options->no_grass,
                    "Leave out the tufts of grass near the camera");
  command->add_flag("--fast", options->fast, "One sample a pixel in place of four");
  command
    ->add_option("--rain", options->raindrops,
                 "Raindrops in the air around the camera, up to 1000000; 30000 are a shower")
    ->check(CLI::Range(0, 1'000'000));
  CLI::Option* video = command->add_flag("--video", options->video,
                                         "Frames frame-000000.png and so on of one range of ticks, "
                                         "bodies moving smoothly between them, and "
                                         "video.mp4 of them where ffmpeg is installed");
  command->add_option("--fps", options->fps, "Frames a second of the video: 30 or 60 (default 30)")
    ->check(CLI::IsMember({30U, 60U}))
    ->needs(video)
    ->type_name("N");
  command
    ->add_option(
      "--follow", options->follow,
      "Of the video: keep the camera at this entity, or at the one nearest to where it stands")
    ->needs(video)
    ->type_name("ID|near");
  command->footer(
    "Examples:\n"
    "  tessera render configs/worlds/herds.toml --ticks 0 400 --out pictures\n"
    "  tessera render /var/lib/my-world --ticks 1200 --camera 14800,16200,60,45,-12\n"
    "  tessera render configs/worlds/herds.toml --ticks 0..200 --video --fast --out film\n"
    "What the pictures show: docs/manual/watching.md.");
  command->callback([options, &code] {
    check(*options);
    code = render_run{*options}.run();
  });
}

} // namespace tessera
