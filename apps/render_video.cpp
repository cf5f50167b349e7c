#include "apps/render_video.hpp"

#include "apps/ffmpeg.hpp"
#include "apps/text.hpp"
#include "render/flight.hpp"
#include "render/motion.hpp"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <vector>

namespace tessera {

namespace {

namespace fs = std::filesystem;

/// Names have six digits.
constexpr std::uint64_t most_frames = 1'000'000;

struct place_m {
  double east;
  double up;
  double south;
};

place_m place_of(const instance_columns& bodies, std::size_t row, float cell_size_m) {
  const instance_place& p = bodies.places[row];
  const double size = double{cell_size_m};
  return {size * (p.cell_x + p.x / 65536.0), double{p.y_m}, size * (p.cell_z + p.z / 65536.0)};
}

class video_run {
public:
  video_run(renderer& with, rendered_world& world, const shown_world& shown,
            const video_options& how)
    : renderer_(with), world_(world), shown_(shown),
      how_(how), files_{how.out, how.timeline.frames(),
                        static_cast<unsigned>(how.timeline.frames_per_second)} {}

  exit_code run();

private:
  result<void> bring(const video_timeline::moment& to);
  result<void> take(tick_number tick);
  result<void> begin(const instance_columns& bodies);
  void move_camera(const instance_columns& bodies);
  result<void> draw(std::uint64_t frame);
  exit_code finish() const;

  renderer& renderer_;
  rendered_world& world_;
  const shown_world& shown_;
  const video_options& how_;
  video_files files_;
  motion motion_;
  std::vector<instance_columns> covers_; ///< of the newest tick
  std::optional<camera> camera_;         ///< nothing before the first frame
  std::optional<entity_id> followed_;
};

exit_code video_run::run() {
  if (files_.frames > most_frames)
    return complain(error{error_code::failure, "--ticks: the range is " + grouped(files_.frames) +
                                                 " frames long; " + grouped(most_frames) +
                                                 " are the most"});
  for (std::uint64_t frame = 0; frame < files_.frames; ++frame)
    if (auto ok = draw(frame); !ok)
      return complain(ok.error());
  return finish();
}

/// Both ticks that a moment lies between are in motion_ then.
result<void> video_run::bring(const video_timeline::moment& to) {
  if (motion_.newest() == to.newest)
    return {};
  if (to.share < 1 && motion_.newest() != to.newest - 1)
    if (auto ok = take(to.newest - 1); !ok)
      return ok;
  return take(to.newest);
}

result<void> video_run::take(tick_number tick) {
  if (auto ok = world_.run_to(tick); !ok)
    return ok;
  covers_ = world_.look(shown_.looks);
  std::vector<const instance_columns*> parts;
  for (const auto& part : covers_)
    parts.push_back(&part);
  motion_.take(parts);
  covers_.erase(covers_.begin()); // the bodies
  return {};
}

/// Where the camera stands at first, and whom it stays with.
result<void> video_run::begin(const instance_columns& bodies) {
  const camera_place place = how_.place ? *how_.place : find_view(bodies, shown_, how_.light);
  if (!how_.place)
    std::printf("camera: --camera %s\n", text_of(place).c_str());
  camera_ = camera_at(place, shown_);
  if (const auto* id = std::get_if<entity_id>(&how_.follow)) {
    if (!motion_.row_of(*id))
      return fail(error_code::failure, "--follow: " + hex_text(id->value) + " is not among the " +
                                         grouped(bodies.ids.size()) + " bodies of tick " +
                                         std::to_string(how_.timeline.first));
    followed_ = *id;
  } else if (std::holds_alternative<follow_nearest>(how_.follow)) {
    double nearest = std::numeric_limits<double>::max();
    for (std::size_t row = 0; row < bodies.ids.size(); ++row) {
      const place_m at = place_of(bodies, row, shown_.cell_size_m);
      const double east = at.east - camera_->east_m;
      const double south = at.south - camera_->south_m;
      if (const double squared = east * east + south * south; squared < nearest) {
        nearest = squared;
        followed_ = bodies.ids[row];
      }
    }
    if (!followed_)
      return fail(error_code::failure,
                  "--follow: there is nobody at tick " + std::to_string(how_.timeline.first));
    std::printf("follows: --follow %s\n", hex_text(followed_->value).c_str());
  }
  return {};
}

void video_run::move_camera(const instance_columns& bodies) {
  const auto row = followed_ ? motion_.row_of(*followed_) : std::nullopt;
  if (!row) // it is no more
    return;
  const place_m at = place_of(bodies, *row, shown_.cell_size_m);
  const double size = double{bodies.places[*row].scale_m};
  follow(*camera_, at.east, at.up + size, at.south, std::max(6.0, 5.0 * size));
  camera_->up_m =
    std::max(camera_->up_m, surface_m(shown_, camera_->east_m, camera_->south_m) + 1.0);
}

result<void> video_run::draw(std::uint64_t frame) {
  const auto moment = how_.timeline.at(frame);
  if (auto ok = bring(moment); !ok)
    return ok;
  const instance_columns& bodies = motion_.at(moment.share);
  if (!camera_)
    if (auto ok = begin(bodies); !ok)
      return ok;
  move_camera(bodies);
  std::vector<const instance_columns*> parts{&bodies};
  for (const auto& cover : covers_)
    parts.push_back(&cover);
  frame_request asked = how_.request;
  asked.from = *camera_;
  asked.time_s = moment.time_s;
  auto drawn = renderer_.set_bodies(parts).and_then([&] { return renderer_.draw(asked); });
  if (!drawn)
    return tl::unexpected(drawn.error());
  char name[64];
  std::snprintf(name, sizeof name, "frame-%06llu.png", static_cast<unsigned long long>(frame));
  if (auto ok = write_png(how_.out / name, *drawn); !ok)
    return ok;
  if (frame % how_.timeline.frames_per_second == 0) {
    std::printf("frame %llu of %llu: tick %llu, %s bodies, %.0f ms on %s\n",
                static_cast<unsigned long long>(frame + 1),
                static_cast<unsigned long long>(files_.frames),
                static_cast<unsigned long long>(moment.newest), grouped(bodies.ids.size()).c_str(),
                renderer_.figures().milliseconds, renderer_.device_name().c_str());
    std::fflush(stdout);
  }
  return {};
}

exit_code video_run::finish() const {
  std::printf("%s: %llu frames, %u a second\n", (how_.out / "frame-000000.png").string().c_str(),
              static_cast<unsigned long long>(files_.frames), files_.frames_per_second);
  std::fflush(stdout);
  const auto ffmpeg = find_program("ffmpeg");
  if (!ffmpeg) {
    std::printf("no video: ffmpeg is not installed, or not on the PATH (on Debian: apt install "
                "ffmpeg). With it, by hand:\n%s\n",
                video_command(files_).c_str());
    return exit_code::fine;
  }
  if (auto ok = make_video(*ffmpeg, files_); !ok)
    return complain(ok.error());
  std::printf("%s: made by %s\n", (how_.out / "video.mp4").string().c_str(), ffmpeg->c_str());
  return exit_code::fine;
}

} // namespace

exit_code render_video(renderer& with, rendered_world& world, const shown_world& shown,
                       const video_options& how) {
  return video_run{with, world, shown, how}.run();
}

} // namespace tessera
