// Bodies with a mesh as they stand in this frame: everything that their corners share is worked out once.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "ground.glsl"
#include "instances.glsl"

layout(local_size_x = stand_group_size) in;
layout(set = 0, binding = work_binding, scalar) readonly buffer work_block { body_work work; };
layout(set = 0, binding = visible_texels_binding) uniform usamplerBuffer visible;
layout(set = 0, binding = standing_binding, scalar) writeonly buffer standing_block { standing_body bodies[]; };

vec2 direction_of(float angle) { return vec2(cos(angle), sin(angle)); }

void main() {
  uint id = gl_GlobalInvocationID.x;
  if (id >= work.standing)
    return;
  uint instance = texelFetch(visible, int(id)).x;
  packed_place place = place_of(instance);
  uvec2 turn = turn_of(instance);
  float variety = variety_of(turn);
  float speed = speed_of(turn);
  standing_body b;
  b.from_camera = from_camera_of(place);
  b.scale_m = place.scale_m;
  b.forward = facing_of(turn);
  vec2 stand = b.from_camera.xz;
  vec3 ground = ground_height_and_rise(stand);
  vec2 aside = vec2(-b.forward.y, b.forward.x);
  b.slope = clamp(vec2(dot(ground.yz, b.forward), dot(ground.yz, aside)), -1.0, 1.0);
  b.ground_m = ground.x - frame.camera_y_m;
  b.colour = colour_of(kind_of(instance), variety);
  b.swing = direction_of(sin(6.2831853 * (variety + frame.time_s * (0.7 + 0.25 * speed))) * min(speed * 0.30, 0.75));
  float salted = fract(variety * 7.31);
  b.graze = direction_of(speed < 0.7 && salted < 0.65 ? -1.25 - 0.35 * salted : 0.0);
  vec4 relief_there = relief_at(stand);
  b.sky_share = relief_there.z;
  b.sun_share = relief_there.w;
  b.per_m = inversesqrt(max(dot(b.from_camera, b.from_camera), 1e-6));
  vec4 air = air_before(b.from_camera);
  b.air = air.rgb;
  b.through_air = air.a;
  bodies[id] = b;
}
