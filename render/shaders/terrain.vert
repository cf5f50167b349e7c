// A square of ground. Seen from afar its odd vertices slide onto the coarser surface before that replaces
// it, so that neighbours of different levels meet without a gap.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "ground.glsl"

layout(set = 0, binding = nodes_binding, scalar) readonly buffer nodes_block { terrain_node nodes[]; };
layout(location = 0) out vec3 from_camera;

vec2 plane_of(vec2 units_from_camera_sample) {
  vec2 samples = units_from_camera_sample / float(units_per_sample) - frame.camera_in_sample;
  return samples * frame.sample_spacing_m;
}

vec3 vertex_at(vec2 units) {
  vec2 at = units / float(units_per_sample);
  vec2 whole = floor(at);
  float height = height_at_sample(ivec2(whole) + frame.camera_sample, at - whole);
  vec2 plane = plane_of(units);
  return vec3(plane.x, height - frame.camera_y_m, plane.y);
}

void main() {
  terrain_node node = nodes[gl_InstanceIndex];
  ivec2 corner = ivec2(gl_VertexIndex % (node_quads + 1), gl_VertexIndex / (node_quads + 1));
  // Relative to the camera's sample: the same numbers for a vertex that two squares share.
  ivec2 units = node.first + corner * node.step - frame.camera_sample * units_per_sample;
  vec3 fine = vertex_at(vec2(units));
  float distance_m = length(fine);
  float share = clamp((distance_m - node.morph_from_m) / (node.morph_to_m - node.morph_from_m), 0.0, 1.0);
  vec2 odd = vec2(corner & 1) * float(node.step);
  from_camera = vertex_at(vec2(units) - odd * share);
  gl_Position = frame.view_projection * vec4(from_camera, 1.0);
}
