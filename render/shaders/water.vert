// A sheet at the water's level, as far as the eye reaches.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"

layout(location = 0) out vec3 from_camera;

void main() {
  const float far_m = 60000.0;
  vec2 corner = vec2(gl_VertexIndex & 1, gl_VertexIndex >> 1) * 2.0 - 1.0;
  from_camera = vec3(corner.x * far_m, frame.water_level_m - frame.camera_y_m, corner.y * far_m);
  gl_Position = frame.view_projection * vec4(from_camera, 1.0);
}
