// A body's shadow: the body, laid onto the ground along the sun's rays.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "ground.glsl"
#include "body.glsl"

layout(location = 0) out float strength;

void main() {
  body_vertex v = placed_vertex();
  float above = max(v.from_camera.y - sun_ground_per_m.y, 0.0);
  vec2 plane = v.from_camera.xz - frame.sun.xz / max(frame.sun.y, 0.15) * above;
  vec3 p = vec3(plane.x, ground_height(plane) - frame.camera_y_m + 0.02, plane.y);
  float distance_m = length(p);
  strength = 0.52 * sun_ground_per_m.x * exp(-distance_m / frame.haze_m);
  // Nearer to the eye by a little, so that uneven rounding does not drown it.
  gl_Position = frame.view_projection * vec4(p * (1.0 - 0.0008), 1.0);
}
