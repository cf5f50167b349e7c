#include "apps/run_window.hpp"

#include "apps/frame_export.hpp"
#include "apps/trace_recording.hpp"
#include "apps/view_option.hpp"
#include "apps/window_overlay.hpp"
#include "apps/window_panels.hpp"
#include "render/flight.hpp"
#include "render/motion.hpp"
#include "render/quality.hpp"
#include "render/renderer.hpp"
#include "render/window.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace tessera {

namespace {

using clock = std::chrono::steady_clock;

/// Panels are read by eye.
constexpr double panels_period_s = 0.1;
/// What is said once stays for so long.
constexpr double said_s = 6;

double seconds_since(clock::time_point then) {
  return std::chrono::duration<double>(clock::now() - then).count();
}

/// The renderer's helpers come after the world's workers: threads inherit how urgent their maker is.
result<std::unique_ptr<renderer>> open_less_urgent(window* shown_in) {
  result<std::unique_ptr<renderer>> out;
  std::thread([&] {
    constexpr int niceness = 5;
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
    renderer_options options;
    options.shown_in = shown_in;
    out = renderer::open(options);
  }).join();
  return out;
}

/// Of a world.
struct window_subject {
  std::string name;
  shown_world world;
  std::size_t shards = 0;
  double tick_rate_hz = 20;
  double bin_m = 0; ///< how far beyond a border neighbours have ghosts; 0: none
};

class live_window : public run_window {
public:
  live_window(std::unique_ptr<window> in, std::unique_ptr<renderer> with, window_subject of,
              window_options how)
    : window_(std::move(in)), renderer_(std::move(with)), of_(std::move(of)), how_(std::move(how)),
      board_(std::make_shared<instance_board>(of_.shards)), tick_s_(1 / of_.tick_rate_hz),
      ladder_(frame_budget::frame_ms, how_.quality.value_or(renderer_->is_software() ? 4 : 0)) {
    board_->watch(true);
  }

  std::shared_ptr<instance_board> board() const override { return board_; }
  std::shared_ptr<tick_times> times() const override { return tick_times_; }
  void look_into(inspected_world& world) override { onlooker_.emplace(world); }
  const frame_record& record() const override { return record_; }
  const std::string& device_name() const override { return renderer_->device_name(); }
  result<bool> frame() override;
  result<void> show_world() { return renderer_->show(of_.world); }

private:
  std::optional<window_input> take_input();
  void take_tick();
  bool take_bodies();
  void move_camera(const window_input& input, double seconds);
  void choose(std::pair<double, double> at);
  void press(window_key key);
  std::shared_ptr<const onlooker_news> ask();
  overlay_content over();
  void put_load(overlay_content& out, const onlooker_news& news, float wide, float high);
  void put_borders(overlay_content& out, float wide, float high);
  void make_panels(const onlooker_news& news);
  result<bool> draw(frame_stopwatch& watch);
  float share() const;
  void end_row(double seconds);
  void begin_row(const frame_budget::times& parts_ms);
  void save_record();

