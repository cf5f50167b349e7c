#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "ground.glsl"

layout(location = 0) in vec3 from_camera;
layout(location = 1) in vec3 normal;
layout(location = 2) in vec3 own_colour;
layout(location = 3) in vec2 shares;
layout(location = 0) out vec4 colour;

void main() {
  vec3 n = normalize(normal);
  vec3 light = lit(own_colour, n, shares.x, shares.y);
  float rim = pow(1.0 - max(dot(n, -normalize(from_camera)), 0.0), 3.0);
  light += own_colour * frame.sky_light * rim * 0.35 * shares.x;
  colour = vec4(exposed(through_air(light, from_camera)), 1.0);
}
