#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "ground.glsl"

layout(location = 0) in vec3 from_camera;
layout(location = 0) out vec4 colour;

void main() {
  float distance_m = length(from_camera);
  vec4 there = relief_at(from_camera.xz);
  vec3 normal = normal_of(there);
  vec2 place = frame.noise_origin_m + from_camera.xz;
  if (distance_m < 1500.0) {
    // Unevenness that no sample knows of.
    float fade = 1.0 - smoothstep(200.0, 1500.0, distance_m);
    vec2 bump = vec2(layered_noise(place / 5.0, 3, 41u), layered_noise(place / 5.0, 3, 53u)) - 0.5;
    normal = normalize(normal + vec3(bump.x, 0.0, bump.y) * 0.42 * fade);
  }
  float height_m = from_camera.y + frame.camera_y_m;
  vec3 ground = ground_colour(from_camera.xz, height_m, normal_of(there), distance_m);
  vec3 light = lit(ground, normal, there.z, there.w);
  // Beyond the world's edge nothing is known: it is lost in the haze.
  vec2 from_first = from_camera.xz + frame.camera_in_cell_m + vec2(frame.camera_cell - frame.extent_first) * frame.cell_size_m;
  vec2 beyond = max(-from_first, from_first - vec2(frame.extent_size) * frame.cell_size_m);
  float outside = smoothstep(0.0, 1600.0, max(beyond.x, beyond.y));
  vec3 seen = through_air(light, from_camera);
  vec3 direction = normalize(vec3(from_camera.x, max(from_camera.y, 0.0) + 0.02 * distance_m, from_camera.z));
  colour = vec4(exposed(mix(seen, sky_without_clouds(direction) * 0.94, outside)), 1.0);
}
