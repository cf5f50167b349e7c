// Which bodies are seen and in how much detail, computed here: what cull_*.comp do, where the processor draws and
// anything is faster than its driver's shaders; elsewhere, what those are tested against.
//
// Always true: with every operation in the shaders' order, so that both sort all bodies alike; those of a bucket
// keep the order in which they came.
#pragma once

#include "render/shaders/shared.h"
#include "shards/instances.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tessera {

/// All rows of a world: of the same length, one of kind_data for each material.
struct sorted_bodies {
  std::span<const instance_place> places;
  std::span<const instance_material> materials;
  std::span<const gpu::kind_data> kinds;
};

class body_sorter {
public:
  /// `visible`: room for all rows. `draws`: gpu::buckets.
  void sort(const gpu::frame_data& frame, const sorted_bodies& bodies,
            std::span<const gpu::mesh_range> meshes, std::span<std::uint32_t> visible,
            std::span<gpu::indexed_draw> draws, gpu::body_work& work);

private:
  std::vector<std::uint8_t> buckets_; ///< of each row
};

} // namespace tessera
