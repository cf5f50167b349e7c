#include "apps/run_window.hpp"

#include "apps/view_option.hpp"
#include "apps/window_overlay.hpp"
#include "render/flight.hpp"
#include "render/motion.hpp"
#include "render/quality.hpp"
#include "render/renderer.hpp"
#include "render/window.hpp"

#include <algorithm>
#include <chrono>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace tessera {

namespace {

using clock = std::chrono::steady_clock;

constexpr double frame_target_ms = 1000.0 / 30;

double seconds_since(clock::time_point then) {
  return std::chrono::duration<double>(clock::now() - then).count();
}

/// The renderer's helpers come after the world's workers: threads inherit how urgent their maker is.
result<std::unique_ptr<renderer>> open_less_urgent(window& shown_in) {
  result<std::unique_ptr<renderer>> out;
  std::thread([&] {
    constexpr int niceness = 5;
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
    renderer_options options;
    options.shown_in = &shown_in;
    out = renderer::open(options);
  }).join();
  return out;
}

class live_window : public run_window {
public:
  live_window(std::unique_ptr<window> in, std::unique_ptr<renderer> with, shown_world world,
              std::size_t shards, double tick_s, std::optional<std::size_t> quality)
    : window_(std::move(in)), renderer_(std::move(with)), world_(std::move(world)),
      board_(std::make_shared<instance_board>(shards)), tick_s_(tick_s),
      ladder_(frame_target_ms, quality.value_or(renderer_->is_software() ? 4 : 0)),
      pinned_(quality.has_value()) {
    board_->watch(true);
  }

  std::shared_ptr<instance_board> board() const override { return board_; }
  result<bool> frame() override;
  result<void> show_world() { return renderer_->show(world_); }

private:
  window_input take_input();
  void take_tick();
  void move_camera(const window_input& input, double seconds);
  void choose(std::pair<double, double> at);
  void press(window_key key);
  overlay_content over();
  float share() const;

