// Whether a body is seen, and in how much detail. In render/culling.cpp once more, as a test wants it.
uint bucket_of(uint instance) {
  packed_place place = place_of(instance);
  precise vec3 at = from_camera_of(place);
  float radius_m = place.scale_m;
  at.y += 0.4 * radius_m;
  for (int i = 0; i < planes; ++i) {
    precise float inside = frame.frustum[i].x * at.x + frame.frustum[i].y * at.y + frame.frustum[i].z * at.z + frame.frustum[i].w;
    if (inside < -radius_m)
      return uint(not_drawn);
  }
  precise float squared = at.x * at.x + at.y * at.y + at.z * at.z;
  precise float size = place.scale_m * frame.pixels_per_unit;
  for (int level = 0; level < detail_levels; ++level) {
    precise float least = frame.level_pixels[level] * frame.level_pixels[level] * squared;
    if (size * size >= least)
      return mesh_of(kind_of(instance)) * uint(detail_levels) + uint(level);
  }
  return uint(dot_bucket);
}
