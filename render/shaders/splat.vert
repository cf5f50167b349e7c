// A rectangle over every square that has far bodies; all are one draw.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"

layout(set = 0, binding = splat_tiles_binding, scalar) readonly buffer splat_tiles_block { uint splat_tiles[]; };

void main() {
  uint tile = uint(gl_VertexIndex) / 6u;
  gl_Position = vec4(0.0, 0.0, -1.0, 1.0); // outside
  if (splat_tiles[tile] == 0u)
    return;
  const ivec2 corners[] = {ivec2(0, 0), ivec2(1, 0), ivec2(1, 1), ivec2(0, 0), ivec2(1, 1), ivec2(0, 1)};
  ivec2 at = ivec2(tile % frame.splat_tiles_across, tile / frame.splat_tiles_across) + corners[gl_VertexIndex % 6];
  vec2 pixel = min(vec2(at * splat_tile), frame.viewport);
  gl_Position = vec4(pixel / frame.viewport * 2.0 - 1.0, 0.5, 1.0);
}
