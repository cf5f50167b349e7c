#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "sky.glsl"

layout(location = 0) in vec2 clip;
layout(location = 0) out vec4 colour;

void main() {
  // Depth of the near side: every point on the ray does, and the far end is at infinity.
  vec4 at = frame.from_clip * vec4(clip, 1.0, 1.0);
  colour = vec4(exposed(sky_colour(normalize(at.xyz / at.w))), 1.0);
}
