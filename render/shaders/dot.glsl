// A body too far away for a shape.
struct far_body {
  vec3 from_camera;
  float pixels; // across
};

far_body far_body_of(uint instance) {
  packed_place place = place_of(instance);
  far_body d;
  d.from_camera = from_camera_of(place);
  d.from_camera.y += 0.35 * place.scale_m;
  d.pixels = 0.75 * place.scale_m * frame.pixels_per_unit / length(d.from_camera);
  return d;
}

// Smaller than a pixel, it is mostly what lies behind that is seen there.
vec4 light_of(far_body d, uint instance) {
  vec3 at = d.from_camera;
  vec4 there = relief_at(at.xz);
  vec3 colour = colour_of(kind_of(instance), variety_of(turn_of(instance))) * 0.8;
  vec3 towards = normalize(mix(normal_of(there), frame.sun + vec3(0.0, 1.0, 0.0), 0.4));
  return vec4(exposed(through_air(lit(colour, towards, there.z, there.w), at)), clamp(d.pixels * d.pixels, 0.12, 1.0));
}
