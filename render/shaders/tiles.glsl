// A rectangle over a square of pixels, of six vertices; outside where the square has nothing.
vec4 tile_corner(uint tile, uint has_any, int vertex) {
  if (has_any == 0u)
    return vec4(0.0, 0.0, -1.0, 1.0);
  const ivec2 corners[] = {ivec2(0, 0), ivec2(1, 0), ivec2(1, 1), ivec2(0, 0), ivec2(1, 1), ivec2(0, 1)};
  ivec2 at = ivec2(tile % frame.splat_tiles_across, tile / frame.splat_tiles_across) + corners[vertex % 6];
  vec2 pixel = min(vec2(at * splat_tile), frame.viewport);
  return vec4(pixel / frame.viewport * 2.0 - 1.0, 0.5, 1.0);
}
