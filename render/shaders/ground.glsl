// The ground: its height anywhere, what it is made of, and the light on it. Heights are those that the
// world itself uses: straight between samples along both axes, level beyond the edge.
#ifndef TESSERA_GROUND_GLSL
#define TESSERA_GROUND_GLSL

layout(set = 0, binding = heights_binding) uniform samplerBuffer heights_m;
// Normal's east and south, share of the sky that is seen, share of the sun.
layout(set = 0, binding = relief_binding) uniform sampler2D relief;
layout(set = 0, binding = cover_binding) uniform sampler2D cover;

float sample_height(ivec2 at) {
  ivec2 i = clamp(at, ivec2(0), frame.samples - 1);
  return texelFetch(heights_m, i.y * frame.samples.x + i.x).r;
}

float height_at_sample(ivec2 whole, vec2 part) {
  float north = mix(sample_height(whole), sample_height(whole + ivec2(1, 0)), part.x);
  float south = mix(sample_height(whole + ivec2(0, 1)), sample_height(whole + ivec2(1, 1)), part.x);
  return mix(north, south, part.y);
}

// Of a place so many metres east and south of the camera; above the sea.
float ground_height(vec2 from_camera) {
  vec2 at = from_camera / frame.sample_spacing_m + frame.camera_in_sample;
  vec2 whole = floor(at);
  return height_at_sample(ivec2(whole) + frame.camera_sample, at - whole);
}

// The same, and behind it how much the ground rises there in a metre east and south.
vec3 ground_height_and_rise(vec2 from_camera) {
  vec2 at = from_camera / frame.sample_spacing_m + frame.camera_in_sample;
  ivec2 whole = ivec2(floor(at)) + frame.camera_sample;
  vec2 part = at - floor(at);
  vec2 north = vec2(sample_height(whole), sample_height(whole + ivec2(1, 0)));
  vec2 south = vec2(sample_height(whole + ivec2(0, 1)), sample_height(whole + ivec2(1, 1)));
  vec2 down = mix(north, south, part.y);
  vec2 rise = vec2(mix(north.y - north.x, south.y - south.x, part.y), mix(south.x - north.x, south.y - north.y, part.x));
  return vec3(mix(down.x, down.y, part.x), rise / frame.sample_spacing_m);
}

vec4 relief_at(vec2 from_camera) {
  vec2 at = from_camera / frame.sample_spacing_m + frame.camera_in_sample + vec2(frame.camera_sample);
  return textureLod(relief, (at + 0.5) / vec2(frame.samples), 0.0);
}

vec3 normal_of(vec4 relief_there) {
  vec2 across = relief_there.xy * 2.0 - 1.0;
  return vec3(across.x, sqrt(max(1.0 - dot(across, across), 0.0)), across.y);
}

float cover_at(vec2 from_camera) {
  if (frame.has_cover == 0u)
    return 0.75;
  vec2 cells = (from_camera + frame.camera_in_cell_m) / frame.cell_size_m +
               vec2(frame.camera_cell - frame.extent_first);
  return textureLod(cover, cells / vec2(frame.extent_size), 0.0).r;
}

// Colour of the ground, without light. Patterns finer than a pixel are left out.
vec3 ground_colour(vec2 from_camera, float height_m, vec3 normal, float distance_m) {
  vec2 place = frame.noise_origin_m + from_camera;
  float wide = patterns_at(place, 8192.0).r;
  vec2 finer = patterns_at(place, 1024.0).ga;
  float middle = finer.x;
  float close = distance_m < 900.0 ? patterns_at(place, 64.0).b : 0.5;
  close = mix(close, 0.5, smoothstep(250.0, 900.0, distance_m));

  float grass = cover_at(from_camera);
  grass = clamp(grass * 1.15 + (wide - 0.5) * 0.35 + (middle - 0.5) * 0.30, 0.0, 1.0);
  vec3 soil = mix(vec3(0.205, 0.150, 0.090), vec3(0.300, 0.235, 0.150), middle);
  vec3 dry = mix(vec3(0.270, 0.230, 0.100), vec3(0.190, 0.200, 0.070), wide);
  vec3 lush = mix(vec3(0.070, 0.125, 0.030), vec3(0.125, 0.175, 0.045), middle);
  vec3 colour = mix(soil, dry, smoothstep(0.05, 0.35, grass));
  colour = mix(colour, lush, smoothstep(0.30, 0.85, grass));

  // High and steep ground bears wood, seen from afar as dark green; the steepest shows its rock.
  float steep = 1.0 - normal.y;
  float relative = (height_m - frame.ground_low_m) / max(frame.ground_high_m - frame.ground_low_m, 1.0);
  float crowns = mix(finer.y, 0.5, smoothstep(2500.0, 5000.0, distance_m));
  float wood = smoothstep(0.016, 0.040, steep + (wide - 0.5) * 0.075 + (middle - 0.5) * 0.035 + (crowns - 0.5) * 0.03);
  wood *= smoothstep(0.06, 0.22, relative + (wide - 0.5) * 0.3);
  vec3 wood_colour = mix(vec3(0.026, 0.052, 0.016), vec3(0.066, 0.096, 0.028), smoothstep(0.15, 0.85, crowns));
  colour = mix(colour, wood_colour, wood * 0.9);
  float rock = smoothstep(0.16, 0.26, steep + (middle - 0.5) * 0.10);
  colour = mix(colour, mix(vec3(0.22, 0.20, 0.17), vec3(0.33, 0.31, 0.28), close), rock);

  if (frame.has_water != 0u) {
    float above = height_m - frame.water_level_m;
    float shore = 1.0 - smoothstep(0.3, 3.2, above + (middle - 0.5) * 2.0);
    colour = mix(colour, mix(vec3(0.28, 0.235, 0.155), vec3(0.36, 0.31, 0.21), close), shore * 0.85);
    float wet = 1.0 - smoothstep(-0.1, 0.45, above);
    colour *= 1.0 - 0.45 * wet;
  }
  return colour * (0.72 + 0.56 * close);
}

vec3 lit(vec3 colour, vec3 normal, float sky_share, float sun_share) {
  float direct = max(dot(normal, frame.sun), 0.0) * sun_share;
  float from_sky = sky_share * (0.55 + 0.45 * normal.y);
  vec3 from_ground = vec3(0.10, 0.085, 0.055) * (0.5 - 0.5 * normal.y) * sky_share;
  return colour * (frame.sun_light * direct + frame.sky_light * from_sky + from_ground * 3.0);
}

#endif
