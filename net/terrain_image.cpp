#include "net/terrain_image.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

namespace tessera {

std::string shade_terrain(const terrain& ground, double world_width_m, double world_depth_m,
                          int width) {
  const int height =
    std::clamp(static_cast<int>(std::lround(width * world_depth_m / world_width_m)), 1, 4 * width);
  const double step_x = world_width_m / width;
  const double step_z = world_depth_m / height;
  const double lowest = double{ground.min_m()};
  const double range = std::max(1.0, double{ground.max_m()} - lowest);
  std::vector<std::uint8_t> grey(static_cast<std::size_t>(width) *
                                 static_cast<std::size_t>(height));
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) {
      const double x = (column + 0.5) * step_x;
      const double z = (row + 0.5) * step_z;
      const double here = double{ground.height_m(x, z)};
      // Slopes over one pixel, so that what is finer does not flicker.
      const double east = (double{ground.height_m(x + step_x, z)} - here) / step_x;
      const double south = (double{ground.height_m(x, z + step_z)} - here) / step_z;
      // Lambert's law with light from the north-west, 45 degrees high; heights exaggerated twice.
      const double nx = -2 * east;
      const double nz = -2 * south;
      const double light = (-0.5 * nx - 0.5 * nz + 0.70710678) / std::sqrt(nx * nx + nz * nz + 1);
      const double value = 0.75 * std::max(0.0, light) + 0.25 * (here - lowest) / range;
      grey[static_cast<std::size_t>(row) * static_cast<std::size_t>(width) +
           static_cast<std::size_t>(column)] =
        static_cast<std::uint8_t>(std::clamp(value * 255, 0.0, 255.0));
    }
  }
  std::string png;
  stbi_write_png_to_func(
    [](void* to, void* bytes, int size) {
      static_cast<std::string*>(to)->append(static_cast<const char*>(bytes),
                                            static_cast<std::size_t>(size));
    },
    &png, width, height, 1, grey.data(), width);
  return png;
}

} // namespace tessera
