// The sky with its sun and clouds.
vec3 sky_colour(vec3 direction) {
  vec3 colour = sky_without_clouds(direction);
  float towards_sun = dot(direction, frame.sun);
  colour += frame.sun_light * (2.5 * smoothstep(0.99985, 0.99995, towards_sun) +
                               0.10 * pow(max(towards_sun, 0.0), 220.0));
  if (direction.y > 0.015) {
    vec2 at = direction.xz / (direction.y + 0.09) * 1.1 + frame.noise_origin_m / 26000.0 + frame.time_s * 0.0015;
    float body = patterns_at(at, 18.8).r * 0.62 + patterns_at(at, 6.04).g * 0.38;
    float cloud = smoothstep(0.50, 0.72, body) * smoothstep(0.015, 0.16, direction.y);
    float edge = smoothstep(0.50, 0.66, body);
    vec3 lighted = frame.sky_light * 1.25 + frame.sun_light * mix(0.30, 0.17, edge);
    colour = mix(colour, lighted, cloud * 0.85);
  }
  return colour;
}
