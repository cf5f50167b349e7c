#version 460
layout(location = 0) in float strength;
layout(location = 0) out vec4 colour;

void main() { colour = vec4(0.008, 0.012, 0.025, strength); }
