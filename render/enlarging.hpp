// Makes a picture larger, where the processor draws: several times as fast as the same in its driver's shaders.
//
// Always true: each pixel is mixed from the four around its place, those at the edge repeated, as a sampler with a
// linear filter does; within two steps of 255 of exact numbers.
#pragma once

#include "render/mapped_pixels.hpp"

#include <cstdint>
#include <vector>

namespace tessera {

class picture_enlarger {
public:
  /// Neither is empty.
  void enlarge(const mapped_pixels& from, const mapped_pixels& to);

private:
  /// Two pixels that one is mixed from, and two that its neighbour is; or their shares in 256ths.
  using mix [[gnu::vector_size(32)]] = std::uint16_t;

  struct size {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    bool operator==(const size&) const = default;
  };
  void prepare(size from, size to);

  size from_, to_;
  std::vector<std::uint32_t>
    first_;                 ///< of each column: the first of the row's values that it is mixed from
  std::vector<mix> shares_; ///< of each pair of columns
  std::vector<std::uint16_t> row_; ///< mixed from two rows; the last pixel twice
};

} // namespace tessera
