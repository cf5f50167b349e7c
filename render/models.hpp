// Shapes of bodies from glTF 2.0 files, in place of those of meshes.hpp.
//
// Always true of a body_model: as meshes.hpp says of a mesh, so of length 1 from tail to nose, standing on y = 0
// around the origin, looking along +x; every number is finite and every index in range; a coarser level has at
// most as many triangles. No byte of a file is trusted: a damaged one is refused, never drawn.
//
// In a file +y is up and +z is forward, as glTF has it. All meshes of the scene are taken, their nodes'
// transforms applied; skins, morphs and animations are not: a body stands as its vertices lie. A part has the
// colour of its material and of its vertices; one without either, or with a texture alone, has its kind's.
#pragma once

#include "core/error.hpp"
#include "render/triangle_mesh.hpp"

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>

namespace tessera {

struct body_model {
  std::array<triangle_mesh, 3> levels; ///< finest first
  /// Distance of the farthest vertex from 0.4 above the origin, at least 1: around there a body is seen or not.
  float reach = 1;
};

/// Errors name the file and say what is wrong: not_there for the file itself, bad_bytes for what it holds.
result<body_model> load_model(const std::filesystem::path& path);

/// The same for bytes at hand; `path` is for messages and for buffers beside it.
result<body_model> read_model(std::span<const std::byte> bytes, const std::filesystem::path& path);

} // namespace tessera
