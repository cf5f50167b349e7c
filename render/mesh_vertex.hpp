// A vertex of a body's shape, as body.glsl reads it.
#pragma once

#include <cstdint>

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

} // namespace tessera
