// What all shaders share: the frame, noise, the sky's light and the haze.
#ifndef TESSERA_COMMON_GLSL
#define TESSERA_COMMON_GLSL

layout(set = 0, binding = frame_binding, scalar) uniform frame_block { frame_data frame; };

uint mixed(uint x) {
  x ^= x >> 16;
  x *= 0x7FEB352Du;
  x ^= x >> 15;
  x *= 0x846CA68Bu;
  x ^= x >> 16;
  return x;
}

float random_at(ivec2 at, uint salt) {
  return float(mixed(uint(at.x) * 0x9E3779B1u ^ mixed(uint(at.y) + salt * 0x85EBCA77u)) >> 8) / 16777216.0;
}

// Four patterns, each 0 to 1, that repeat after `period`: coarse ones a 32nd of it wide, in the last channel a 64th.
layout(set = 0, binding = patterns_binding) uniform sampler2D patterns;

vec4 patterns_at(vec2 p, float period) { return textureLod(patterns, p / period, 0.0); }

vec3 sky_without_clouds(vec3 direction) {
  float up = max(direction.y, 0.0);
  float towards_sun = max(dot(direction, frame.sun), 0.0);
  vec3 zenith = vec3(0.10, 0.24, 0.55);
  vec3 horizon = vec3(0.62, 0.72, 0.82);
  vec3 colour = mix(horizon, zenith, 1.0 - exp(-3.2 * up));
  // Low air scatters the sun forward, warm near the horizon.
  float low = exp(-5.0 * up);
  colour += frame.sun_light * low * (0.05 * pow(towards_sun, 4.0) + 0.07 * pow(towards_sun, 24.0));
  return colour;
}

// Air between the camera and what it sees, `to` metres away: its own light, and the share of what lies behind
// that arrives.
vec4 air_before(vec3 to) {
  float distance_m = length(to);
  // Thinner above: air over the lowest ground weighs most.
  float height = max(frame.camera_y_m + 0.5 * to.y - frame.ground_low_m, 0.0);
  float share = exp(-distance_m / frame.haze_m * exp(-height / 1800.0));
  vec3 direction = to / max(distance_m, 1e-3);
  direction.y = 0.02 + max(direction.y, 0.0) * 0.3;
  return vec4(sky_without_clouds(normalize(direction)) * (1.0 - share), share);
}

vec3 through_air(vec3 colour, vec3 to) {
  vec4 air = air_before(to);
  return colour * air.a + air.rgb;
}

// From light to what an sRGB target shows: highlights roll off, the rest stays as it is, colours a tenth stronger. It is
// worked out for each vertex or pixel of all that is drawn, and a quotient costs as much as ten products.
vec3 exposed(vec3 light) {
  vec3 shown = light * (1.18 + light * 0.1989) / (1.0 + light * 0.7316);
  float grey = dot(shown, vec3(0.02126, 0.07152, 0.00722)) + 0.004;
  return max(shown * 1.10 - grey, 0.0);
}

#endif