  std::unique_ptr<window> window_; // first: it goes last
  std::unique_ptr<renderer> renderer_;
  shown_world world_;
  std::shared_ptr<instance_board> board_;
  motion motion_;
  std::vector<instance_columns> covers_; ///< of each shard: what covers its cells, and no body
  double tick_s_;                        ///< from one tick to the next, smoothed
  clock::time_point tick_at_{};
  double time_s_ = 0; ///< of the world
  const double world_tick_s_ = tick_s_;
  std::optional<camera> camera_;             ///< nothing before the first tick
  const instance_columns* bodies_ = nullptr; ///< of this frame
  std::optional<entity_id> chosen_;
  bool following_ = false;
  clock::time_point frame_at_ = clock::now();
  frame_times times_;
  quality_ladder ladder_;
  bool pinned_;       ///< the ladder stays where it is
  bool left_ = false; ///< by key
  bool help_ = false;
  bool figures_ = false;
  bool borders_ = false;
  overlay_panel figures_panel_;
  clock::time_point
    figures_at_{}; ///< when that was made: read by eye, it changes ten times a second
};

window_input live_window::take_input() {
  const auto [width, height] = window_->size();
  const bool seen = width != 0 && height != 0;
  if (seen != board_->watched())
    board_->watch(seen); // nobody looks at a minimised window
  return seen ? window_->poll() : window_->wait(0.1);
}

/// A tick that is newer than the one shown, where there is one.
void live_window::take_tick() {
  const auto taken = board_->take(motion_.newest());
  if (!taken)
    return;
  motion_.take(std::vector<const instance_columns*>(taken->begin(), taken->end()));
  covers_.resize(taken->size());
  for (std::size_t s = 0; s < taken->size(); ++s) {
    covers_[s].tick = (*taken)[s]->tick;
    covers_[s].region = (*taken)[s]->region;
    covers_[s].cover.assign((*taken)[s]->cover.begin(), (*taken)[s]->cover.end());
  }
  board_->give_back(*taken);
  // Longer than a second is no tick but a pause, or a window that was hidden.
  if (const double took = seconds_since(tick_at_); took < 1)
    tick_s_ += (took - tick_s_) * 0.2;
  tick_at_ = clock::now();
}

/// Of the way from the tick before the newest to it: shown is always a tick late, so that there is a way.
float live_window::share() const {
  return static_cast<float>(
    std::clamp(seconds_since(tick_at_) / std::max(tick_s_, 1e-3), 0.0, 1.0));
}

void live_window::choose(std::pair<double, double> at) {
  const auto [width, height] = window_->size();
  const auto row = pick(*bodies_, world_.cell_size_m, *camera_, width, height, at.first, at.second);
  chosen_ = row ? std::optional(bodies_->ids[*row]) : std::nullopt;
  following_ = following_ && chosen_;
}

void live_window::move_camera(const window_input& input, double seconds) {
  auto surface = [this](double east, double south) { return surface_m(world_, east, south); };
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
  const double size = double{world_.cell_size_m};
  follow(*camera_, size * (p.cell_x + p.x / 65536.0), double{p.y_m} + double{p.scale_m},
         size * (p.cell_z + p.z / 65536.0), std::max(6.0, 5.0 * double{p.scale_m}));
  camera_->up_m = std::max(camera_->up_m, surface(camera_->east_m, camera_->south_m) + 1.0);
}

void live_window::press(window_key key) {
  switch (key) {
    case window_key::help: help_ = !help_; break;
    case window_key::performance: figures_ = !figures_; break;
    case window_key::borders: borders_ = !borders_; break;
    case window_key::follow: following_ = chosen_ && !following_; break;
    case window_key::leave: left_ = true; break;
  }
}

overlay_content live_window::over() {
  overlay_content out;
  const auto [width, height] = window_->size();
  const auto wide = static_cast<float>(width);
  const auto high = static_cast<float>(height);
  if (borders_)
    add_borders(out, covers_, world_, *camera_, wide, high);
  if (const auto row = chosen_ ? motion_.row_of(*chosen_) : std::nullopt) {
    add_marker(out, *bodies_, *row, world_, *camera_, wide, high);
    out.panels.push_back(entity_panel(*bodies_, *row, world_, following_));
  }
  if (help_)
    out.panels.push_back(help_panel());
  if (!figures_)
    return out;
  if (seconds_since(figures_at_) > 0.1) {
    figures_panel_ =
      performance_panel(times_, {*motion_.newest(), tick_s_ * 1000, 1 / world_tick_s_,
                                 renderer_->figures(), ladder_.rung(), renderer_->device_name()});
    figures_at_ = clock::now();
  }
  out.panels.push_back(figures_panel_);
  return out;
}

result<bool> live_window::frame() {
  const window_input input = take_input();
  const double seconds = seconds_since(frame_at_);
  frame_at_ = clock::now();
  if (camera_) // else nothing has been drawn yet
    times_.add(seconds);
  for (auto key : input.pressed)
    press(key);
  if (input.closed || left_)
    return false;
  take_tick();
  if (!motion_.newest()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return true;
  }
  const float way = share();
  bodies_ = &motion_.at(way);
  time_s_ = (static_cast<double>(*motion_.newest()) - 1 + double{way}) * world_tick_s_;
  if (!camera_)
    camera_ = camera_at(find_view(*bodies_, world_, sun_position{}), world_);
  move_camera(input, std::min(seconds, 0.25)); // after a stall it is where it was
  std::vector<const instance_columns*> parts{bodies_};
  for (const auto& cover : covers_)
    parts.push_back(&cover);
  frame_request request;
  request.from = *camera_;
  request.time_s = std::max(time_s_, 0.0);
  request.smooth = false; // on a ladder it would mean new pipelines at every step
  request.scale = ladder_.now().scale;
  request.detail = ladder_.now().detail;
  request.grass = ladder_.now().grass;
  request.over = over();
  auto shown =
    renderer_->set_bodies(parts).and_then([&] { return renderer_->show_frame(request); });
  if (!shown)
    return tl::unexpected(shown.error());
  if (*shown && !pinned_)
    ladder_.add(renderer_->figures().milliseconds);
  return true;
}

} // namespace

bool is_window_size(const std::string& text) {
  return parse_picture_size(text).has_value();
}

result<std::unique_ptr<run_window>> run_window::open(const window_options& how,
                                                     const std::string& title,
                                                     const world_setup& setup, std::size_t shards) {
  const auto [width, height] = *parse_picture_size(how.size);
  auto in = window::open(title, width, height);
  if (!in)
    return tl::unexpected(in.error());
  auto with = open_less_urgent(**in);
  if (!with)
    return tl::unexpected(with.error());
  shown_world world{setup.ground, setup.extent, setup.cell_size_m, appearance_of(*setup.game),
                    how.models};
  auto made =
    std::make_unique<live_window>(std::move(*in), std::move(*with), std::move(world), shards,
                                  1.0 / static_cast<double>(setup.tick_rate_hz), how.quality);
  if (auto ok = made->show_world(); !ok)
    return tl::unexpected(ok.error());
  return made;
}

} // namespace tessera
