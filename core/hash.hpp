// The mixing behind the world hash. Pure functions of their arguments: the same on every machine.
// The multiply-and-fold step is the one of wyhash (Wang Yi, public domain): the 128-bit product of two
// words, its halves combined by XOR.
#pragma once

#include <cstdint>

namespace tessera {

inline constexpr std::uint64_t hash_key_0 = 0x9E3779B97F4A7C15ull; // 2^64 / golden ratio
inline constexpr std::uint64_t hash_key_1 = 0xD1B54A32D192ED03ull; // 2^64 / plastic-like ratio
inline constexpr std::uint64_t hash_key_2 = 0x8CB92BA72F3D8DD7ull;

constexpr std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) {
  __extension__ using wide = unsigned __int128;
  wide product = static_cast<wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// Order matters: hash_combine(a, b) != hash_combine(b, a).
constexpr std::uint64_t hash_combine(std::uint64_t seed, std::uint64_t word) {
  return fold_multiply(seed ^ hash_key_0, word ^ hash_key_1);
}

/// FNV-1a with a final fold; for names, never for bulk data.
constexpr std::uint64_t hash_name(const char* text, std::uint64_t seed = 0xCBF29CE484222325ull) {
  for (; *text != '\0'; ++text)
    seed = (seed ^ static_cast<unsigned char>(*text)) * 0x100000001B3ull;
  return fold_multiply(seed ^ hash_key_0, hash_key_2);
}

} // namespace tessera
