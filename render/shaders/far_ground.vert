// Ground that was lighted where its corners are: far off they lie as close as pixels do, and closer.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"

layout(location = 0) in vec3 vertex;
layout(location = 1) in vec3 vertex_light;
layout(location = 0) out vec3 light;

void main() {
  light = vertex_light;
  gl_Position = frame.view_projection * vec4(vertex, 1.0);
}
