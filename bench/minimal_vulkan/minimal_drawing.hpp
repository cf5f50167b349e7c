// As little of Vulkan as draws cubes: one pass, one pipeline, one instanced draw. What a frame of the renderer
// is measured against.
//
// Always true: it culls nothing, sorts nothing, reads nothing back; a frame is recorded anew, submitted
// and waited for, as the renderer's is. It shows the same cubes from the same camera.
//
// Thread: one at a time.
#pragma once

#include "render/camera.hpp"
#include "render/picture.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace tessera::bench {

/// Metres east, up and south of the world's corner, and the edge.
struct cube_place {
  double east_m = 0;
  double up_m = 0; ///< of its lower side
  double south_m = 0;
  float edge_m = 1;
};

class minimal_drawing {
public:
  /// Throws where there is no device.
  minimal_drawing(std::uint32_t width, std::uint32_t height);
  ~minimal_drawing();

  void set_cubes(const std::vector<cube_place>& cubes, const camera& from);
  void draw();
  /// What was drawn last.
  picture read() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace tessera::bench
