// Where a picture is taken from.
//
// Always true: a camera is in metres from the world's north-west corner, in double; what the device gets is
// relative to it, so a picture is as exact at one end of a world as at the other.
#pragma once

#include <array>
#include <glm/mat4x4.hpp>
#include <glm/vec3.hpp>
#include <glm/vec4.hpp>

namespace tessera {

struct camera {
  double east_m = 0;
  double up_m = 0; ///< above the sea
  double south_m = 0;
  float bearing_deg = 0; ///< 0 looks north, 90 east
  float pitch_deg = 0;   ///< above the horizon; -90 straight down
  float height_deg = 50; ///< angle of view from the lower edge to the upper one

  /// Unit vector of where it looks: east, up, south.
  glm::vec3 forward() const;
};

/// What a camera makes of places relative to it.
struct camera_matrices {
  glm::mat4 view_projection{1}; ///< depth 1 at the near side, 0 at infinity
  glm::mat4 from_clip{1};
  /// Left, right, lower, upper, near: inside is where dot(xyz, p) + w >= 0. Unit normals.
  std::array<glm::vec4, 5> frustum{};
};

camera_matrices matrices_of(const camera& from, float aspect);

/// Nearer things are cut off.
inline constexpr float near_m = 0.2F;

} // namespace tessera
