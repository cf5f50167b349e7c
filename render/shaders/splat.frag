// The far body that was nearest at this pixel, at its own depth.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"

// As in splats.glsl: which it is, how near.
layout(set = 0, binding = splat_texels_binding) uniform usamplerBuffer splats;
layout(set = 0, binding = dot_light_texels_binding) uniform samplerBuffer lights;
layout(location = 0) out vec4 colour;

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  uvec2 word = texelFetch(splats, pixel.y * int(frame.viewport.x) + pixel.x).xy;
  if (word.y == 0u)
    discard;
  colour = texelFetch(lights, int(0xFFFFFFFFu - word.x));
  colour.rgb *= colour.rgb;
  gl_FragDepth = uintBitsToFloat(word.y);
}
