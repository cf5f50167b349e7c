// Which bodies are seen and in how much detail, computed here: what culling.glsl is tested against.
#pragma once

#include "render/frame_data.hpp"

namespace tessera {

/// Bodies in view by level of detail, finest first; the last are dots.
std::array<std::uint32_t, gpu::detail_levels + 1>
count_levels(const instance_columns& bodies, const frame_request& request, float cell_size_m);

} // namespace tessera
