// The vertices of all squares of ground. Seen from afar a square's odd vertices slide onto the coarser surface
// before that replaces it, so that neighbours of different levels meet without a gap.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "ground.glsl"

layout(local_size_x = lay_group_size) in;
layout(set = 0, binding = nodes_binding, scalar) readonly buffer nodes_block { terrain_node nodes[]; };
layout(set = 0, binding = ground_binding, scalar) writeonly buffer ground_block { ground_vertex vertices[]; };

vec3 vertex_at(vec2 units) {
  vec2 at = units / float(units_per_sample);
  vec2 whole = floor(at);
  float height = height_at_sample(ivec2(whole) + frame.camera_sample, at - whole);
  vec2 plane = (at - frame.camera_in_sample) * frame.sample_spacing_m;
  return vec3(plane.x, height - frame.camera_y_m, plane.y);
}

void main() {
  uint id = gl_GlobalInvocationID.x;
  if (id >= frame.nodes * uint(node_vertices))
    return;
  terrain_node node = nodes[id / uint(node_vertices)];
  int within = int(id % uint(node_vertices));
  ivec2 corner = ivec2(within % (node_quads + 1), within / (node_quads + 1));
  // Relative to the camera's sample: the same numbers for a vertex that two squares share.
  ivec2 units = node.first + corner * node.step - frame.camera_sample * units_per_sample;
  float distance_m = length(vertex_at(vec2(units)));
  float share = clamp((distance_m - node.morph_from_m) / (node.morph_to_m - node.morph_from_m), 0.0, 1.0);
  vec2 odd = vec2(corner & 1) * float(node.step);
  ground_vertex v;
  v.from_camera = vertex_at(vec2(units) - odd * share);
  vec4 air = air_before(v.from_camera);
  // Beyond the world's edge nothing is known: it is lost in the haze.
  vec2 from_first = v.from_camera.xz + frame.camera_in_cell_m + vec2(frame.camera_cell - frame.extent_first) * frame.cell_size_m;
  vec2 beyond = max(-from_first, from_first - vec2(frame.extent_size) * frame.cell_size_m);
  float outside = smoothstep(0.0, 1600.0, max(beyond.x, beyond.y));
  vec3 direction = normalize(vec3(v.from_camera.x, max(v.from_camera.y, 0.0) + 0.02 * distance_m + 1e-3, v.from_camera.z));
  v.air = mix(air.rgb, sky_without_clouds(direction) * 0.94, outside);
  v.through_air = air.a * (1.0 - outside);
  vec4 there = relief_at(v.from_camera.xz);
  vec3 normal = normal_of(there);
  vec3 ground = ground_colour(v.from_camera.xz, v.from_camera.y + frame.camera_y_m, normal, distance_m);
  v.light = exposed(lit(ground, normal, there.z, there.w) * v.through_air + v.air);
  vertices[id] = v;
}
