#include "render/flight.hpp"

#include <algorithm>
#include <cmath>
#include <glm/vec4.hpp>

namespace tessera {

namespace {

constexpr double least_above_m = 1.2;
constexpr double to_radians = 3.14159265358979 / 180;
/// Bodies smaller than this on the screen are still hit.
constexpr double least_hit_px = 6;

void stay_above(camera& with, const surface& above) {
  with.up_m = std::max(with.up_m, above(with.east_m, with.south_m) + least_above_m);
}

} // namespace

void fly(camera& with, const flight_input& input, double seconds, const surface& above) {
  with.bearing_deg = std::fmod(with.bearing_deg + input.turn_right_deg + 360, 360.0F);
  with.pitch_deg = std::clamp(with.pitch_deg + input.turn_up_deg, -89.0F, 89.0F);
  const double height = std::max(2.0, with.up_m - above(with.east_m, with.south_m));
  const double speed = (4 + 0.9 * height) * (input.fast ? 5 : 1);
  const double way = speed * seconds;
  const double turn = double{with.bearing_deg} * to_radians;
  const glm::vec3 forward = with.forward();
  const double nearer = double{input.nearer} * height * 0.2;
  with.east_m += way * (input.ahead * std::sin(turn) + input.right * std::cos(turn)) +
                 nearer * double{forward.x};
  with.south_m += way * (input.right * std::sin(turn) - input.ahead * std::cos(turn)) +
                  nearer * double{forward.z};
  with.up_m += way * double{input.up} + nearer * double{forward.y};
  stay_above(with, above);
}

void follow(camera& with, double east_m, double up_m, double south_m, double distance_m) {
  const glm::vec3 forward = with.forward();
  with.east_m = east_m - distance_m * double{forward.x};
  with.up_m = up_m - distance_m * double{forward.y};
  with.south_m = south_m - distance_m * double{forward.z};
}

std::optional<std::size_t> pick(const instance_columns& bodies, float cell_size_m,
                                const camera& from, double width, double height, double x_px,
                                double y_px) {
  const auto view = matrices_of(from, static_cast<float>(width / height));
  const double unit_px = height / (2 * std::tan(double{from.height_deg} * to_radians / 2));
  std::optional<std::size_t> found;
  double found_m = 0;
  for (std::size_t row = 0; row < bodies.places.size(); ++row) {
    const instance_place& p = bodies.places[row];
    const double size = double{cell_size_m};
    const double x = size * (p.cell_x + p.x / 65536.0) - from.east_m;
    const double z = size * (p.cell_z + p.z / 65536.0) - from.south_m;
    const double y = double{p.y_m} - from.up_m + 0.4 * double{p.scale_m};
    const glm::vec4 at = view.view_projection * glm::vec4(x, y, z, 1);
    if (at.w <= near_m)
      continue;
    const double away = double{at.w};
    const double dx = (double{at.x} / away + 1) / 2 * width - x_px;
    const double dy = (double{at.y} / away + 1) / 2 * height - y_px;
    const double reach = std::max(least_hit_px, 0.5 * double{p.scale_m} * unit_px / away);
    if (dx * dx + dy * dy > reach * reach || (found && away >= found_m))
      continue;
    found = row;
    found_m = away;
  }
  return found;
}

} // namespace tessera
