// Third of three: every instance that is seen goes to its place, in the order in which instances came.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"

layout(local_size_x = cull_group_size) in;
layout(set = 0, binding = counts_binding, scalar) readonly buffer counts_block { uint counts[]; };
layout(set = 0, binding = draws_binding, scalar) readonly buffer draws_block { indexed_draw draws[]; };
layout(set = 0, binding = visible_binding, scalar) writeonly buffer visible_block { uint visible[]; };
layout(set = 0, binding = bucket_texels_binding) uniform usamplerBuffer bucket_of_instance;

void main() {
  uint chunk = gl_GlobalInvocationID.x;
  if (chunk >= frame.chunks)
    return;
  uint next[buckets + 1];
  for (uint b = 0u; b < frame.mesh_buckets_used; ++b)
    next[b] = draws[b].first_instance + counts[b * frame.chunks + chunk];
  next[dot_bucket] = draws[dot_bucket].first_index + counts[uint(dot_bucket) * frame.chunks + chunk];
  next[not_drawn] = 0u;
  uint end = min((chunk + 1u) * uint(chunk_size), frame.instances);
  for (uint i = chunk * uint(chunk_size); i < end; ++i) {
    uint bucket = texelFetch(bucket_of_instance, int(i)).x;
    if (bucket != uint(not_drawn))
      visible[next[bucket]] = i;
    ++next[bucket];
  }
}
