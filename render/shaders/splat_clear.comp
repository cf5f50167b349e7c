// Takes away what the last frame splatted, where it did. Each invocation has a square.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "splats.glsl"

layout(local_size_x = splat_clear_group_size) in;

void main() {
  uint tile = gl_GlobalInvocationID.x;
  if (tile >= frame.splat_tiles || splat_tiles[tile] == 0u)
    return;
  splat_tiles[tile] = 0u;
  ivec2 size = ivec2(frame.viewport);
  ivec2 first = ivec2(tile % frame.splat_tiles_across, tile / frame.splat_tiles_across) * splat_tile;
  ivec2 end = min(first + splat_tile, size);
  for (int y = first.y; y < end.y; ++y)
    for (int x = first.x; x < end.x; ++x)
      splats[y * size.x + x] = 0ul;
}
