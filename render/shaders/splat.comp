// Every pixel learns which far body is nearest there; every far body, what it looks like.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_shader_atomic_int64 : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "ground.glsl"
#include "instances.glsl"
#include "dot.glsl"
#include "splats.glsl"

layout(local_size_x = splat_group_size) in;
layout(set = 0, binding = visible_texels_binding) uniform usamplerBuffer visible;
// Roots of colours, which are finer where it is dark, and opacity.
layout(set = 0, binding = dot_lights_binding, scalar) writeonly buffer lights_block { uint lights[]; };
layout(set = 0, binding = draws_binding, scalar) readonly buffer draws_block { indexed_draw draws[]; };

void main() {
  uint i = gl_GlobalInvocationID.x;
  if (i >= draws[dot_bucket].index_count)
    return;
  uint instance = texelFetch(visible, int(draws[dot_bucket].first_index + i)).x;
  far_body d = far_body_of(instance);
  vec4 light = light_of(d, instance);
  lights[i] = packUnorm4x8(vec4(sqrt(light.rgb), light.a));
  vec4 clip = frame.view_projection * vec4(d.from_camera, 1.0);
  if (clip.w <= 0.0 || clip.z > clip.w)
    return;
  uint64_t word = (uint64_t(floatBitsToUint(clip.z / clip.w)) << 32) | uint64_t(0xFFFFFFFFu - i);
  ivec2 size = ivec2(frame.viewport);
  vec2 pixel = (clip.xy / clip.w * 0.5 + 0.5) * frame.viewport;
  int side = int(clamp(d.pixels + 0.5, 1.0, 3.0));
  ivec2 first = ivec2(floor(pixel - 0.5 * float(side - 1)));
  for (int y = max(first.y, 0); y < min(first.y + side, size.y); ++y)
    for (int x = max(first.x, 0); x < min(first.x + side, size.x); ++x) {
      atomicMax(splats[y * size.x + x], word);
      splat_tiles[uint(y / splat_tile) * frame.splat_tiles_across + uint(x / splat_tile)] = 1u;
    }
}
