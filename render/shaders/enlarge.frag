// Straight between the picture's pixels.
#version 460
layout(location = 0) in vec2 uv;
layout(set = 0, binding = 0) uniform sampler2D drawn;
layout(location = 0) out vec4 result;

void main() {
  result = texture(drawn, uv);
}
