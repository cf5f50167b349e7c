// What lies over a picture, as a picture of its own: drawn when it is another than before, mixed into each
// picture by the processor, where that is what draws.
//
// Always true: colours are stored times their opacity, so that mixing gives what drawing over the picture would,
// within a step of 255; where no square is marked, the layer is empty.
#pragma once

#include "render/mapped_pixels.hpp"

#include <cstdint>
#include <vector>

namespace tessera {

/// Which squares of a picture something lies on.
class marked_squares {
public:
  static constexpr std::uint32_t side = 32; ///< pixels

  void begin(std::uint32_t width, std::uint32_t height); ///< none is
  /// Those that hold one of the pixels [left, right) x [top, bottom), as far as there are any.
  void mark(float left, float top, float right, float bottom);

  std::uint32_t across() const { return across_; }
  std::uint32_t down() const { return down_; }
  bool holds(std::uint32_t column, std::uint32_t row) const {
    return marks_[std::size_t{row} * across_ + column] != 0;
  }

private:
  std::uint32_t across_ = 0;
  std::uint32_t down_ = 0;
  std::vector<std::uint8_t> marks_;
};

/// Mixes a layer into a picture of the same size, where it is marked.
void mix_layer(const mapped_pixels& layer, const marked_squares& where, const mapped_pixels& into);

} // namespace tessera
