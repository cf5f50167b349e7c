// Second of three: counts become places. Each invocation sums one bucket up; then the first one lays the
// buckets one behind the other and writes the draws.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"

const int place_group_size = 64; // at least one for each bucket
layout(local_size_x = place_group_size) in;
layout(set = 0, binding = counts_binding, scalar) buffer counts_block { uint counts[]; };
layout(set = 0, binding = meshes_binding, scalar) readonly buffer meshes_block { mesh_range meshes[]; };
layout(set = 0, binding = draws_binding, scalar) writeonly buffer draws_block { indexed_draw draws[]; };
layout(set = 0, binding = work_binding, scalar) writeonly buffer work_block { body_work work; };

uint[3] groups_of(uint count, uint size) { return uint[3]((count + size - 1u) / size, 1u, 1u); }

shared uint totals[place_group_size];

void main() {
  uint bucket = gl_LocalInvocationID.x;
  uint sum = 0u;
  bool used = bucket < frame.mesh_buckets_used || bucket == uint(dot_bucket);
  uint end = used ? frame.chunks : 0u;
  for (uint c = 0u; c < end; ++c) {
    uint here = counts[bucket * frame.chunks + c];
    counts[bucket * frame.chunks + c] = sum;
    sum += here;
  }
  totals[bucket] = sum;
  barrier();
  if (bucket != 0u)
    return;
  uint first = 0u;
  for (int b = 0; b < mesh_buckets; ++b) {
    draws[b] = indexed_draw(meshes[b].index_count, totals[b], meshes[b].first_index, meshes[b].vertex_offset, first);
    first += totals[b];
  }
  // As vkCmdDrawIndirect reads it: vertices, instances, first vertex, first instance.
  draws[dot_bucket] = indexed_draw(totals[dot_bucket], 1u, first, 0, 0u);
  work.standing = first;
  work.stand_groups = groups_of(first, uint(stand_group_size));
  work.splat_groups = groups_of(totals[dot_bucket], uint(splat_group_size));
}
