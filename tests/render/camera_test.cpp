#include "render/camera.hpp"

#include <cmath>
#include <glm/geometric.hpp>
#include <gtest/gtest.h>

namespace tessera {
namespace {

TEST(camera, bearings_are_those_of_a_compass) {
  camera c;
  EXPECT_NEAR(c.forward().z, -1, 1e-6); // north
  c.bearing_deg = 90;
  EXPECT_NEAR(c.forward().x, 1, 1e-6); // east
  c.pitch_deg = 90;
  EXPECT_NEAR(c.forward().y, 1, 1e-6);
}

TEST(camera, what_is_ahead_is_in_the_middle_and_nearer_is_deeper) {
  camera c;
  c.bearing_deg = 30;
  c.pitch_deg = -20;
  const auto m = matrices_of(c, 16.0F / 9);
  const glm::vec4 near = m.view_projection * glm::vec4(c.forward() * 10.0F, 1);
  const glm::vec4 far = m.view_projection * glm::vec4(c.forward() * 1000.0F, 1);
  EXPECT_NEAR(near.x / near.w, 0, 1e-5);
  EXPECT_NEAR(near.y / near.w, 0, 1e-5);
  EXPECT_NEAR(near.z / near.w, near_m / 10, 1e-6);
  EXPECT_GT(near.z / near.w, far.z / far.w);
}

TEST(camera, up_is_at_the_top_of_the_picture) {
  camera c;
  const auto m = matrices_of(c, 1);
  const glm::vec4 above =
    m.view_projection * glm::vec4(c.forward() * 10.0F + glm::vec3(0, 2, 0), 1);
  EXPECT_LT(above.y, 0); // Vulkan's rows run downwards
  const glm::vec4 right = m.view_projection * glm::vec4(2, 0, -10, 1); // looking north
  EXPECT_GT(right.x, 0);
}

TEST(camera, the_planes_hold_exactly_what_the_projection_does) {
  camera c;
  c.bearing_deg = 211;
  c.pitch_deg = -33;
  const auto m = matrices_of(c, 1.6F);
  int inside_both = 0;
  for (int x = -9; x <= 9; ++x)
    for (int y = -9; y <= 9; ++y)
      for (int z = -9; z <= 9; ++z) {
        const glm::vec3 p = glm::vec3(x, y, z) * glm::vec3(3.1F, 2.9F, 3.3F) + 0.013F;
        const glm::vec4 clip = m.view_projection * glm::vec4(p, 1);
        const bool seen = std::abs(clip.x) <= clip.w && std::abs(clip.y) <= clip.w &&
                          clip.z <= clip.w && clip.w > 0;
        bool inside = true;
        for (const auto& plane : m.frustum)
          inside = inside && glm::dot(glm::vec3(plane), p) + plane.w >= 0;
        EXPECT_EQ(seen, inside) << p.x << " " << p.y << " " << p.z;
        inside_both += seen && inside;
      }
  EXPECT_GT(inside_both, 50);
}

} // namespace
} // namespace tessera
