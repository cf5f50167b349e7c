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
const int patterns_binding = 13;
const int standing_binding = 14;
const int ground_binding = 15;
const int splats_binding = 16;
const int splat_tiles_binding = 17;
const int work_binding = 18;
const int buckets_binding = 19;
// The same memory as above, to be read as texels: software drivers fetch those many times faster.
const int visible_texels_binding = 20;
const int bucket_texels_binding = 21;
const int splat_texels_binding = 22;
const int dot_lights_binding = 23;
const int dot_light_texels_binding = 24;
const int particles_binding = 25;
const int particle_tiles_binding = 26;
const int particle_texels_binding = 27;
const int dust_binding = 28;
const int bindings = 29;

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
const int stand_group_size = 64;

// Ground is drawn as squares of so many quads; a quad is at least an eighth of a sample wide.
const int node_quads = 8;
const int node_vertices = (node_quads + 1) * (node_quads + 1);
const int lay_group_size = 64;
const int units_per_sample = 8;

// Dots are splatted into an image of 64-bit words; only squares of it where there are some are looked at.
const int splat_group_size = 64;
const int splat_tile = 32;
const int splat_clear_group_size = 8;

// Rain falls in a box around the camera that repeats without an end, so no drop has a state.
const float rain_across_m = 48.0f;
const float rain_high_m = 32.0f;
const float rain_speed_m_s = 9.0f;
const float rain_seen_s = 0.016f; // for so long a drop leaves its trace
const float wind_east_m_s = 1.6f;
const float wind_south_m_s = 0.9f;
const int rain_pixels_most = 24;
// Dust: motes behind each body that runs near the camera.
const int dust_motes = 48;
const int dust_sources_most = 2048;
const int dust_pixels_most = 4;
const float dust_reach_m = 160.0f;
const float dust_speed_m_s = 1.5f; // slower, none is raised
const float dust_life_s = 1.8f;
const int particle_group_size = 64;

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
  uint nodes;
  uint mesh_buckets_used; // those behind are of models that the world has not
  uint splat_tiles_across;
  uint splat_tiles;
  uint raindrops;
  uint dust_sources;
  vec3 level_pixels; // a body of at least so many pixels is of this level of detail
};

// Two texels.
struct kind_data {
  vec3 colour; // linear
  float spread;
  float mesh; // of mesh_shapes
  float reach; // of the body's farthest part, in lengths
  float unused[2];
};

// Who raises dust.
struct dust_source {
  vec3 from_camera;
  uint seed;
  vec2 velocity_m_s; // east, south
  float scale_m;
};

// Groups of what is done for each body of a sort; as vkCmdDispatchIndirect reads it.
struct body_work {
  uint stand_groups[3];
  uint splat_groups[3];
  uint standing; // how many bodies have a mesh
};

// As vkCmdDrawIndexedIndirect reads it.
struct indexed_draw {
  uint index_count;
  uint instance_count;
  uint first_index;
  int vertex_offset;
  uint first_instance;
};

// A body that is drawn with a mesh, as it stands in this frame.
struct standing_body {
  vec3 from_camera;
  float scale_m;
  vec2 forward; // east and south, of length 1
  vec2 slope;   // how much the ground rises in a metre: forward, to its left
  vec3 colour;
  float sky_share;
  vec2 swing;        // cosine and sine of its front left leg's angle
  vec2 graze;        // of its neck's
  vec3 air;          // light of the air in front of it
  float through_air; // share of its own light that arrives
  float sun_share;
  float ground_m; // height of the ground, from the camera
  float per_m;    // 1 / distance from the camera
};

// A vertex of the ground.
struct ground_vertex {
  vec3 from_camera;
  vec3 air; // as in standing_body
  float through_air;
  vec3 light; // what is seen of it, for those lighted here
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
