#include "render/particle_mixing.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace tessera {

namespace {

using namespace gpu;

double light_of(double stored) {
  return stored <= 0.04045 ? stored / 12.92 : std::pow((stored + 0.055) / 1.055, 2.4);
}

double stored_of(double light) {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
}

/// As in common.glsl.
glm::vec3 exposed(const glm::vec3& light) {
  const glm::vec3 shown = light * (1.18F + light * 0.1989F) / (1.0F + light * 0.7316F);
  const float grey = glm::dot(shown, glm::vec3(0.02126F, 0.07152F, 0.00722F)) + 0.004F;
  return glm::max(shown * 1.10F - grey, 0.0F);
}

} // namespace

const particle_mixer::table& particle_mixer::table_of(std::uint32_t colour) {
  auto& known = tables_[colour >> 24];
  if (known && known->colour == colour)
    return *known;
  if (!known)
    known = std::make_unique<table>();
  known->colour = colour;
  auto share = [&](int channel) { return static_cast<float>(colour >> 8 * channel & 255) / 255; };
  const glm::vec3 roots{share(0), share(1), share(2)};
  const glm::vec3 lit = exposed(roots * roots * light_);
  const double opacity = share(3);
  for (int channel = 0; channel < 3; ++channel)
    for (std::size_t was = 0; was < 256; ++was) {
      const double mixed = std::min(double{lit[2 - channel]}, 1.0) * opacity +
                           light_of(static_cast<double>(was) / 255) * (1 - opacity);
      known->becomes[static_cast<std::size_t>(channel)][was] =
        static_cast<std::uint8_t>(std::lround(stored_of(mixed) * 255));
    }
  return *known;
}

void particle_mixer::mix(const frame_data& frame, const particle_picture& particles,
                         const float* depth, const mapped_pixels& into) {
  const glm::vec3 light = frame.sky_light + 0.35F * frame.sun_light;
  if (light != light_) {
    light_ = light;
    for (auto& one : tables_)
      one.reset();
  }
  constexpr std::uint32_t column_pixels = 8; // that lie side by side in a particles' picture
  const table* by = nullptr;
  take_squares(particles, [&](std::uint32_t left, std::uint32_t upper, std::uint32_t right,
                              std::uint32_t lower) {
    for (std::uint32_t y = upper; y < lower; y += column_pixels)
      for (std::uint32_t x = left; x < right; ++x) {
        std::uint64_t* words =
          &particles.words[(std::size_t{y} / column_pixels * particles.width + x) * column_pixels];
        for (std::uint32_t i = 0; i < column_pixels; ++i) {
          const std::uint64_t word = std::exchange(words[i], 0);
          if (word == 0)
            continue;
          const std::size_t at = std::size_t{y + i} * particles.width + x;
          if (!(std::bit_cast<float>(static_cast<std::uint32_t>(word >> 32)) > depth[at]))
            continue;
          const auto colour = static_cast<std::uint32_t>(word);
          if (by == nullptr || by->colour != colour)
            by = &table_of(colour);
          std::uint8_t* pixel = into.row(y + i) + std::size_t{x} * 4;
          for (std::size_t channel = 0; channel < 3; ++channel)
            pixel[channel] = by->becomes[channel][pixel[channel]];
        }
      }
  });
}

} // namespace tessera
