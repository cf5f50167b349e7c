#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "ground.glsl"
#include "sky.glsl"

layout(location = 0) in vec3 from_camera;
layout(location = 0) out vec4 colour;

void main() {
  float depth_m = frame.water_level_m - ground_height(from_camera.xz);
  float distance_m = length(from_camera);
  vec3 direction = from_camera / distance_m;
  vec2 place = frame.noise_origin_m + from_camera.xz;
  float calm = 1.0 / (1.0 + distance_m / 260.0);
  vec2 drift = vec2(0.8, 0.5) * frame.time_s;
  vec2 ripple = vec2(patterns_at(place + drift, 64.0).r, patterns_at(place - drift, 64.0).g) - 0.5;
  vec2 swell = vec2(patterns_at(place + drift, 512.0).r, patterns_at(place - drift, 1024.0).g) - 0.5;
  vec3 normal = normalize(vec3(ripple.x * 0.16 * calm + swell.x * 0.05, 1.0, ripple.y * 0.16 * calm + swell.y * 0.05));
  vec3 mirrored = reflect(direction, normal);
  mirrored.y = abs(mirrored.y) + 0.02;
  mirrored = normalize(mirrored);
  vec3 reflection = sky_without_clouds(mirrored);
  float glint = pow(max(dot(mirrored, frame.sun), 0.0), 180.0);
  float facing = clamp(dot(normal, -direction), 0.0, 1.0);
  float fresnel = 0.025 + 0.975 * pow(1.0 - facing, 5.0);
  float sun_share = relief_at(from_camera.xz).w;
  vec3 deep = vec3(0.016, 0.050, 0.052);
  vec3 shallow = vec3(0.060, 0.110, 0.085);
  vec3 body = mix(shallow, deep, 1.0 - exp(-max(depth_m, 0.0) / 5.0)) * (frame.sky_light * 0.9 + frame.sun_light * 0.35 * sun_share);
  vec3 light = mix(body, reflection, fresnel) + frame.sun_light * glint * 1.6 * sun_share;
  float opacity = clamp(1.0 - exp(-max(depth_m, 0.0) / 1.1), 0.0, 1.0);
  opacity = max(opacity, fresnel * smoothstep(0.0, 0.25, depth_m));
  colour = vec4(exposed(through_air(light, from_camera)), opacity);
}
