// Lighted where its corners are: a body is small, and a software driver shades many more pixels than corners.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "ground.glsl"
#include "body.glsl"

layout(location = 3) in vec4 tint;
layout(location = 8) in vec4 colour_and_sky_share;
layout(location = 9) in vec4 air;
layout(location = 0) out vec3 light;

void main() {
  body_vertex v = placed_vertex();
  vec3 own = mix(colour_and_sky_share.rgb * tint.rgb * 2.0, tint.rgb * 0.5, tint.a);
  // Low parts see less of the sky.
  float sky_share = colour_and_sky_share.w * (0.42 + 0.45 * clamp(position.y * 2.0, 0.0, 1.0));
  // By the distance of the whole body: a root and a quotient less for each vertex.
  float edge = clamp(1.0 + dot(v.normal, v.from_camera) * sun_ground_per_m.z, 0.0, 1.0);
  vec3 shown = lit(own, v.normal, sky_share, sun_ground_per_m.x);
  shown += own * frame.sky_light * (edge * edge * edge * 0.35 * sky_share);
  light = exposed(shown * air.a + air.rgb);
  gl_Position = frame.view_projection * vec4(v.from_camera, 1.0);
}
