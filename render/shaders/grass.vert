// Tufts of grass around the camera: three blades each, where the world's ground is covered. Tuft and blade
// follow from the place alone.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "ground.glsl"

layout(push_constant, scalar) uniform ring_block { grass_ring ring; };
layout(location = 0) out vec3 light;

void main() {
  gl_Position = vec4(0.0, 0.0, -1.0, 1.0); // outside, unless it grows
  light = vec3(0.0);
  const int corners = 9; // of a tuft; all tufts are one draw, which software drivers like better than instances
  int tuft = gl_VertexIndex / corners;
  vec2 camera = frame.noise_origin_m / ring.spacing_m;
  ivec2 middle = ivec2(floor(camera));
  ivec2 from_middle = ivec2(tuft % ring.across, tuft / ring.across) - ring.across / 2;
  ivec2 square = middle + from_middle;
  vec2 jitter = vec2(random_at(square, 201u), random_at(square, 202u));
  vec2 stand = (vec2(square - middle) - (camera - vec2(middle)) + jitter) * ring.spacing_m;
  float distance_m = length(stand);
  if (distance_m < ring.inner_m || distance_m > ring.outer_m)
    return;
  float grows = cover_at(stand);
  vec2 place = frame.noise_origin_m + stand;
  float patch_share = patterns_at(place, 256.0).r;
  float density = clamp(grows * 1.35 + (patch_share - 0.5) * 0.9, 0.0, 1.0);
  if (random_at(square, 203u) > density)
    return;
  float ground = ground_height(stand);
  if (frame.has_water != 0u && ground < frame.water_level_m + 0.25 + random_at(square, 204u) * 1.4)
    return;
  vec4 there = relief_at(stand);
  vec3 normal = normal_of(there);
  if (normal.y < 0.80)
    return;

  int blade = gl_VertexIndex % corners / 3;
  int corner = gl_VertexIndex % 3;
  float turn = 6.2831853 * (random_at(square, 205u) + float(blade) * 0.37);
  vec2 side = vec2(cos(turn), sin(turn));
  float fade = 1.0 - smoothstep(ring.outer_m * 0.55, ring.outer_m, distance_m);
  float height = ring.height_m * (0.45 + 0.75 * random_at(square, 206u + uint(blade))) * (0.5 + 0.7 * grows) * fade;
  vec2 lean = vec2(cos(turn * 1.7), sin(turn * 1.7)) * 0.45 + vec2(0.25, 0.12) * sin(frame.time_s * 1.7 + place.x * 0.21 + place.y * 0.17);
  vec2 root = stand + vec2(cos(turn * 2.3), sin(turn * 2.3)) * ring.spacing_m * 0.30;
  float width = ring.height_m * 0.085 * (1.0 + distance_m * 0.02);
  vec3 p = vec3(root.x, ground - frame.camera_y_m, root.y);
  if (corner == 2) {
    p.xz += lean * height;
    p.y += height;
  } else {
    p.xz += side * (corner == 0 ? width : -width);
    p.y -= 0.03;
  }
  vec3 colour = ground_colour(root, ground, normal, distance_m);
  float age = random_at(square, 209u);
  colour *= mix(vec3(0.80, 0.92, 0.75), vec3(1.45, 1.28, 0.95), age * age);
  colour *= corner == 2 ? 1.45 : 0.55;
  vec3 bent = normalize(normal + vec3(side.x, 0.0, side.y) * 0.3);
  light = exposed(through_air(lit(colour, bent, there.z, there.w), p));
  gl_Position = frame.view_projection * vec4(p, 1.0);
}
