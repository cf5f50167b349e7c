// A body too far away for a shape.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "ground.glsl"
#include "instances.glsl"

layout(set = 0, binding = visible_binding, scalar) readonly buffer visible_block { uint visible[]; };
layout(location = 0) out vec3 light;

void main() {
  // One vertex each, all of one draw: an instance each costs a software driver far more.
  uint instance = visible[gl_VertexIndex];
  packed_place place = places[instance];
  vec3 at = from_camera_of(place);
  at.y += 0.35 * place.scale_m;
  float variety = variety_of(turns[instance]);
  kind_data kind = kinds[materials[instance] & 0xFFu];
  vec4 there = relief_at(at.xz);
  vec3 colour = colour_of(kind, variety) * 0.8;
  float distance_m = length(at);
  float pixels = 0.75 * place.scale_m * frame.pixels_per_unit / distance_m;
  // Smaller than a pixel, it is mostly the ground that is seen there.
  vec3 ground = ground_colour(at.xz, place.y_m, normal_of(there), distance_m);
  colour = mix(ground, colour, clamp(pixels * pixels, 0.12, 1.0));
  vec3 towards = normalize(mix(normal_of(there), frame.sun + vec3(0.0, 1.0, 0.0), 0.4));
  light = exposed(through_air(lit(colour, towards, there.z, there.w), at));
  gl_Position = frame.view_projection * vec4(at, 1.0);
  gl_PointSize = clamp(pixels, 1.0, 3.0);
}
