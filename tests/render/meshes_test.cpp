#include "render/meshes.hpp"
#include "render/shaders/shared.h"

#include <algorithm>
#include <cmath>
#include <glm/geometric.hpp>
#include <glm/vec3.hpp>
#include <gtest/gtest.h>

namespace tessera {
namespace {

glm::vec3 place_of(const mesh_vertex& v) {
  return {v.position[0], v.position[1], v.position[2]};
}
glm::vec3 normal_of(const mesh_vertex& v) {
  return glm::vec3(v.normal[0], v.normal[1], v.normal[2]) / 127.0F;
}

TEST(meshes, there_is_one_per_shape_and_level_and_coarser_ones_are_smaller) {
  const mesh_set all = make_meshes();
  ASSERT_EQ(all.parts.size(), static_cast<std::size_t>(gpu::mesh_buckets));
  for (std::size_t i = gpu::made_shapes * gpu::detail_levels; i < all.parts.size(); ++i)
    EXPECT_EQ(all.parts[i].index_count, 0u) << "there is no model";
  for (std::size_t i = 0; i < gpu::made_shapes * gpu::detail_levels; ++i) {
    EXPECT_EQ(all.parts[i].index_count % 3, 0u);
    EXPECT_GT(all.parts[i].index_count, 0u);
    if (i % gpu::detail_levels != 0) {
      EXPECT_LE(all.parts[i].index_count, all.parts[i - 1].index_count);
    }
  }
}

TEST(meshes, every_triangle_faces_outwards) {
  const mesh_set all = make_meshes();
  for (std::size_t m = 0; m < all.parts.size(); ++m) {
    const mesh_part& part = all.parts[m];
    std::size_t wrong = 0;
    for (std::uint32_t i = 0; i < part.index_count; i += 3) {
      const mesh_vertex* v[3];
      for (std::uint32_t k = 0; k < 3; ++k) {
        const auto index = std::int32_t{all.indices[part.first_index + i + k]} + part.vertex_offset;
        ASSERT_LT(static_cast<std::size_t>(index), all.vertices.size());
        v[k] = &all.vertices[static_cast<std::size_t>(index)];
      }
      const glm::vec3 across =
        glm::cross(place_of(*v[1]) - place_of(*v[0]), place_of(*v[2]) - place_of(*v[0]));
      const glm::vec3 meant = normal_of(*v[0]) + normal_of(*v[1]) + normal_of(*v[2]);
      if (glm::length(across) > 1e-7F && glm::dot(across, meant) < 0)
        ++wrong;
    }
    EXPECT_EQ(wrong, 0u) << "mesh " << m << " of " << part.index_count / 3 << " triangles";
  }
}

TEST(meshes, a_body_is_about_one_long_and_stands_on_the_ground) {
  const mesh_set all = make_meshes();
  for (const mesh_part& part : std::span(all.parts).first(gpu::made_shapes * gpu::detail_levels)) {
    float least_x = 9;
    float most_x = -9;
    float least_y = 9;
    for (std::uint32_t i = 0; i < part.index_count; ++i) {
      const auto index = std::int32_t{all.indices[part.first_index + i]} + part.vertex_offset;
      const mesh_vertex& v = all.vertices[static_cast<std::size_t>(index)];
      least_x = std::min(least_x, v.position[0]);
      most_x = std::max(most_x, v.position[0]);
      least_y = std::min(least_y, v.position[1]);
    }
    EXPECT_NEAR(most_x - least_x, 1.0F, 0.2F);
    EXPECT_NEAR(least_y, 0.0F, 0.06F);
  }
}

} // namespace
} // namespace tessera
