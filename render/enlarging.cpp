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

} // namespace

void picture_enlarger::prepare(size from, size to) {
  if (from == from_ && to == to_)
    return;
  from_ = from;
  to_ = to;
  first_.clear();
  shares_.clear();
  for (std::uint32_t x = 0; x < to_.width; ++x) {
    const auto [first, share] = place_of(x, from_.width, to_.width);
    const auto left = static_cast<std::uint16_t>(whole - share);
    const auto right = static_cast<std::uint16_t>(share);
    first_.push_back(first * channels);
    shares_.push_back(mix{left, left, left, left, right, right, right, right});
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
    for (std::uint32_t x = 0; x < to_.width; ++x) {
      mix two;
      std::memcpy(&two, row_.data() + first_[x], sizeof two);
      two *= shares_[x];
      using one [[gnu::vector_size(8)]] = std::uint16_t;
      one left, right;
      std::memcpy(&left, &two, sizeof left);
      std::memcpy(&right, reinterpret_cast<const std::byte*>(&two) + sizeof left, sizeof right);
      using bytes [[gnu::vector_size(4)]] = std::uint8_t;
      const bytes mixed = __builtin_convertvector((left + right + whole / 2) >> 8, bytes);
      std::memcpy(row + std::size_t{x} * channels, &mixed, sizeof mixed);
    }
  }
}

} // namespace tessera
