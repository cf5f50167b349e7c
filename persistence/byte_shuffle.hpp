// Reversible rearrangements of a column's bytes that let a plain compressor see what is alike.
//
// Always true: an element's bytes are only moved (shuffle) or replaced by those of its difference
// to the element before it (delta); so every function here has an exact inverse, whatever the bytes
// are, NaNs included. All work on whole elements: the size must be a multiple of element_bytes.
#pragma once

#include <cstddef>
#include <span>

namespace tessera {

/// Byte b of element i of n goes to place b * n + i: bytes of equal significance lie side by side.
/// `out` has the size of `in` and does not overlap it; element_bytes is at least 1. Any thread.
void shuffle_bytes(std::span<const std::byte> in, std::size_t element_bytes,
                   std::span<std::byte> out);

/// The inverse of shuffle_bytes, on the same conditions.
void unshuffle_bytes(std::span<const std::byte> in, std::size_t element_bytes,
                     std::span<std::byte> out);

/// Whether elements of this size have differences: 1, 2, 4 or 8 bytes, read as a little-endian
/// integer.
bool delta_possible(std::size_t element_bytes);

/// Element i becomes element i minus element i - 1, modulo 2 to the power of the element's bits;
/// the first stays. `out` may be `in`. Only where delta_possible(element_bytes). Any thread.
void delta_elements(std::span<const std::byte> in, std::size_t element_bytes,
                    std::span<std::byte> out);

/// The inverse of delta_elements, in place.
void undelta_elements(std::span<std::byte> bytes, std::size_t element_bytes);

} // namespace tessera
