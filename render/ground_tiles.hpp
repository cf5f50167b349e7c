// Which squares of ground are drawn, and how finely each: a quadtree over the samples, cut where it is
// near enough to the camera.
//
// Always true: the squares cover the drawn area once; a square's neighbours are of its level, one finer or
// one coarser, and where its level ends its odd vertices have reached the coarser surface (terrain.vert), so
// there is no gap between levels. The choice is a function of camera and terrain alone.
#pragma once

#include "render/camera.hpp"
#include "render/shaders/shared.h"

#include <vector>

namespace tessera {

struct ground_frame {
  int columns = 2; ///< samples
  int rows = 2;
  double spacing_east_m = 64;
  double spacing_south_m = 64;
  float low_m = 0;
  float high_m = 0;
};

/// `reach_m`: how far from the camera ground is drawn, in the world or outside. `finest_m`: distance up to which squares
/// of the finest level are used; each next level reaches twice as far.
std::vector<gpu::terrain_node> choose_tiles(const ground_frame& ground, const camera& from,
                                            const camera_matrices& view, double reach_m,
                                            double finest_m);

} // namespace tessera
