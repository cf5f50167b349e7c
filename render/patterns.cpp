#include "render/patterns.hpp"

#include <cmath>

namespace tessera {

namespace {

constexpr int layers = 4; ///< each twice as fine and half as strong as the one before

std::uint32_t mixed(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7FEB352Du;
  x ^= x >> 15;
  x *= 0x846CA68Bu;
  x ^= x >> 16;
  return x;
}

float random_at(std::uint32_t x, std::uint32_t z, std::uint32_t salt) {
  return static_cast<float>(mixed(x * 0x9E3779B1u ^ mixed(z + salt * 0x85EBCA77u)) >> 8) /
         16777216.0F;
}

float mix(float a, float b, float share) {
  return a + (b - a) * share;
}

float smooth(float share) {
  return share * share * (3 - 2 * share);
}

/// 0 to 1, smooth between lattice points; `across` of them until it repeats.
float noise(float x, float z, std::uint32_t across, std::uint32_t salt) {
  const float whole_x = std::floor(x);
  const float whole_z = std::floor(z);
  const auto left = static_cast<std::uint32_t>(whole_x) % across;
  const auto upper = static_cast<std::uint32_t>(whole_z) % across;
  const auto right = (left + 1) % across;
  const auto lower = (upper + 1) % across;
  const float share = smooth(x - whole_x);
  return mix(mix(random_at(left, upper, salt), random_at(right, upper, salt), share),
             mix(random_at(left, lower, salt), random_at(right, lower, salt), share),
             smooth(z - whole_z));
}

float layered(float u, float v, std::uint32_t across, std::uint32_t salt) {
  float sum = 0;
  float weight = 0.5F;
  float total = 0;
  for (std::uint32_t layer = 0; layer < layers; ++layer, across *= 2, weight /= 2) {
    const auto size = static_cast<float>(across);
    // Lattices of different layers do not lie on each other.
    const float shift = 0.37F * static_cast<float>(layer);
    sum += weight * noise(u * size + shift, v * size + shift, across, salt + layer);
    total += weight;
  }
  return sum / total;
}

} // namespace

std::vector<std::uint8_t> make_patterns() {
  struct channel {
    std::uint32_t across;
    std::uint32_t salt;
  };
  constexpr channel channels[] = {{32, 1}, {32, 11}, {32, 23}, {64, 31}};
  std::vector<std::uint8_t> out;
  out.reserve(std::size_t{pattern_side} * pattern_side * 4);
  for (std::uint32_t z = 0; z < pattern_side; ++z)
    for (std::uint32_t x = 0; x < pattern_side; ++x)
      for (const auto& [across, salt] : channels)
        out.push_back(static_cast<std::uint8_t>(
          std::lround(255 * layered((static_cast<float>(x) + 0.5F) / pattern_side,
                                    (static_cast<float>(z) + 0.5F) / pattern_side, across, salt))));
  return out;
}

} // namespace tessera
