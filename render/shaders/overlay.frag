// Letters are white, and as opaque as they are bright; whatever is no letter finds a spot that is full.
#version 460
layout(location = 0) in vec2 uv;
layout(location = 1) in vec4 colour;
layout(set = 0, binding = 0) uniform sampler2D letters;
layout(location = 0) out vec4 result;

void main() {
  result = colour * texture(letters, uv);
}
