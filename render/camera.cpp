#include "render/camera.hpp"

#include <cmath>
#include <glm/geometric.hpp>
#include <glm/matrix.hpp>

namespace tessera {

namespace {

constexpr float radians = 3.14159265358979F / 180.0F;

} // namespace

glm::vec3 camera::forward() const {
  const float bearing = bearing_deg * radians;
  const float pitch = pitch_deg * radians;
  return {std::cos(pitch) * std::sin(bearing), std::sin(pitch),
          -std::cos(pitch) * std::cos(bearing)};
}

camera_matrices matrices_of(const camera& from, float aspect) {
  const glm::vec3 f = from.forward();
  const float bearing = from.bearing_deg * radians;
  const glm::vec3 right{std::cos(bearing), 0, std::sin(bearing)}; // level, also straight down
  const glm::vec3 up = glm::cross(right, f);
  const float t = std::tan(from.height_deg * radians / 2);

  camera_matrices m;
  glm::mat4 view{1};
  for (int i = 0; i < 3; ++i) {
    view[i][0] = right[i];
    view[i][1] = up[i];
    view[i][2] = -f[i];
  }
  // Depth is near / distance: floats are densest where distances are largest.
  glm::mat4 projection{0};
  projection[0][0] = 1 / (t * aspect);
  projection[1][1] = -1 / t; // Vulkan counts rows downwards
  projection[2][3] = -1;
  projection[3][2] = near_m;
  m.view_projection = projection * view;
  m.from_clip = glm::inverse(m.view_projection);

  const float across = t * aspect;
  auto plane = [](const glm::vec3& normal, float offset) {
    return glm::vec4(glm::normalize(normal), offset);
  };
  m.frustum = {plane(right + f * across, 0), plane(f * across - right, 0), plane(up + f * t, 0),
               plane(f * t - up, 0), plane(f, -near_m)};
  return m;
}

} // namespace tessera
