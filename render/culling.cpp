#include "render/culling.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tessera {

namespace {

// Block by block in plain loops, which compilers turn into vectors.
constexpr std::size_t block_size = 256;
using floats = std::array<float, block_size>;

struct block {
  alignas(32) floats x, y, z, scale, reach;
  alignas(32) std::array<std::int32_t, block_size> seen, level;
};

void place(const gpu::frame_data& frame, const instance_place* from, std::size_t rows, block& b) {
  const float unit_m = frame.cell_size_m / 65536.0F;
  for (std::size_t i = 0; i < rows; ++i) {
    const instance_place& p = from[i];
    const float local_x = static_cast<float>(p.x) * unit_m;
    const float local_z = static_cast<float>(p.z) * unit_m;
    b.x[i] = static_cast<float>(p.cell_x - frame.camera_cell.x) * frame.cell_size_m +
             (local_x - frame.camera_in_cell_m.x);
    b.z[i] = static_cast<float>(p.cell_z - frame.camera_cell.y) * frame.cell_size_m +
             (local_z - frame.camera_in_cell_m.y);
    b.y[i] = p.y_m - frame.camera_y_m + 0.4F * p.scale_m;
    b.scale[i] = p.scale_m;
  }
}

void find_levels(const gpu::frame_data& frame, block& b) {
  b.seen.fill(1);
  for (const auto& plane : frame.frustum)
    for (std::size_t i = 0; i < block_size; ++i) {
      const float inside = plane.x * b.x[i] + plane.y * b.y[i] + plane.z * b.z[i] + plane.w;
      b.seen[i] &= inside < -(b.scale[i] * b.reach[i]) ? 0 : 1;
    }
  // Levels want fewer and fewer pixels, so the first that has enough is as many steps down as have not.
  for (std::size_t i = 0; i < block_size; ++i) {
    const float squared = b.x[i] * b.x[i] + b.y[i] * b.y[i] + b.z[i] * b.z[i];
    const float size = b.scale[i] * frame.pixels_per_unit;
    std::int32_t level = 0;
    for (int k = 0; k < gpu::detail_levels; ++k) {
      const float least = frame.level_pixels[k] * frame.level_pixels[k] * squared;
      level += size * size >= least ? 0 : 1;
    }
    b.level[i] = level;
  }
}

std::array<std::uint32_t, 3> groups_of(std::uint32_t count, int group_size) {
  const auto size = static_cast<std::uint32_t>(group_size);
  return {(count + size - 1) / size, 1, 1};
}

} // namespace

void body_sorter::sort(const gpu::frame_data& frame, const sorted_bodies& bodies,
                       std::span<const gpu::mesh_range> meshes, std::span<std::uint32_t> visible,
                       std::span<gpu::indexed_draw> draws, gpu::body_work& work) {
  const std::size_t all = bodies.places.size();
  buckets_.resize(all);
  std::array<std::uint32_t, gpu::buckets + 1> totals{};
  block b{};
  for (std::size_t first = 0; first < all; first += block_size) {
    const std::size_t rows = std::min(block_size, all - first);
    place(frame, bodies.places.data() + first, rows, b);
    std::array<std::uint8_t, block_size> mesh;
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t material = bodies.materials[first + i] & 0xFF;
      TESSERA_ASSERT(material < bodies.kinds.size(), "bodies are of the world that is shown");
      const gpu::kind_data& kind = bodies.kinds[material];
      b.reach[i] = kind.reach;
      mesh[i] = static_cast<std::uint8_t>(kind.mesh * gpu::detail_levels);
    }
    find_levels(frame, b);
    for (std::size_t i = 0; i < rows; ++i) {
      const auto level = static_cast<std::uint8_t>(b.level[i]);
      const auto bucket = static_cast<std::uint8_t>(
        b.seen[i] == 0 ? gpu::not_drawn
                       : (level == gpu::detail_levels ? gpu::dot_bucket : mesh[i] + level));
      buckets_[first + i] = bucket;
      ++totals[bucket];
    }
  }

  std::array<std::uint32_t, gpu::buckets + 1> next{};
  std::uint32_t first = 0;
  for (std::size_t k = 0; k < static_cast<std::size_t>(gpu::mesh_buckets); ++k) {
    draws[k] = {meshes[k].index_count, totals[k], meshes[k].first_index, meshes[k].vertex_offset,
                first};
    next[k] = first;
    first += totals[k];
  }
  // As vkCmdDrawIndirect reads it: vertices, instances, first vertex, first instance.
  draws[gpu::dot_bucket] = {totals[gpu::dot_bucket], 1, first, 0, 0};
  next[gpu::dot_bucket] = first;
  for (std::size_t i = 0; i < all; ++i)
    if (buckets_[i] != gpu::not_drawn)
      visible[next[buckets_[i]]++] = static_cast<std::uint32_t>(i);
  work.standing = first;
  const auto standing = groups_of(first, gpu::stand_group_size);
  const auto splatted = groups_of(totals[gpu::dot_bucket], gpu::splat_group_size);
  std::copy(standing.begin(), standing.end(), work.stand_groups);
  std::copy(splatted.begin(), splatted.end(), work.splat_groups);
}

} // namespace tessera
