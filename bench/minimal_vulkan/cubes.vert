#version 460
layout(location = 0) in vec3 corner;
layout(location = 1) in vec3 normal;
layout(location = 2) in vec4 place; // from the camera, and the edge
layout(push_constant) uniform camera_block { mat4 view_projection; };
layout(location = 0) out vec3 light;

void main() {
  light = vec3(0.6, 0.25, 0.15) * (0.3 + 0.7 * max(dot(normal, vec3(0.48, 0.64, 0.6)), 0.0));
  gl_Position = view_projection * vec4(place.xyz + corner * place.w, 1.0);
}
