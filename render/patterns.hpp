// The patterns that ground, clouds and water are painted with: smooth noise in several sizes at once, made by
// numbers. Shaders read it from an image, which costs a processor that draws a twentieth of making it there.
//
// Always true: it repeats without a seam; the same bytes on every machine that rounds as IEEE does.
#pragma once

#include <cstdint>
#include <vector>

namespace tessera {

inline constexpr std::uint32_t pattern_side = 512; ///< texels

/// RGBA, row by row; as common.glsl reads it.
std::vector<std::uint8_t> make_patterns();

} // namespace tessera
