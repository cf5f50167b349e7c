#include "apps/window_overlay.hpp"

#include "apps/text.hpp"
#include "apps/view_option.hpp"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>

namespace tessera {

namespace {

constexpr double border_reach_m = 4000;

[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...) {
  char out[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(out, sizeof out, format, arguments);
  va_end(arguments);
  return out;
}

struct pixel {
  float x = 0;
  float y = 0;
  float away_m = 0;
};

/// Where places fall in a picture.
class projection {
public:
  projection(const camera& from, float width, float height)
    : from_(from), view_(matrices_of(from, width / height)), width_(width), height_(height) {}

  std::optional<pixel> operator()(double east_m, double up_m, double south_m) const {
    const glm::vec4 at = view_.view_projection * glm::vec4(east_m - from_.east_m, up_m - from_.up_m,
                                                           south_m - from_.south_m, 1);
    if (at.w <= near_m)
      return std::nullopt;
    return pixel{(at.x / at.w + 1) / 2 * width_, (at.y / at.w + 1) / 2 * height_, at.w};
  }

private:
  camera from_;
  camera_matrices view_;
  float width_;
  float height_;
};

double east_of(const instance_place& p, float cell_size_m) {
  return double{cell_size_m} * (p.cell_x + p.x / 65536.0);
}
double south_of(const instance_place& p, float cell_size_m) {
  return double{cell_size_m} * (p.cell_z + p.z / 65536.0);
}

/// One edge of a region, in cells, as a line on the ground.
struct edge {
  int x = 0, z = 0;
  int step_x = 0, step_z = 0;
  int steps = 0;
};

void add_edge(overlay_content& to, const edge& along, const shown_world& world, const camera& from,
              const projection& project) {
  const double size = double{world.cell_size_m};
  std::optional<pixel> before;
  for (int i = 0; i <= along.steps; ++i) {
    const double east = size * (along.x + along.step_x * i);
    const double south = size * (along.z + along.step_z * i);
    const double away = std::hypot(east - from.east_m, south - from.south_m);
    std::optional<pixel> now;
    if (away < border_reach_m)
      now = project(east, surface_m(world, east, south) + 0.6, south);
    if (before && now) {
      const double left = 1 - away / border_reach_m;
      to.lines.push_back({before->x,
                          before->y,
                          now->x,
                          now->y,
                          {255, 120, 60, static_cast<std::uint8_t>(30 + 200 * std::max(left, 0.0))},
                          2});
    }
    before = now;
  }
}

} // namespace

void frame_times::add(double seconds) {
  seconds_.push_back(seconds);
  if (seconds_.size() > kept)
    seconds_.pop_front();
}

frame_times::figures frame_times::now() const {
  if (seconds_.empty())
    return {};
  std::vector<double> sorted(seconds_.begin(), seconds_.end());
  std::sort(sorted.rbegin(), sorted.rend());
  double all = 0;
  for (double s : sorted)
    all += s;
  const std::size_t slowest = std::max<std::size_t>(1, sorted.size() / 100);
  double slow = 0;
  for (std::size_t i = 0; i < slowest; ++i)
    slow += sorted[i];
  return {static_cast<double>(sorted.size()) / std::max(all, 1e-9), sorted.front() * 1000,
          static_cast<double>(slowest) / std::max(slow, 1e-9)};
}

std::vector<float> frame_times::curve() const {
  std::vector<float> out;
  const std::size_t first = seconds_.size() > shown ? seconds_.size() - shown : 0;
  for (std::size_t i = first; i < seconds_.size(); ++i)
    out.push_back(static_cast<float>(seconds_[i] * 1000));
  return out;
}

overlay_panel help_panel() {
  overlay_panel out;
  out.title = "help";
  out.corner = overlay_corner::lower_left;
  out.lines = {"W A S D, arrows   fly; with shift, faster",
               "E Q               up, down",
               "drag              look around",
               "wheel             nearer, farther",
               "click             choose an entity",
               "F                 follow the chosen one, or no more",
               "B                 borders of shards",
               "F3                figures",
               "F5                write the frames of 5 minutes into files",
               "H                 this help",
               "Esc               end the world"};
  return out;
}

overlay_panel performance_panel(const frame_times& times, const frame_facts& facts) {
  overlay_panel out;
  out.title = "figures";
  out.corner = overlay_corner::upper_right;
  const auto frames = times.now();
  const auto& by = facts.drawn.by_level;
  const std::uint64_t drawn = std::uint64_t{by[0]} + by[1] + by[2] + by[3];
  out.lines = {text("%.1f FPS, slowest hundredth %.1f", frames.per_second, frames.low_per_second),
               text("drawn in %.1f ms, longest frame %.1f; quality %zu", facts.drawn.milliseconds,
                    frames.longest_ms, facts.rung),
               text("tick %llu, one in %.1f ms (%.0f wanted)",
                    static_cast<unsigned long long>(facts.tick), facts.tick_ms,
                    1000 / facts.tick_rate_hz),
               text("%s of %s bodies: %s fine, %s middling,", grouped(drawn).c_str(),
                    grouped(std::uint64_t{facts.drawn.bodies}).c_str(),
                    grouped(std::uint64_t{by[0]}).c_str(), grouped(std::uint64_t{by[1]}).c_str()),
               text("  %s coarse, %s dots; %s squares of ground",
                    grouped(std::uint64_t{by[2]}).c_str(), grouped(std::uint64_t{by[3]}).c_str(),
                    grouped(std::uint64_t{facts.drawn.ground_tiles}).c_str()),
               facts.device};
  out.curve = times.curve();
  out.curve_mark = 1000.0F / 30;
  out.curve_top = 2 * out.curve_mark;
  for (float ms : out.curve)
    out.curve_top = std::max(out.curve_top, ms);
  return out;
}

overlay_panel entity_panel(const instance_columns& bodies, std::size_t row,
                           const shown_world& world, bool following) {
  const instance_place& p = bodies.places[row];
  const instance_turn& t = bodies.turns[row];
  const auto& kind = world.looks.kinds[bodies.materials[row]];
  overlay_panel out;
  out.title = "entity";
  out.corner = overlay_corner::upper_left;
  out.lines = {text("%s %llu%s", kind.name.c_str(),
                    static_cast<unsigned long long>(bodies.ids[row].value),
                    following ? ", followed" : ""),
               text("cell %d, %d", int{p.cell_x}, int{p.cell_z}),
               text("%.1f m east, %.1f m south, %.1f m up", east_of(p, world.cell_size_m),
                    south_of(p, world.cell_size_m), double{p.y_m}),
               text("%.2f m/s, %.2f m long", t.speed_cm_s / 100.0, double{p.scale_m})};
  return out;
}

void add_borders(overlay_content& to, std::span<const instance_columns> shards,
                 const shown_world& world, const camera& from, float width, float height) {
  const projection project{from, width, height};
  for (const auto& shard : shards) {
    const cell_rect& r = shard.region;
    // A border between two is drawn by the one south or east of it.
    add_edge(to, {r.x0, r.z0, 1, 0, r.width()}, world, from, project);
    add_edge(to, {r.x0, r.z0, 0, 1, r.depth()}, world, from, project);
    if (r.x1 == world.extent.x1)
      add_edge(to, {r.x1, r.z0, 0, 1, r.depth()}, world, from, project);
    if (r.z1 == world.extent.z1)
      add_edge(to, {r.x0, r.z1, 1, 0, r.width()}, world, from, project);
  }
}

void add_marker(overlay_content& to, const instance_columns& bodies, std::size_t row,
                const shown_world& world, const camera& from, float width, float height) {
  const instance_place& p = bodies.places[row];
  const auto at = projection{from, width, height}(east_of(p, world.cell_size_m),
                                                  double{p.y_m} + 0.45 * double{p.scale_m},
                                                  south_of(p, world.cell_size_m));
  if (!at)
    return;
  const float unit_px = height / (2 * std::tan(from.height_deg * 3.14159265F / 360));
  const float half = std::max(8.0F, 0.75F * p.scale_m * unit_px / at->away_m);
  const float corner = half * 0.4F;
  constexpr overlay_colour colour{255, 240, 120, 230};
  for (float x : {-1.0F, 1.0F})
    for (float y : {-1.0F, 1.0F}) {
      const float cx = at->x + x * half;
      const float cy = at->y + y * half;
      to.lines.push_back({cx, cy, cx - x * corner, cy, colour, 2});
      to.lines.push_back({cx, cy, cx, cy - y * corner, colour, 2});
    }
}

} // namespace tessera
