// Triangles of one shape in one level of detail, and how a coarser level is made of a finer one.
//
// Always true: three indices make a triangle, anticlockwise seen from outside; every index is one of a vertex.
#pragma once

#include "render/mesh_vertex.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tessera {

/// As many vertices as 16-bit indices reach.
inline constexpr std::size_t most_vertices = 1 << 16;

struct triangle_mesh {
  std::vector<mesh_vertex> vertices;
  std::vector<std::uint16_t> indices;

  std::size_t triangles() const { return indices.size() / 3; }
};

/// The same outline in at most `most` triangles, if it has more. Vertices that share a cell of a grid become
/// one place (J. Rossignac, P. Borrel, Multi-resolution 3D approximations for rendering complex scenes, 1993);
/// the grid is the finest that is coarse enough. Edges stay sharp: a place has a vertex per direction and
/// colour.
triangle_mesh coarser(const triangle_mesh& fine, std::size_t most);

} // namespace tessera
