// Puts particles onto a finished picture, where the processor draws: several times as fast as the same in its
// driver's shaders, which look at every pixel.
//
// Always true: a pixel is what shaders/particles.frag makes of it, within two steps of 255; what was put there is
// taken away from the particles' picture.
#pragma once

#include "render/mapped_pixels.hpp"
#include "render/particles.hpp"

#include <array>
#include <memory>

namespace tessera {

class particle_mixer {
public:
  /// `depth`: of each pixel, row by row without gaps, as the device has it. `into`: of blue, green, red, stored as
  /// sRGB.
  void mix(const gpu::frame_data& frame, const particle_picture& particles, const float* depth,
           const mapped_pixels& into);

private:
  /// What each channel of a pixel becomes under one colour, by what it was. Particles have few colours.
  struct table {
    std::uint32_t colour = 0; ///< and opacity, as in particle_picture
    std::array<std::array<std::uint8_t, 256>, 3> becomes;
  };
  const table& table_of(std::uint32_t colour);

  glm::vec3 light_{0};
  std::array<std::unique_ptr<table>, 256> tables_; ///< by opacity; null before it is needed
};

} // namespace tessera
