// memcpy and memset of one component value: the usual sizes without a call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tessera {

/// Sizes that copy_small_value knows.
constexpr bool is_small_value(std::uint32_t size) {
  return size == 4 || size == 8 || size == 12 || size == 16;
}

/// Never calls anything, so that a loop around it keeps its registers.
inline void copy_small_value(std::byte* to, const std::byte* from, std::uint32_t size) {
  switch (size) {
    case 4: std::memcpy(to, from, 4); break;
    case 8: std::memcpy(to, from, 8); break;
    case 12: std::memcpy(to, from, 12); break;
    default: std::memcpy(to, from, 16);
  }
}

inline void copy_value(std::byte* to, const std::byte* from, std::uint32_t size) {
  switch (size) {
    case 4: std::memcpy(to, from, 4); break;
    case 8: std::memcpy(to, from, 8); break;
    case 12: std::memcpy(to, from, 12); break;
    case 16: std::memcpy(to, from, 16); break;
    default: std::memcpy(to, from, size);
  }
}

inline void clear_value(std::byte* at, std::uint32_t size) {
  switch (size) {
    case 4: std::memset(at, 0, 4); break;
    case 8: std::memset(at, 0, 8); break;
    case 12: std::memset(at, 0, 12); break;
    case 16: std::memset(at, 0, 16); break;
    default: std::memset(at, 0, size);
  }
}

} // namespace tessera
