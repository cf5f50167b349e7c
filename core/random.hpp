// Random numbers without a generator to share or to store: word d of a stream is a pure function of
// (world seed, entity, tick, stream name, d), so draws of one entity never depend on who else drew,
// on the layout or on the thread.
//
// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011) from
// Random123, with key = seed ^ stream ^ (upper half of the tick) * odd constant and counter =
// (entity low, entity high, tick low, block number). Under one key every (entity, tick, block) is
// another counter, so within a seed and stream no two blocks coincide for 2^32 ticks.
#pragma once

#include "core/hash.hpp"
#include "core/ids.hpp"
#include "core/math.hpp"

#include <Random123/philox.h>

#include <array>
#include <cstdint>

namespace tessera {

/// What a draw is for. Two purposes of one system in one tick need two names, or they see the same
/// numbers. Hashed by the compiler.
struct stream_name {
  std::uint64_t value;
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is meant to be passed as it is
  consteval stream_name(const char* name) : value(hash_name(name)) {}
};

using random_block = std::array<std::uint32_t, 4>;

/// Words 4 * block to 4 * block + 3 of a stream.
inline random_block draw_block(std::uint64_t seed, entity_id entity, tick_number tick,
                               stream_name stream, std::uint32_t block) {
  const std::uint64_t key = seed ^ stream.value ^ (tick >> 32) * hash_key_0;
  const r123::Philox4x32::ctr_type counter = {{static_cast<std::uint32_t>(entity.value),
                                               static_cast<std::uint32_t>(entity.value >> 32),
                                               static_cast<std::uint32_t>(tick), block}};
  const r123::Philox4x32::key_type halves = {
    {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)}};
  const auto out = r123::Philox4x32{}(counter, halves);
  return {out[0], out[1], out[2], out[3]};
}

/// Reads one stream in order. A value on the stack of one system call: never stored in a component,
/// never shared between threads. The first draw of every four computes a block; the rest are loads.
/// A stream has 2^34 words and then starts again.
class random_stream {
public:
  random_stream(std::uint64_t seed, entity_id entity, tick_number tick, stream_name stream)
    : seed_(seed), entity_(entity), tick_(tick), stream_(stream) {}

  /// The next word, every value equally likely. One draw.
  std::uint32_t next_u32() {
    const std::uint32_t lane = draw_ & 3u;
    if (lane == 0)
      block_ = draw_block(seed_, entity_, tick_, stream_, static_cast<std::uint32_t>(draw_ >> 2));
    ++draw_;
    return block_[lane];
  }

  /// Two draws, the first in the low half.
  std::uint64_t next_u64() {
    const std::uint64_t low = next_u32();
    return low | std::uint64_t{next_u32()} << 32;
  }

  /// A multiple of 2^-24 in [0, 1), each equally likely. One draw.
  float uniform() { return static_cast<float>(next_u32() >> 8) * 0x1p-24f; }

  /// In [from, to); `from` where the range is empty. One draw.
  float uniform(float from, float to) {
    const float value = from + (to - from) * uniform();
    return value < to ? value : from; // rounding may reach `to`
  }

  /// In [0, n); 0 for n = 0. No value's probability is off by more than a factor of 1 + 2^-32,
  /// which takes 2^64 draws to see (Lemire's multiplication without the rejection, on 64 bits). Two
  /// draws.
  std::uint32_t below(std::uint32_t n) {
    __extension__ using wide = unsigned __int128;
    return static_cast<std::uint32_t>(static_cast<wide>(next_u64()) * n >> 64);
  }

  /// Standard normal, by Box and Muller with the engine's own log and cos; at most 6.66 from 0.
  /// Two draws.
  float normal() {
    const float radius_from = static_cast<float>(std::uint64_t{next_u32()} + 1) * 0x1p-32f;
    const float angle_rad = uniform() * (2 * math::pi);
    return math::sqrt(-2 * math::log(radius_from)) * math::cos(angle_rad);
  }

  float normal(float mean, float deviation) { return mean + deviation * normal(); }

  /// True with probability p: never for p <= 0 or NaN, always for p >= 1. One draw.
  bool chance(float p) { return uniform() < p; }

private:
  std::uint64_t seed_;
  entity_id entity_;
  tick_number tick_;
  stream_name stream_;
  std::uint64_t draw_ = 0;
  random_block block_{};
};

} // namespace tessera
