// A rectangle over every square that has particles; all are one draw.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "tiles.glsl"

layout(set = 0, binding = particle_tiles_binding, scalar) readonly buffer tiles_block { uint tiles[]; };

void main() {
  uint tile = uint(gl_VertexIndex) / 6u;
  gl_Position = tile_corner(tile, tiles[tile], gl_VertexIndex);
}
