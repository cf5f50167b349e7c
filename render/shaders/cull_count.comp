// First of three: each invocation finds, for its chunk of instances, into which bucket each goes, and how many go
// into each.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "instances.glsl"
#include "culling.glsl"

layout(local_size_x = cull_group_size) in;
layout(set = 0, binding = counts_binding, scalar) writeonly buffer counts_block { uint counts[]; };
// Four to a word.
layout(set = 0, binding = buckets_binding, scalar) writeonly buffer buckets_block { uint bucket_words[]; };

void main() {
  uint chunk = gl_GlobalInvocationID.x;
  if (chunk >= frame.chunks)
    return;
  uint found[buckets + 1];
  for (uint b = 0u; b < frame.mesh_buckets_used; ++b)
    found[b] = 0u;
  found[dot_bucket] = 0u;
  found[not_drawn] = 0u;
  uint end = min((chunk + 1u) * uint(chunk_size), frame.instances);
  for (uint i = chunk * uint(chunk_size); i < end; i += 4u) {
    uint word = 0u;
    for (uint k = 0u; k < 4u; ++k) {
      uint bucket = i + k < end ? bucket_of(min(i + k, end - 1u)) : uint(not_drawn);
      ++found[bucket];
      word |= bucket << (k * 8u);
    }
    bucket_words[i / 4u] = word;
  }
  for (uint b = 0u; b < frame.mesh_buckets_used; ++b)
    counts[b * frame.chunks + chunk] = found[b];
  counts[uint(dot_bucket) * frame.chunks + chunk] = found[dot_bucket];
}