  std::unique_ptr<window> window_; // first: it goes last
  std::unique_ptr<renderer> renderer_;
  window_subject of_;
  window_options how_;
  std::shared_ptr<instance_board> board_;
  std::shared_ptr<tick_times> tick_times_ = std::make_shared<tick_times>();
  std::optional<world_onlooker> onlooker_; ///< nothing: nobody may be asked
  motion motion_;
  std::vector<instance_columns> covers_; ///< of each shard: what covers its cells, and no body
  double tick_s_;                        ///< from one tick to the next, smoothed
  clock::time_point tick_at_{};
  double tick_interval_ms_ = 0;              ///< real time between the two newest ticks
  double time_s_ = 0;                        ///< of the world
  std::optional<camera> camera_;             ///< nothing before the first tick
  const instance_columns* bodies_ = nullptr; ///< of this frame; while it is drawn, of the next one
  std::optional<entity_id> chosen_;
  bool following_ = false;
  clock::time_point opened_at_ = clock::now();
  clock::time_point frame_at_ = opened_at_;
  frame_times times_;
  frame_budget budget_;
  frame_record record_;
  tick_number row_tick_ = 0;     ///< that the frame is drawn from
  std::optional<frame_row> row_; ///< of the last frame: how long it was, the next one knows
  quality_ladder ladder_;
  bool left_ = false; ///< by key
  bool help_ = false;
  bool figures_ = false;
  bool borders_ = false;
  bool load_ = false;
  bool rains_ = false;
  std::vector<std::string> legend_; ///< of this frame: what its marks mean
  std::vector<overlay_panel> panels_;
  clock::time_point panels_at_{}; ///< when they were made; 0: anew with this frame
  std::string said_;              ///< to be read for a while
  clock::time_point said_at_{};
};

/// Nothing while nobody sees the window and it stays open.
std::optional<window_input> live_window::take_input() {
  const auto [width, height] = window_->size();
  const bool seen = width != 0 && height != 0;
  if (seen != board_->watched())
    board_->watch(seen);
  if (!seen && onlooker_)
    onlooker_->want({});
  window_input out = seen ? window_->poll() : window_->wait(0.1);
  return seen || out.closed ? std::optional(std::move(out)) : std::nullopt;
}

/// A tick that is newer than the one shown, where there is one.
void live_window::take_tick() {
  const auto taken = board_->take(motion_.newest());
  if (!taken)
    return;
  const tick_number before = motion_.newest().value_or(0);
  motion_.take(std::vector<const instance_columns*>(taken->begin(), taken->end()));
  covers_.resize(taken->size());
  for (std::size_t s = 0; s < taken->size(); ++s) {
    covers_[s].tick = (*taken)[s]->tick;
    covers_[s].region = (*taken)[s]->region;
    covers_[s].cover.assign((*taken)[s]->cover.begin(), (*taken)[s]->cover.end());
  }
  if (how_.holding)
    how_.holding();
  board_->give_back(*taken);
  // Longer than a second is no tick but a pause, or a window that was hidden.
  if (const double took = seconds_since(tick_at_); took < 1) {
    tick_s_ += (took - tick_s_) * 0.2;
    tick_interval_ms_ = took * 1000 / static_cast<double>(*motion_.newest() - before);
  }
  tick_at_ = clock::now();
}

/// Where they are now. False: no tick has come yet.
bool live_window::take_bodies() {
  if (!motion_.newest())
    return false;
  const float way = share();
  bodies_ = &motion_.at(way);
  time_s_ = (static_cast<double>(*motion_.newest()) - 1 + double{way}) / of_.tick_rate_hz;
  return true;
}

/// Of the way from the tick before the newest to it: shown is always a tick late, so that there is a way.
float live_window::share() const {
  return static_cast<float>(
    std::clamp(seconds_since(tick_at_) / std::max(tick_s_, 1e-3), 0.0, 1.0));
}

void live_window::choose(std::pair<double, double> at) {
  const auto [width, height] = window_->size();
  const auto row =
    pick(*bodies_, of_.world.cell_size_m, *camera_, width, height, at.first, at.second);
  chosen_ = row ? std::optional(bodies_->ids[*row]) : std::nullopt;
  following_ = following_ && chosen_;
  panels_at_ = {};
}

void live_window::move_camera(const window_input& input, double seconds) {
  auto surface = [this](double east, double south) { return surface_m(of_.world, east, south); };
  fly(*camera_, input.flight, seconds, surface);
  if (input.click)
    choose(*input.click);
  const auto row = chosen_ ? motion_.row_of(*chosen_) : std::nullopt;
  if (!row) { // it is no more
    chosen_.reset();
    following_ = false;
  }
  if (!following_)
    return;
  const instance_place& p = bodies_->places[*row];
  const double size = double{of_.world.cell_size_m};
  follow(*camera_, size * (p.cell_x + p.x / 65536.0), double{p.y_m} + double{p.scale_m},
         size * (p.cell_z + p.z / 65536.0), std::max(6.0, 5.0 * double{p.scale_m}));
  camera_->up_m = std::max(camera_->up_m, surface(camera_->east_m, camera_->south_m) + 1.0);
}

void live_window::press(window_key key) {
  panels_at_ = {};
  switch (key) {
    case window_key::help: help_ = !help_; break;
    case window_key::performance: figures_ = !figures_; break;
    case window_key::borders: borders_ = !borders_; break;
    case window_key::load: load_ = !load_; break;
    case window_key::rain: rains_ = !rains_; break;
    case window_key::follow: following_ = chosen_ && !following_; break;
    case window_key::save_record: save_record(); break;
    case window_key::leave: left_ = true; break;
  }
}

/// The frame before is over: this one begins.
void live_window::end_row(double seconds) {
  if (!row_)
    return;
  times_.add(seconds);
  row_->frame_ms = seconds * 1000;
  row_->tick_busy_ms = tick_times_->busy_ms(row_->tick).value_or(0);
  record_.add(*row_);
  row_.reset();
}

void live_window::begin_row(const frame_budget::times& parts_ms) {
  const frame_figures& drawn = renderer_->figures();
  row_.emplace();
  row_->at_s = std::chrono::duration<double>(frame_at_ - opened_at_).count();
  row_->parts_ms = parts_ms;
  row_->tick = row_tick_;
  row_->tick_interval_ms = tick_interval_ms_;
  row_->bodies = drawn.bodies;
  row_->by_level = drawn.by_level;
  row_->ground_tiles = drawn.ground_tiles;
  row_->draw_calls = drawn.draw_calls;
  row_->rung = static_cast<std::uint32_t>(ladder_.rung());
}

/// Into the working directory, as CSV and as JSON.
void live_window::save_record() {
  const std::string stem = "tessera-perf-" + file_name_of(of_.name);
  std::ofstream csv(stem + ".csv", std::ios::trunc);
  write_frames_csv(csv, record_);
  csv.close();
  std::ofstream json(stem + ".json", std::ios::trunc);
  write_frames_json(json, record_, {of_.name, renderer_->device_name()});
  json.close();
  said_ = csv && json ? std::to_string(record_.rows().size()) + " frames in " + stem + ".csv, .json"
                      : stem + ".csv, .json cannot be written into the working directory";
  said_at_ = clock::now();
}

/// What is known of what is wanted now; it comes a little later, or never where nobody may be asked.
std::shared_ptr<const onlooker_news> live_window::ask() {
  static const auto nothing = std::make_shared<const onlooker_news>();
  if (!onlooker_)
    return nothing;
  onlooker_->want({figures_ || load_, figures_, chosen_});
  return onlooker_->news();
}

void live_window::put_load(overlay_content& out, const onlooker_news& news, float wide,
                           float high) {
  if (!news.shards) {
    legend_.emplace_back("load: the shards' times are not known yet");
    return;
  }
  const auto loads = loads_of(*bodies_, covers_, *news.shards, 1000 / of_.tick_rate_hz,
                              cells_near(of_.world, *camera_, load_reach_m(of_.world)));
  add_loads(out, loads, of_.world, *camera_, wide, high);
  for (auto& line : load_legend(loads))
    legend_.push_back(std::move(line));
}

void live_window::put_borders(overlay_content& out, float wide, float high) {
  add_borders(out, covers_, of_.world, *camera_, wide, high);
  const auto ghosts = of_.bin_m > 0 ? ghosts_near(*bodies_, covers_, of_.bin_m, of_.world, *camera_)
                                    : std::vector<std::size_t>{};
  add_ghosts(out, ghosts, *bodies_, of_.world, *camera_, wide, high);
  for (auto& line : border_legend(ghosts.size(), of_.bin_m))
    legend_.push_back(std::move(line));
}

overlay_content live_window::over() {
  overlay_content out;
  const auto [width, height] = window_->size();
  const auto wide = static_cast<float>(width);
  const auto high = static_cast<float>(height);
  const auto news = ask();
  legend_.clear();
  if (load_)
    put_load(out, *news, wide, high);
  if (borders_)
    put_borders(out, wide, high);
  if (const auto row = chosen_ ? motion_.row_of(*chosen_) : std::nullopt)
    add_marker(out, *bodies_, *row, of_.world, *camera_, wide, high);
  if (seconds_since(panels_at_) > panels_period_s) {
    make_panels(*news);
    panels_at_ = clock::now();
  }
  out.panels = panels_;
  return out;
}

void live_window::make_panels(const onlooker_news& news) {
  panels_.clear();
  if (const auto row = chosen_ ? motion_.row_of(*chosen_) : std::nullopt)
    panels_.push_back(entity_panel(*bodies_, *row, of_.world, following_, news));
  if (help_)
    panels_.push_back(help_panel());
  if (!said_.empty() && seconds_since(said_at_) < said_s)
    legend_.push_back(said_);
  if (!legend_.empty())
    panels_.push_back({"legend", overlay_corner::lower_right, legend_, {}, 0, 0});
  if (!figures_)
    return;
  frame_facts facts;
  facts.tick = *motion_.newest();
  facts.tick_interval_ms = tick_interval_ms_;
  facts.tick_busy_ms = tick_times_->busy_ms(facts.tick).value_or(news.busy_ms);
  facts.tick_rate_hz = of_.tick_rate_hz;
  facts.drawn = renderer_->figures();
  facts.rung = ladder_.rung();
  facts.device = renderer_->device_name();
  facts.window_bytes = motion_.memory_bytes() + record_.memory_bytes();
  facts.news = &news;
  facts.budget = &budget_;
  panels_.push_back(performance_panel(times_, facts));
}

/// Draws and shows. False: nobody sees it.
result<bool> live_window::draw(frame_stopwatch& watch) {
  frame_request request;
  request.from = *camera_;
  request.time_s = std::max(time_s_, 0.0);
  request.smooth = false; // four samples a pixel cost more than the ladder gives back
  request.scale = ladder_.now().scale;
  request.detail = ladder_.now().detail;
  request.grass = ladder_.now().grass;
  request.shadows = ladder_.now().shadows;
  request.dust = ladder_.now().dust;
  request.raindrops = rains_ ? ladder_.now().raindrops : 0;
  request.over = over();
  watch.end(frame_part::overlay);
  std::vector<const instance_columns*> parts{bodies_};
  for (const auto& cover : covers_)
    parts.push_back(&cover);
  auto set = renderer_->set_bodies(parts);
  watch.end(frame_part::bodies);
  if (!set)
    return tl::unexpected(set.error());
  row_tick_ = *motion_.newest();
  // The next frame is made ready while the device draws this one.
  double other_ms = 0;
  auto shown = renderer_->show_frame(request, [&] {
    watch.end(frame_part::drawing);
    const auto began = clock::now();
    take_tick();
    watch.end(frame_part::taking);
    take_bodies();
    watch.end(frame_part::interpolation);
    other_ms = seconds_since(began) * 1000;
  });
  const double begun_ms = watch.ms()[static_cast<std::size_t>(frame_part::drawing)];
  watch.end(frame_part::showing);
  if (shown && *shown)
    watch.move(frame_part::showing, frame_part::drawing,
               std::max(renderer_->figures().milliseconds - begun_ms - other_ms, 0.0));
  return shown;
}

result<bool> live_window::frame() {
  const double seconds = seconds_since(std::exchange(frame_at_, clock::now()));
  end_row(seconds);
  frame_stopwatch watch;
  const auto input = take_input();
  if (!input)
    return true;
  for (auto key : input->pressed)
    press(key);
  if (input->closed || left_)
    return false;
  watch.end(frame_part::input);
  if (bodies_ == nullptr) { // later ones are taken while the frame before is drawn
    take_tick();
    if (!take_bodies()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      return true;
    }
  }
  if (!camera_)
    camera_ = camera_at(find_view(*bodies_, of_.world, sun_position{}), of_.world);
  move_camera(*input, std::min(seconds, 0.25)); // after a stall it is where it was
  watch.end(frame_part::input);
  const auto shown = draw(watch);
  if (!shown)
    return tl::unexpected(shown.error());
  if (!*shown)
    return true;
  begin_row(watch.ms());
  if (!how_.quality)
    ladder_.add(renderer_->figures().milliseconds);
  if (record_.rows().empty()) // the first one makes what all others use
    return true;
  const auto warning =
    budget_.add(watch.ms(), std::chrono::duration<double>(frame_at_ - opened_at_).count());
  if (warning && how_.warn)
    how_.warn(*warning);
  return true;
}

} // namespace

bool is_window_size(const std::string& text) {
  return parse_picture_size(text).has_value();
}

tl::expected<std::unique_ptr<run_window>, window_refusal>
run_window::open(const window_options& how, const std::string& title, const world_setup& setup,
                 std::size_t shards) {
  const auto [width, height] = *parse_picture_size(how.size);
  auto in = window::open(title, width, height);
  if (!in)
    return refuse_window(in.error().message, false);
  if (auto shows = window::vulkan_shows(); !shows) {
    // Without a window the renderer knows better what is missing.
    const auto without = open_less_urgent(nullptr);
    return refuse_window(without ? shows.error().message : without.error().message, true);
  }
  auto with = open_less_urgent(in->get());
  if (!with)
    return refuse_window(with.error().message, true);
  window_subject of{
    title,
    {setup.ground, setup.extent, setup.cell_size_m, appearance_of(*setup.game), how.models},
    shards,
    static_cast<double>(setup.tick_rate_hz),
    double{setup.bin_size_m}};
  auto made = std::make_unique<live_window>(std::move(*in), std::move(*with), std::move(of), how);
  if (auto ok = made->show_world(); !ok)
    return refuse_window(ok.error().message, true);
  return made;
}

} // namespace tessera
