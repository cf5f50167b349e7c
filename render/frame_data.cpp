#include "render/frame_data.hpp"

#include <cmath>
#include <utility>

namespace tessera {

namespace {

constexpr float haze_m = 30'000;
/// Where patterns hang repeats after this: floats hold a place on it to a few millimetres.
constexpr double noise_period_m = 65'536;
/// Gaits, wind and waves repeat after this, for the same reason.
constexpr double time_period_s = 3600;

/// Whole units, and the rest.
std::pair<int, double> split(double at, double unit) {
  const double whole = std::floor(at / unit);
  return {static_cast<int>(whole), at - whole * unit};
}

} // namespace

void describe_camera(gpu::frame_data& frame, const frame_request& request,
                     const camera_matrices& view, const ground_frame& ground) {
  const camera& from = request.from;
  frame.view_projection = view.view_projection;
  frame.from_clip = view.from_clip;
  for (int i = 0; i < gpu::planes; ++i)
    frame.frustum[i] = view.frustum[static_cast<std::size_t>(i)];
  const auto [cell_x, in_x] = split(from.east_m, double{frame.cell_size_m});
  const auto [cell_z, in_z] = split(from.south_m, double{frame.cell_size_m});
  frame.camera_cell = {cell_x, cell_z};
  frame.camera_in_cell_m = {in_x, in_z};
  const auto [sample_x, part_x] = split(from.east_m, ground.spacing_east_m);
  const auto [sample_z, part_z] = split(from.south_m, ground.spacing_south_m);
  frame.camera_sample = {sample_x, sample_z};
  frame.camera_in_sample = {part_x / ground.spacing_east_m, part_z / ground.spacing_south_m};
  frame.noise_origin_m = {split(from.east_m, noise_period_m).second,
                          split(from.south_m, noise_period_m).second};
  frame.camera_y_m = static_cast<float>(from.up_m);
  frame.viewport = {request.width, request.height};
  frame.pixels_per_unit =
    static_cast<float>(request.height) / (2 * std::tan(from.height_deg * 3.14159265F / 360));
  frame.time_s = static_cast<float>(std::fmod(request.time_s, time_period_s));
  frame.haze_m = haze_m;
  frame.level_pixels = glm::vec3(46, 13, 2.5F) / std::max(request.detail, 0.05F);
}

} // namespace tessera
