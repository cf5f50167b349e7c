// First of three: each invocation counts, over its chunk of instances, how many go into which bucket.
#version 460
#extension GL_EXT_scalar_block_layout : require
#extension GL_GOOGLE_include_directive : require
#include "shared.h"
#include "common.glsl"
#include "instances.glsl"
#include "culling.glsl"

layout(local_size_x = cull_group_size) in;
layout(set = 0, binding = counts_binding, scalar) writeonly buffer counts_block { uint counts[]; };

void main() {
  uint chunk = gl_GlobalInvocationID.x;
  if (chunk >= frame.chunks)
    return;
  uint found[buckets + 1];
  for (int b = 0; b <= buckets; ++b)
    found[b] = 0u;
  uint end = min((chunk + 1u) * uint(chunk_size), frame.instances);
  for (uint i = chunk * uint(chunk_size); i < end; ++i)
    ++found[bucket_of(i)];
  for (int b = 0; b < buckets; ++b)
    counts[uint(b) * frame.chunks + chunk] = found[b];
}
