#include "render/culling.hpp"

namespace tessera {

namespace {

/// -1: not in view. Every operation in the order of culling.glsl.
int level_of(const gpu::frame_data& frame, const instance_place& place) {
  const float unit_m = frame.cell_size_m / 65536.0F;
  const float local_x = static_cast<float>(place.x) * unit_m;
  const float local_z = static_cast<float>(place.z) * unit_m;
  const float x = static_cast<float>(place.cell_x - frame.camera_cell.x) * frame.cell_size_m +
                  (local_x - frame.camera_in_cell_m.x);
  const float z = static_cast<float>(place.cell_z - frame.camera_cell.y) * frame.cell_size_m +
                  (local_z - frame.camera_in_cell_m.y);
  const float y = place.y_m - frame.camera_y_m + 0.4F * place.scale_m;
  for (const auto& plane : frame.frustum)
    if (plane.x * x + plane.y * y + plane.z * z + plane.w < -place.scale_m)
      return -1;
  const float squared = x * x + y * y + z * z;
  const float size = place.scale_m * frame.pixels_per_unit;
  for (int level = 0; level < gpu::detail_levels; ++level) {
    const float least = frame.level_pixels[level];
    if (size * size >= least * least * squared)
      return level;
  }
  return gpu::detail_levels;
}

} // namespace

std::array<std::uint32_t, gpu::detail_levels + 1>
count_levels(const instance_columns& bodies, const frame_request& request, float cell_size_m) {
  gpu::frame_data frame{};
  frame.cell_size_m = cell_size_m;
  const auto view = matrices_of(request.from, static_cast<float>(request.width) /
                                                static_cast<float>(request.height));
  describe_camera(frame, request, view, {});
  std::array<std::uint32_t, gpu::detail_levels + 1> out{};
  for (const auto& place : bodies.places)
    if (const int level = level_of(frame, place); level >= 0)
      ++out[static_cast<std::size_t>(level)];
  return out;
}

} // namespace tessera
