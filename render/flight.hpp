// A camera that somebody flies by hand, and what of a world lies under a pixel.
//
// Always true: it stays above the surface; how far it moves depends on time and its height alone, so that
// it takes as long to cross a picture from a hill as from a kilometre up.
#pragma once

#include "render/camera.hpp"
#include "shards/instances.hpp"

#include <functional>
#include <optional>

namespace tessera {

/// What keys, mouse and wheel ask of it since the last frame.
struct flight_input {
  float ahead = 0; ///< -1 to 1; likewise right, up
  float right = 0;
  float up = 0;
  bool fast = false;
  float turn_right_deg = 0;
  float turn_up_deg = 0;
  float nearer = 0; ///< notches of the wheel: each a fifth of the height, along the line of sight
};

/// Height of ground or water at metres east and south.
using surface = std::function<double(double, double)>;

void fly(camera& with, const flight_input& input, double seconds, const surface& above);

/// Puts it behind and above a place that it looks at, at the distance and bearing that it has.
void follow(camera& with, double east_m, double up_m, double south_m, double distance_m);

/// The row whose body is nearest to the pixel, no farther from it than a few pixels or the body's own size; the
/// nearer to the camera of two.
std::optional<std::size_t> pick(const instance_columns& bodies, float cell_size_m,
                                const camera& from, double width, double height, double x_px,
                                double y_px);

} // namespace tessera
