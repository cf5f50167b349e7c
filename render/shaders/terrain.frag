#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "ground.glsl"

layout(location = 0) in vec3 from_camera;
layout(location = 1) in vec4 air;
layout(location = 0) out vec4 colour;

void main() {
  float distance_m = length(from_camera);
  vec4 there = relief_at(from_camera.xz);
  vec3 normal = normal_of(there);
  vec2 place = frame.noise_origin_m + from_camera.xz;
  vec3 ground = ground_colour(from_camera.xz, from_camera.y + frame.camera_y_m, normal, distance_m);
  if (distance_m < 1500.0) {
    // Unevenness that no sample knows of.
    float fade = 1.0 - smoothstep(200.0, 1500.0, distance_m);
    vec2 bump = patterns_at(place, 128.0).rg - 0.5;
    normal = normalize(normal + vec3(bump.x, 0.0, bump.y) * 0.42 * fade);
  }
  vec3 light = lit(ground, normal, there.z, there.w);
  colour = vec4(exposed(light * air.a + air.rgb), 1.0);
}
