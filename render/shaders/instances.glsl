// The bodies to draw, as shards published them.
#ifndef TESSERA_INSTANCES_GLSL
#define TESSERA_INSTANCES_GLSL

struct packed_place {
  uint cell;     // x below, z above
  uint fraction; // of a cell: x below, z above
  float y_m;
  float scale_m;
};
layout(set = 0, binding = places_binding) uniform usamplerBuffer places;
// East and south below, speed and variety above.
layout(set = 0, binding = turns_binding) uniform usamplerBuffer turns;
layout(set = 0, binding = materials_binding) uniform usamplerBuffer materials;
layout(set = 0, binding = kinds_binding) uniform samplerBuffer kinds;

packed_place place_of(uint instance) {
  uvec4 words = texelFetch(places, int(instance));
  return packed_place(words.x, words.y, uintBitsToFloat(words.z), uintBitsToFloat(words.w));
}
uvec2 turn_of(uint instance) { return texelFetch(turns, int(instance)).xy; }
int kind_of(uint instance) { return int(texelFetch(materials, int(instance)).x & 0xFFu); }
vec2 mesh_and_reach_of(int kind) { return texelFetch(kinds, kind * 2 + 1).xy; }

// Cells are subtracted as integers, so nothing is lost far from the corner of the world.
vec3 from_camera_of(packed_place p) {
  ivec2 cells = ivec2(p.cell & 0xFFFFu, p.cell >> 16) - frame.camera_cell;
  vec2 local = vec2(p.fraction & 0xFFFFu, p.fraction >> 16) * (frame.cell_size_m / 65536.0);
  vec2 plane = vec2(cells) * frame.cell_size_m + (local - frame.camera_in_cell_m);
  return vec3(plane.x, p.y_m - frame.camera_y_m, plane.y);
}

float variety_of(uvec2 turn) { return float(turn.y >> 16) / 65535.0; }
float speed_of(uvec2 turn) { return float(turn.y & 0xFFFFu) * 0.01; }
vec2 facing_of(uvec2 turn) { return unpackSnorm2x16(turn.x); }

vec3 colour_of(int kind, float variety) {
  vec4 colour = texelFetch(kinds, kind * 2);
  return colour.rgb * (1.0 + colour.a * (variety * 2.0 - 1.0));
}

#endif
