// Bodies too far away for a shape, on devices without the atomics that splat.comp needs.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "ground.glsl"
#include "instances.glsl"
#include "dot.glsl"

layout(set = 0, binding = visible_texels_binding) uniform usamplerBuffer visible;
layout(location = 0) out vec4 light;

void main() {
  // One vertex each, all of one draw: an instance each costs a software driver far more.
  uint instance = texelFetch(visible, gl_VertexIndex).x;
  far_body d = far_body_of(instance);
  light = light_of(d, instance);
  gl_Position = frame.view_projection * vec4(d.from_camera, 1.0);
  gl_PointSize = floor(clamp(d.pixels + 0.5, 1.0, 3.0));
}
