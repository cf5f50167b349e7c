// What was lighted before it came here.
#version 460
layout(location = 0) in vec3 light;
layout(location = 0) out vec4 colour;

void main() { colour = vec4(light, 1.0); }
