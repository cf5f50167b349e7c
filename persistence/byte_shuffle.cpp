// Sixteen elements at a time are a matrix of 16 x E bytes. Number its bytes from 0 to L = 16E - 1:
// transposing sends byte p to 16p mod L, interleaving the first half with the second sends p to
// 2p mod L, and both leave byte L where it is. So four interleavings transpose, and four
// de-interleavings transpose back, for every even E. What is left over goes byte by byte.
#include "persistence/byte_shuffle.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace tessera {

namespace {

using lane = std::uint8_t __attribute__((vector_size(16)));

constexpr std::size_t lane_bytes = 16;

lane load(const std::byte* from) {
  lane value;
  std::memcpy(&value, from, lane_bytes);
  return value;
}

void store(std::byte* to, lane value) {
  std::memcpy(to, &value, lane_bytes);
}

lane interleave_low(lane a, lane b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

lane interleave_high(lane a, lane b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                 31);
}

lane even_bytes(lane a, lane b) {
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}

lane odd_bytes(lane a, lane b) {
  return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

template <std::size_t E>
using lanes = std::array<lane, E>;

template <std::size_t E>
lanes<E> interleave(const lanes<E>& in) {
  lanes<E> out;
  for (std::size_t k = 0; k < E / 2; ++k) {
    out[2 * k] = interleave_low(in[k], in[k + E / 2]);
    out[2 * k + 1] = interleave_high(in[k], in[k + E / 2]);
  }
  return out;
}

template <std::size_t E>
lanes<E> deinterleave(const lanes<E>& in) {
  lanes<E> out;
  for (std::size_t k = 0; k < E / 2; ++k) {
    out[k] = even_bytes(in[2 * k], in[2 * k + 1]);
    out[k + E / 2] = odd_bytes(in[2 * k], in[2 * k + 1]);
  }
  return out;
}

/// Returns how many elements it did, from the first on; a multiple of 16.
template <std::size_t E>
std::size_t shuffle_lanes(const std::byte* in, std::size_t count, std::byte* out) {
  std::size_t i = 0;
  for (; i + lane_bytes <= count; i += lane_bytes) {
    lanes<E> block;
    for (std::size_t k = 0; k < E; ++k)
      block[k] = load(in + i * E + k * lane_bytes);
    block = interleave<E>(interleave<E>(interleave<E>(interleave<E>(block))));
    for (std::size_t b = 0; b < E; ++b)
      store(out + b * count + i, block[b]);
  }
  return i;
}

template <std::size_t E>
std::size_t unshuffle_lanes(const std::byte* in, std::size_t count, std::byte* out) {
  std::size_t i = 0;
  for (; i + lane_bytes <= count; i += lane_bytes) {
    lanes<E> block;
    for (std::size_t b = 0; b < E; ++b)
      block[b] = load(in + b * count + i);
    block = deinterleave<E>(deinterleave<E>(deinterleave<E>(deinterleave<E>(block))));
    for (std::size_t k = 0; k < E; ++k)
      store(out + i * E + k * lane_bytes, block[k]);
  }
  return i;
}

template <class T>
void delta_as(const std::byte* in, std::size_t count, std::byte* out) {
  T before = 0;
  for (std::size_t i = 0; i < count; ++i) {
    T now;
    std::memcpy(&now, in + i * sizeof(T), sizeof(T));
    const T difference = static_cast<T>(now - before);
    std::memcpy(out + i * sizeof(T), &difference, sizeof(T));
    before = now;
  }
}

template <class T>
void undelta_as(std::byte* bytes, std::size_t count) {
  T sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    T difference;
    std::memcpy(&difference, bytes + i * sizeof(T), sizeof(T));
    sum = static_cast<T>(sum + difference);
    std::memcpy(bytes + i * sizeof(T), &sum, sizeof(T));
  }
}

} // namespace

void shuffle_bytes(std::span<const std::byte> in, std::size_t element_bytes,
                   std::span<std::byte> out) {
  const std::size_t count = in.size() / element_bytes;
  std::size_t done = 0;
  switch (element_bytes) {
    case 2: done = shuffle_lanes<2>(in.data(), count, out.data()); break;
    case 4: done = shuffle_lanes<4>(in.data(), count, out.data()); break;
    case 8: done = shuffle_lanes<8>(in.data(), count, out.data()); break;
    case 12: done = shuffle_lanes<12>(in.data(), count, out.data()); break;
    case 16: done = shuffle_lanes<16>(in.data(), count, out.data()); break;
    default: break;
  }
  for (std::size_t b = 0; b < element_bytes; ++b)
    for (std::size_t i = done; i < count; ++i)
      out[b * count + i] = in[i * element_bytes + b];
}

void unshuffle_bytes(std::span<const std::byte> in, std::size_t element_bytes,
                     std::span<std::byte> out) {
  const std::size_t count = in.size() / element_bytes;
  std::size_t done = 0;
  switch (element_bytes) {
    case 2: done = unshuffle_lanes<2>(in.data(), count, out.data()); break;
    case 4: done = unshuffle_lanes<4>(in.data(), count, out.data()); break;
    case 8: done = unshuffle_lanes<8>(in.data(), count, out.data()); break;
    case 12: done = unshuffle_lanes<12>(in.data(), count, out.data()); break;
    case 16: done = unshuffle_lanes<16>(in.data(), count, out.data()); break;
    default: break;
  }
  for (std::size_t i = done; i < count; ++i)
    for (std::size_t b = 0; b < element_bytes; ++b)
      out[i * element_bytes + b] = in[b * count + i];
}

bool delta_possible(std::size_t element_bytes) {
  return element_bytes == 1 || element_bytes == 2 || element_bytes == 4 || element_bytes == 8;
}

void delta_elements(std::span<const std::byte> in, std::size_t element_bytes,
                    std::span<std::byte> out) {
  const std::size_t count = in.size() / element_bytes;
  switch (element_bytes) {
    case 1: delta_as<std::uint8_t>(in.data(), count, out.data()); break;
    case 2: delta_as<std::uint16_t>(in.data(), count, out.data()); break;
    case 4: delta_as<std::uint32_t>(in.data(), count, out.data()); break;
    case 8: delta_as<std::uint64_t>(in.data(), count, out.data()); break;
    default: std::copy(in.begin(), in.end(), out.begin()); break;
  }
}

void undelta_elements(std::span<std::byte> bytes, std::size_t element_bytes) {
  const std::size_t count = bytes.size() / element_bytes;
  switch (element_bytes) {
    case 1: undelta_as<std::uint8_t>(bytes.data(), count); break;
    case 2: undelta_as<std::uint16_t>(bytes.data(), count); break;
    case 4: undelta_as<std::uint32_t>(bytes.data(), count); break;
    case 8: undelta_as<std::uint64_t>(bytes.data(), count); break;
    default: break;
  }
}

} // namespace tessera
