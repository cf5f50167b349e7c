// Eight float lanes with one fixed meaning on every machine: lane arithmetic is IEEE single precision
// per lane, never contracted, and a sum over lanes always uses the same tree
// ((l0+l4)+(l2+l6)) + ((l1+l5)+(l3+l7)), whatever registers the compiler picks. A reduction written on
// lanes is therefore bit-equal on SSE2 and AVX2, with gcc and with clang.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tessera {

inline constexpr std::size_t lane_count = 8;

using lanes [[gnu::vector_size(32)]] = float;
using lane_ints [[gnu::vector_size(32)]] = std::int32_t;

// Passed by value everywhere and always inlined, so the ABI note about 32-byte vectors is moot.
#define TESSERA_LANES_INLINE [[gnu::always_inline]] inline

TESSERA_LANES_INLINE lanes load_lanes(const float* from) {
  lanes out;
  std::memcpy(&out, from, sizeof out);
  return out;
}

TESSERA_LANES_INLINE void store_lanes(float* to, lanes value) {
  std::memcpy(to, &value, sizeof value);
}

TESSERA_LANES_INLINE lanes splat(float value) {
  return lanes{value, value, value, value, value, value, value, value};
}

TESSERA_LANES_INLINE lane_ints splat_int(std::int32_t value) {
  return lane_ints{value, value, value, value, value, value, value, value};
}

/// `value` where the mask is all ones, +0 where it is zero.
TESSERA_LANES_INLINE lanes keep(lane_ints mask, lanes value) {
  lane_ints bits;
  std::memcpy(&bits, &value, sizeof bits);
  bits &= mask;
  lanes out;
  std::memcpy(&out, &bits, sizeof out);
  return out;
}

TESSERA_LANES_INLINE lane_ints load_ints(const void* from) {
  lane_ints out;
  std::memcpy(&out, from, sizeof out);
  return out;
}

/// Towards zero. Of what no int32 holds, nothing is said.
TESSERA_LANES_INLINE lane_ints whole(lanes value) {
  return __builtin_convertvector(value, lane_ints);
}

/// Every lane of a mask is all ones.
TESSERA_LANES_INLINE bool all_set(lane_ints mask) {
  std::array<std::uint64_t, 4> parts{};
  static_assert(sizeof parts == sizeof mask);
  std::memcpy(parts.data(), &mask, sizeof mask);
  return (parts[0] & parts[1] & parts[2] & parts[3]) == ~std::uint64_t{0};
}

/// Sum of the eight lanes by the fixed tree.
TESSERA_LANES_INLINE float sum_lanes(lanes v) {
  using quad [[gnu::vector_size(16)]] = float;
  quad low;
  quad high;
  std::memcpy(&low, &v, sizeof low);
  std::memcpy(&high, reinterpret_cast<const char*>(&v) + sizeof low, sizeof high);
  quad four = low + high; // l0+l4, l1+l5, l2+l6, l3+l7
  quad swapped = __builtin_shufflevector(four, four, 2, 3, 2, 3);
  quad two = four + swapped; // (l0+l4)+(l2+l6), (l1+l5)+(l3+l7)
  return two[0] + two[1];
}

/// N sums, padded to whole registers: they are stored and read back four at a time.
template <std::size_t N>
using lane_sums = std::array<float, (N + 3) / 4 * 4>;

/// sum_lanes of several at once: the same tree per value, four values side by side in a register.
template <std::size_t N>
TESSERA_LANES_INLINE void sum_lanes_of(const std::array<lanes, N>& values, lane_sums<N>& out) {
  using quad [[gnu::vector_size(16)]] = float;
  constexpr std::size_t groups = (N + 3) / 4;
  for (std::size_t g = 0; g < groups; ++g) {
    quad four[4] = {};
    for (std::size_t i = 0; i < 4 && g * 4 + i < N; ++i) {
      const lanes& v = values[g * 4 + i];
      four[i] =
        __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
    }
    quad ab = __builtin_shufflevector(four[0], four[1], 0, 1, 4, 5) +
              __builtin_shufflevector(four[0], four[1], 2, 3, 6, 7);
    quad cd = __builtin_shufflevector(four[2], four[3], 0, 1, 4, 5) +
              __builtin_shufflevector(four[2], four[3], 2, 3, 6, 7);
    quad sums =
      __builtin_shufflevector(ab, cd, 0, 2, 4, 6) + __builtin_shufflevector(ab, cd, 1, 3, 5, 7);
    std::memcpy(out.data() + g * 4, &sums, sizeof sums);
  }
}

} // namespace tessera
