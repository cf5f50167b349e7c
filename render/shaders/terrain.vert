#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"

layout(location = 0) in vec3 vertex;
layout(location = 1) in vec4 vertex_air;
layout(location = 0) out vec3 from_camera;
layout(location = 1) out vec4 air;

void main() {
  from_camera = vertex;
  air = vertex_air;
  gl_Position = frame.view_projection * vec4(vertex, 1.0);
}
