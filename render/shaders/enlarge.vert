// A picture over all of another one: two triangles, so that drivers see a rectangle.
#version 460
layout(location = 0) out vec2 uv;

void main() {
  uv = vec2(gl_VertexIndex % 2, gl_VertexIndex == 2 || gl_VertexIndex > 3 ? 1.0 : 0.0);
  gl_Position = vec4(uv * 2.0 - 1.0, 0.0, 1.0);
}
