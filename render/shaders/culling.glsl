// Whether a body is seen, and in how much detail. In render/culling.cpp once more, as a test wants it.
uint bucket_of(uint instance) {
  packed_place place = place_of(instance);
  precise vec3 at = from_camera_of(place);
  vec2 mesh_and_reach = mesh_and_reach_of(kind_of(instance));
  float radius_m = place.scale_m * mesh_and_reach.y;
  at.y += 0.4 * place.scale_m;
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
      return uint(mesh_and_reach.x) * uint(detail_levels) + uint(level);
  }
  return uint(dot_bucket);
}
