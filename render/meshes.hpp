// The shapes that bodies have, made by numbers: no file holds them.
//
// Always true: a mesh is of length 1 from tail to nose, stands on y = 0 around the origin and looks along
// +x, y up; triangles face outwards; a coarser level has fewer triangles of the same outline; the same
// numbers on every machine that rounds as IEEE does.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tessera {

/// Of 28 bytes, as body.glsl reads it.
struct mesh_vertex {
  float position[3];
  std::int8_t normal[3];
  std::int8_t limb =
    0; ///< 0 trunk; 1 to 4 legs, front left, front right, rear left, rear right; 5 neck
  std::uint8_t tint[3];
  std::uint8_t fixed =
    0; ///< 255: the tint is the colour; 0: it multiplies the kind's, 128 changing nothing
  float pivot[2]; ///< x and y of where the limb turns
};
static_assert(sizeof(mesh_vertex) == 28);

struct mesh_part {
  std::uint32_t index_count = 0;
  std::uint32_t first_index = 0;
  std::int32_t vertex_offset = 0;
};

struct mesh_set {
  std::vector<mesh_vertex> vertices;
  std::vector<std::uint16_t> indices;
  std::vector<mesh_part>
    parts; ///< cube, arrow, grazer, predator; each with detail_levels levels, finest first
};

mesh_set make_meshes();

} // namespace tessera
