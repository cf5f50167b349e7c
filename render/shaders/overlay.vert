// What lies over a picture: triangles in pixels, coloured as sRGB.
#version 460
layout(location = 0) in vec2 at_px;
layout(location = 1) in vec2 uv_in;
layout(location = 2) in vec4 colour_in;
layout(location = 0) out vec2 uv;
layout(location = 1) out vec4 colour;
layout(push_constant) uniform push { vec2 size_px; };

void main() {
  uv = uv_in;
  colour = colour_in;
  gl_Position = vec4(at_px / size_px * 2.0 - 1.0, 0.0, 1.0);
}
