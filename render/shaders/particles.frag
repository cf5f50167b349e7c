// The particle that is nearest at this pixel, over what was drawn before.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "particle_words.glsl"

layout(set = 0, binding = particle_texels_binding) uniform usamplerBuffer particles;
layout(location = 0) out vec4 colour;

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  uvec2 word = texelFetch(particles, particle_word(pixel, int(frame.viewport.x))).xy;
  if (word.y == 0u)
    discard;
  colour = unpackUnorm4x8(word.x);
  vec3 light = frame.sky_light + 0.35 * frame.sun_light;
  colour.rgb = exposed(colour.rgb * colour.rgb * light);
  gl_FragDepth = uintBitsToFloat(word.y);
}
