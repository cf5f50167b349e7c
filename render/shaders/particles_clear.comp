// Takes away the last frame's particles, where it had some. Each invocation has a square.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "particle_words.glsl"

layout(local_size_x = splat_clear_group_size) in;
layout(set = 0, binding = particles_binding, scalar) writeonly buffer particles_block { uint64_t words[]; };
layout(set = 0, binding = particle_tiles_binding, scalar) buffer tiles_block { uint tiles[]; };

void main() {
  uint tile = gl_GlobalInvocationID.x;
  if (tile >= frame.splat_tiles || tiles[tile] == 0u)
    return;
  tiles[tile] = 0u;
  ivec2 size = ivec2(frame.viewport);
  ivec2 first = ivec2(tile % frame.splat_tiles_across, tile / frame.splat_tiles_across) * splat_tile;
  ivec2 end = min(first + splat_tile, size);
  for (int y = first.y; y < end.y; ++y)
    for (int x = first.x; x < end.x; ++x)
      words[particle_word(ivec2(x, y), size.x)] = 0ul;
}
