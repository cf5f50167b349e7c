// What is in the air: rain around the camera, dust behind whoever runs. In C++, for drivers that draw on the
// processor; shaders/particles.comp does the same on a device of its own.
//
// Always true: there is no state. Where a particle is follows from its number, the time and, of dust, the body
// that raises it; so the same world at the same time is the same picture, whatever was drawn before it.
//
// Thread: one at a time.
#pragma once

#include "render/shaders/shared.h"
#include "shards/instances.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace tessera {

/// A picture's particles: of each pixel how near the nearest one is, above its colour. Eight pixels that lie one
/// below the other lie side by side: rain falls. particle_words says how many words there are.
struct particle_picture {
  std::span<std::uint64_t> words; ///< of (x, y): ((y / 8) width + x) 8 + y % 8
  std::span<std::uint32_t> tiles; ///< whether a square has any
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

inline std::size_t particle_words(std::uint32_t width, std::uint32_t height) {
  return std::size_t{width} * ((height + 7) / 8 * 8);
}

/// A body that is fast enough to raise dust.
struct runner {
  instance_place place;
  instance_turn turn;
};
void find_runners(const instance_columns& bodies, std::vector<runner>& out); ///< appends

/// Those near the camera, in their order; no more than dust_sources_most.
void find_dust(const gpu::frame_data& frame, std::span<const runner> runners,
               std::vector<gpu::dust_source>& out);

/// Calls take(left, upper, right, lower) with the pixels of each square that has any, and takes its mark away.
template <class Take>
void take_squares(const particle_picture& of, Take&& take) {
  const auto side = static_cast<std::uint32_t>(gpu::splat_tile);
  std::size_t square = 0;
  for (std::uint32_t upper = 0; upper < of.height; upper += side)
    for (std::uint32_t left = 0; left < of.width; left += side, ++square)
      if (of.tiles[square] != 0) {
        of.tiles[square] = 0;
        take(left, upper, std::min(left + side, of.width), std::min(upper + side, of.height));
      }
}

/// Takes away what was put there before.
void clear_particles(const particle_picture& to);

/// `frame.raindrops` of the one, dust_motes a source of the other.
void put_particles(const gpu::frame_data& frame, std::span<const gpu::dust_source> dust,
                   const particle_picture& to);

} // namespace tessera
