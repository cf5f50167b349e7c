#include "render/overlay_layer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tessera {

void marked_squares::begin(std::uint32_t width, std::uint32_t height) {
  across_ = (width + side - 1) / side;
  down_ = (height + side - 1) / side;
  marks_.assign(std::size_t{across_} * down_, 0);
}

void marked_squares::mark(float left, float top, float right, float bottom) {
  constexpr auto unit = static_cast<float>(side);
  auto first = [](float at) { return static_cast<std::uint32_t>(std::max(at / unit, 0.0F)); };
  auto end = [](float at, std::uint32_t most) {
    return static_cast<std::uint32_t>(
      std::clamp(std::ceil(at / unit), 0.0F, static_cast<float>(most)));
  };
  for (std::uint32_t row = first(top); row < end(bottom, down_); ++row)
    for (std::uint32_t column = first(left); column < end(right, across_); ++column)
      marks_[std::size_t{row} * across_ + column] = 1;
}

namespace {

using four_pixels [[gnu::vector_size(16)]] = std::uint8_t;
using wide_pixels [[gnu::vector_size(32)]] = std::uint16_t;

/// over + under (255 - opacity) / 255, rounded.
four_pixels mixed(four_pixels over, four_pixels under) {
  const four_pixels opacity =
    __builtin_shufflevector(over, over, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15);
  const wide_pixels shows = __builtin_convertvector(~opacity, wide_pixels);
  const wide_pixels scaled = __builtin_convertvector(under, wide_pixels) * shows + 128;
  return over + __builtin_convertvector((scaled + (scaled >> 8)) >> 8, four_pixels);
}

void mix_row(const std::uint8_t* over, std::uint8_t* under, std::uint32_t pixels) {
  constexpr std::uint32_t at_once = 4;
  std::uint32_t x = 0;
  auto mix = [&](std::size_t bytes) {
    four_pixels upper{}, lower{};
    std::memcpy(&upper, over + std::size_t{x} * 4, bytes);
    std::memcpy(&lower, under + std::size_t{x} * 4, bytes);
    const four_pixels both = mixed(upper, lower);
    std::memcpy(under + std::size_t{x} * 4, &both, bytes);
  };
  for (; x + at_once <= pixels; x += at_once)
    mix(sizeof(four_pixels));
  if (x < pixels)
    mix(std::size_t{pixels - x} * 4);
}

} // namespace

void mix_layer(const mapped_pixels& layer, const marked_squares& where, const mapped_pixels& into) {
  constexpr std::uint32_t side = marked_squares::side;
  for (std::uint32_t row = 0; row < where.down(); ++row)
    for (std::uint32_t column = 0; column < where.across(); ++column) {
      if (!where.holds(column, row))
        continue;
      const std::uint32_t left = column * side;
      const std::uint32_t pixels = std::min(side, into.width - left);
      for (std::uint32_t y = row * side; y < std::min((row + 1) * side, into.height); ++y)
        mix_row(layer.row(y) + std::size_t{left} * 4, into.row(y) + std::size_t{left} * 4, pixels);
    }
}

} // namespace tessera
