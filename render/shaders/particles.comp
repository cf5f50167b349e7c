// Every pixel learns which particle is nearest there: above how near, below its colour.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_shader_atomic_int64 : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "particle_words.glsl"
#include "particles.glsl"

layout(local_size_x = particle_group_size) in;
layout(set = 0, binding = dust_binding, scalar) readonly buffer dust_block { dust_source dust[]; };
layout(set = 0, binding = particles_binding, scalar) buffer particles_block { uint64_t words[]; };
layout(set = 0, binding = particle_tiles_binding, scalar) writeonly buffer tiles_block { uint tiles[]; };

vec3 pixel_of(vec3 from_camera, out float w) {
  vec4 clip = frame.view_projection * vec4(from_camera, 1.0);
  w = clip.w;
  return vec3((clip.xy / clip.w * 0.5 + 0.5) * frame.viewport, clip.z / clip.w);
}

bool may_be_seen(vec2 pixel, float w) {
  return w > 0.2 && pixel.x > -1.0 && pixel.y > -64.0 && pixel.x < frame.viewport.x + 1.0 && pixel.y < frame.viewport.y + 64.0;
}

void main() {
  uint i = gl_GlobalInvocationID.x;
  bool is_rain = i < frame.raindrops;
  uint k = i - frame.raindrops;
  if (!is_rain && k >= frame.dust_sources * uint(dust_motes))
    return;
  particle p;
  if (is_rain)
    p = raindrop(i);
  else
    p = mote(dust[k / uint(dust_motes)], k % uint(dust_motes));
  float w;
  float w_later;
  vec3 here = pixel_of(p.from_camera, w);
  vec3 there = pixel_of(p.later, w_later);
  if (!may_be_seen(here.xy, w) || there.y < -64.0 || there.y > frame.viewport.y + 64.0)
    return;
  ivec2 first;
  ivec2 size;
  if (is_rain) {
    first = ivec2(floor(vec2(here.x, min(here.y, there.y))));
    size = ivec2(1, int(min(abs(there.y - here.y) + 1.0, float(rain_pixels_most))));
  } else {
    int side = int(clamp(p.size_m * frame.pixels_per_unit / w + 0.5, 1.0, float(dust_pixels_most)));
    first = ivec2(floor(here.xy - 0.5 * float(side - 1)));
    size = ivec2(side);
  }
  uint colour = packUnorm4x8(vec4(p.colour_roots, p.opacity));
  uint64_t word = (uint64_t(floatBitsToUint(here.z)) << 32) | uint64_t(colour);
  ivec2 screen = ivec2(frame.viewport);
  for (int y = max(first.y, 0); y < min(first.y + size.y, screen.y); ++y)
    for (int x = max(first.x, 0); x < min(first.x + size.x, screen.x); ++x) {
      atomicMax(words[particle_word(ivec2(x, y), screen.x)], word);
      tiles[uint(y / splat_tile) * frame.splat_tiles_across + uint(x / splat_tile)] = 1u;
    }
}
