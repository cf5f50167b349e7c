// What light makes of a terrain: the direction that each sample faces, how much of the sky and how much of
// the sun it sees.
//
// Always true: a function of heights, spacing and sun alone; computed once, when the ground or the sun
// changes, never in a frame.
#pragma once

#include "render/ground_tiles.hpp"

#include <cstdint>
#include <glm/vec3.hpp>
#include <span>
#include <vector>

namespace tessera {

/// Per sample, row by row: normal's east and south (0 to 255 for -1 to 1), share of the sky, share of the sun.
std::vector<std::uint8_t> light_relief(const ground_frame& ground, std::span<const float> heights_m,
                                       const glm::vec3& sun);

} // namespace tessera
