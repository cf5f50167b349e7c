// What the shaders are told of a frame: the camera's part. The world's part: world_buffers::describe.
#pragma once

#include "render/ground_tiles.hpp"
#include "render/scene.hpp"

namespace tessera {

/// Fills in what follows from camera, size and time. `frame.cell_size_m` is set already.
void describe_camera(gpu::frame_data& frame, const frame_request& request,
                     const camera_matrices& view, const ground_frame& ground);

} // namespace tessera
