// Where particles are; in render/particles.cpp once more, for drivers that draw on the processor.
struct particle {
  vec3 from_camera;
  vec3 later; // where it is when it was seen long enough
  vec3 colour_roots;
  float opacity;
  float size_m; // 0: a trace from the one place to the other, a pixel wide
};

float share_of(uint bits) { return float(bits >> 8) / 16777216.0; }

particle raindrop(uint number) {
  uint a = mixed(number);
  uint b = mixed(a + 0x9E3779B9u);
  uint c = mixed(b + 0x9E3779B9u);
  vec2 wind = vec2(wind_east_m_s, wind_south_m_s);
  vec2 plane = wind * frame.time_s - frame.noise_origin_m;
  float down = rain_speed_m_s * frame.time_s + frame.camera_y_m;
  particle p;
  p.from_camera = (fract(vec3(share_of(a), share_of(b), share_of(c)) +
                         vec3(plane.x / rain_across_m, -down / rain_high_m, plane.y / rain_across_m)) - 0.5) *
                  vec3(rain_across_m, rain_high_m, rain_across_m);
  p.later = p.from_camera + vec3(wind.x, -rain_speed_m_s, wind.y) * rain_seen_s;
  p.colour_roots = vec3(0.80, 0.84, 0.90);
  p.opacity = 0.32;
  p.size_m = 0.0;
  return p;
}

particle mote(dust_source from, uint k) {
  uint own = mixed(from.seed + k * 0x9E3779B9u);
  float turns = frame.time_s / dust_life_s + share_of(own);
  float age = fract(turns);
  uint a = mixed(own + uint(int(floor(turns))));
  uint b = mixed(a + 0x9E3779B9u);
  uint c = mixed(b + 0x9E3779B9u);
  float seconds = age * dust_life_s;
  float spread = from.scale_m * (0.25 + 0.7 * age);
  particle p;
  vec2 plane = from.from_camera.xz - from.velocity_m_s * seconds * 0.85 +
               (vec2(share_of(a), share_of(c)) - 0.5) * spread + vec2(wind_east_m_s, wind_south_m_s) * seconds * 0.2;
  p.from_camera = vec3(plane.x, from.from_camera.y + share_of(b) * (0.08 + 0.45 * age) * from.scale_m, plane.y);
  p.later = p.from_camera;
  p.colour_roots = vec3(0.70, 0.62, 0.50);
  p.opacity = 0.30 * (1.0 - age);
  p.size_m = 0.035 * from.scale_m;
  return p;
}
