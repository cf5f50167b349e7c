// What C++ and the shaders must agree on: sizes, bindings, and the layout of everything in buffers.
//
// Always true: a structure here has the same bytes in both languages, since shaders read it with the scalar
// block layout and C++ has no padding between members of four bytes.
#ifndef TESSERA_RENDER_SHARED_H
#define TESSERA_RENDER_SHARED_H

#ifdef __cplusplus
#include <cstdint>
#include <glm/mat4x4.hpp>
#include <glm/vec2.hpp>
#include <glm/vec3.hpp>
#include <glm/vec4.hpp>
namespace tessera::gpu {
using glm::ivec2;
using glm::mat4;
using glm::vec2;
using glm::vec3;
using glm::vec4;
using uint = std::uint32_t;
#endif

// One descriptor set serves every pipeline.
const int frame_binding = 0;
const int heights_binding = 1;
const int relief_binding = 2;
const int cover_binding = 3;
const int places_binding = 4;
const int turns_binding = 5;
const int materials_binding = 6;
const int kinds_binding = 7;
const int meshes_binding = 8;
const int visible_binding = 9;
const int counts_binding = 10;
const int draws_binding = 11;
const int nodes_binding = 12;
const int bindings = 13;

// Instances are sorted into buckets, one per mesh and level of detail, and one for those so far away that a
// dot shows all there is to see.
const int made_shapes = 4;   // cube, arrow, grazer, predator: body_shape less one
const int model_shapes = 12; // from files, behind those
const int mesh_shapes = made_shapes + model_shapes;
const int detail_levels = 3;
const int mesh_buckets = mesh_shapes * detail_levels;
const int dot_bucket = mesh_buckets;
const int buckets = mesh_buckets + 1;
const int not_drawn = buckets;

// One invocation of the culling walks so many instances in their order: what comes out keeps the order that
// went in, so that no image depends on which invocation was first.
const int chunk_size = 64;
const int cull_group_size = 64;

// Ground is drawn as squares of so many quads; a quad is at least an eighth of a sample wide.
const int node_quads = 16;
const int units_per_sample = 8;

const int planes = 5; // of the view: no far one

struct frame_data {
  mat4 view_projection; // of metres east, up, south of the camera
  mat4 from_clip;       // its inverse
  vec4 frustum[planes]; // inside: dot(xyz, p) + w >= 0
  ivec2 camera_cell;
  vec2 camera_in_cell_m; // east, south
  ivec2 camera_sample;   // ground sample north-west of the camera
  vec2 camera_in_sample; // in samples
  ivec2 samples;         // columns, rows
  vec2 sample_spacing_m;
  vec2 noise_origin_m; // the camera's place, modulo a large number: where patterns hang
  ivec2 extent_first;  // cells
  ivec2 extent_size;
  vec3 sun; // towards it
  float camera_y_m;
  vec3 sun_light;
  float cell_size_m;
  vec3 sky_light;
  float water_level_m;
  vec2 viewport;
  float pixels_per_unit; // pixels of a metre at a metre's distance
  float time_s;
  float haze_m; // distance after which 1/e of the ground's own light arrives
  float ground_low_m;
  float ground_high_m;
  uint instances;
  uint chunks;
  uint has_water;
  uint has_cover;
  vec3 level_pixels; // a body of at least so many pixels is of this level of detail
};

struct kind_data {
  vec3 colour; // linear
  float spread;
  uint mesh;   // of mesh_shapes
  float reach; // of the body's farthest part, in lengths
};

// As vkCmdDrawIndexedIndirect reads it.
struct indexed_draw {
  uint index_count;
  uint instance_count;
  uint first_index;
  int vertex_offset;
  uint first_instance;
};

struct mesh_range {
  uint index_count;
  uint first_index;
  int vertex_offset;
};

struct terrain_node {
  ivec2 first; // grid units from the first sample
  int step;    // grid units per quad
  float morph_from_m;
  float morph_to_m; // from here on the next coarser level's surface
};

// Of grass, by push constant.
struct grass_ring {
  float spacing_m;
  float inner_m;
  float outer_m;
  float height_m;
  int across; // tufts on a side of the square
};

#ifdef __cplusplus
} // namespace tessera::gpu
#endif

#endif
