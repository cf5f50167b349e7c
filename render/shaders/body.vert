#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "ground.glsl"
#include "instances.glsl"
#include "body.glsl"

layout(location = 3) in vec4 tint;
layout(location = 0) out vec3 from_camera;
layout(location = 1) out vec3 normal;
layout(location = 2) out vec3 own_colour;
layout(location = 3) out vec2 shares; // of the sky, of the sun

void main() {
  body_vertex v = placed_body();
  from_camera = v.from_camera;
  normal = v.normal;
  own_colour = mix(colour_of(v.kind, v.variety) * tint.rgb * 2.0, tint.rgb * 0.5, tint.a);
  // Low parts see less of the sky.
  vec4 there = relief_at(v.stand);
  shares = vec2(there.z * (0.42 + 0.45 * clamp(position.y * 2.0, 0.0, 1.0)), there.w);
  gl_Position = frame.view_projection * vec4(from_camera, 1.0);
}
