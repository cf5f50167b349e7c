// A picture in memory that the processor sees.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera {

/// Four channels of a byte each. Not owned.
struct mapped_pixels {
  std::uint8_t* first = nullptr; ///< row; the others follow, `row_bytes` apart
  std::size_t row_bytes = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  std::uint8_t* row(std::size_t y) const { return first + y * row_bytes; }
};

} // namespace tessera
