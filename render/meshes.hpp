// The shapes that bodies have: those made by numbers, which no file holds, and models behind them.
//
// Always true: a mesh is of length 1 from tail to nose, stands on y = 0 around the origin and looks along
// +x, y up; triangles face outwards; a coarser level has fewer triangles of the same outline; the same
// numbers on every machine that rounds as IEEE does.
#pragma once

#include "render/mesh_vertex.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tessera {

struct body_model;

struct mesh_part {
  std::uint32_t index_count = 0;
  std::uint32_t first_index = 0;
  std::int32_t vertex_offset = 0;
};

struct mesh_set {
  std::vector<mesh_vertex> vertices;
  std::vector<std::uint16_t> indices;
  /// cube, arrow, grazer, predator, then models, up to mesh_shapes; each with detail_levels levels, finest
  /// first. Those behind the last model have no index.
  std::vector<mesh_part> parts;
};

/// At most gpu::model_shapes models.
mesh_set make_meshes(std::span<const body_model* const> models = {});

} // namespace tessera
