// What lies over a picture: triangles in pixels, coloured as sRGB.
#version 460
layout(location = 0) in vec2 at_px;
layout(location = 1) in vec2 uv_in;
layout(location = 2) in vec4 srgb;
layout(location = 0) out vec2 uv;
layout(location = 1) out vec4 colour;
layout(push_constant) uniform push { vec2 size_px; };

void main() {
  uv = uv_in;
  // The target mixes and stores light, not sRGB.
  vec3 low = srgb.rgb / 12.92;
  vec3 high = pow((srgb.rgb + 0.055) / 1.055, vec3(2.4));
  colour = vec4(mix(low, high, step(0.04045, srgb.rgb)), srgb.a);
  gl_Position = vec4(at_px / size_px * 2.0 - 1.0, 0.0, 1.0);
}
