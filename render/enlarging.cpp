#include "render/enlarging.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>

namespace tessera {

namespace {

constexpr std::uint32_t channels = 4;
constexpr std::uint32_t whole = 256; ///< shares are so many parts of it

/// Where a pixel of the larger picture lies in the smaller one, along one axis.
struct between {
  std::uint32_t first = 0;
  std::uint32_t share = 0; ///< of the next one
};

between place_of(std::uint32_t at, std::uint32_t from_count, std::uint32_t to_count) {
  const double place = (static_cast<double>(at) + 0.5) * static_cast<double>(from_count) /
                         static_cast<double>(to_count) -
                       0.5;
  const double held = std::clamp(place, 0.0, static_cast<double>(from_count - 1));
  const auto first = static_cast<std::uint32_t>(held);
  return {first,
          static_cast<std::uint32_t>(std::lround((held - static_cast<double>(first)) * whole))};
}

using half [[gnu::vector_size(16)]] = std::uint16_t; ///< two pixels
using both [[gnu::vector_size(32)]] = std::uint16_t;
using pixel_pair [[gnu::vector_size(8)]] = std::uint8_t;

/// One pixel from the two of `left`, one from those of `right`.
pixel_pair mixed_pair(half left, half right, both shares) {
  const both scaled =
    __builtin_shufflevector(left, right, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) *
    shares;
  const both turned =
    __builtin_shufflevector(scaled, scaled, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  const both sums = (scaled + turned + whole / 2) >> 8;
  return __builtin_convertvector(__builtin_shufflevector(sums, sums, 0, 1, 2, 3, 8, 9, 10, 11),
                                 pixel_pair);
}

} // namespace

void picture_enlarger::prepare(size from, size to) {
  if (from == from_ && to == to_)
    return;
  from_ = from;
  to_ = to;
  first_.clear();
  shares_.clear();
  for (std::uint32_t x = 0; x < to_.width; x += 2) {
    mix shares{};
    // Of an odd width, the last one's neighbour is made for nothing.
    for (std::uint32_t k = 0; k < 2; ++k) {
      const auto [first, share] = place_of(std::min(x + k, to_.width - 1), from_.width, to_.width);
      first_.push_back(first * channels);
      for (std::uint32_t i = 0; i < channels; ++i) {
        shares[k * 2 * channels + i] = static_cast<std::uint16_t>(whole - share);
        shares[k * 2 * channels + channels + i] = static_cast<std::uint16_t>(share);
      }
    }
    shares_.push_back(shares);
  }
  row_.resize((std::size_t{from_.width} + 1) * channels);
}

void picture_enlarger::enlarge(const mapped_pixels& from, const mapped_pixels& to) {
  prepare({from.width, from.height}, {to.width, to.height});
  const std::size_t stride = std::size_t{from_.width} * channels;
  for (std::uint32_t y = 0; y < to_.height; ++y) {
    const auto [first, share] = place_of(y, from_.height, to_.height);
    const std::uint8_t* upper = from.row(first);
    const std::uint8_t* lower = from.row(std::min(first + 1, from_.height - 1));
    std::uint8_t* row = to.row(y);
    for (std::size_t i = 0; i < stride; ++i)
      row_[i] = static_cast<std::uint16_t>(
        (upper[i] * (whole - share) + lower[i] * share + whole / 2) / whole);
    std::copy_n(row_.end() - 2 * channels, channels, row_.end() - channels);
    auto pair_at = [&](std::uint32_t x) {
      half left, right;
      std::memcpy(&left, row_.data() + first_[x], sizeof left);
      std::memcpy(&right, row_.data() + first_[x + 1], sizeof right);
      return mixed_pair(left, right, shares_[x / 2]);
    };
    std::uint32_t x = 0;
    for (; x + 1 < to_.width; x += 2) {
      const pixel_pair mixed = pair_at(x);
      std::memcpy(row + std::size_t{x} * channels, &mixed, sizeof mixed);
    }
    if (x < to_.width) {
      const pixel_pair mixed = pair_at(x);
      std::memcpy(row + std::size_t{x} * channels, &mixed, channels);
    }
  }
}

} // namespace tessera
