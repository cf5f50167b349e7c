// Blocks for the columns of small archetypes, so that thousands of archetypes with few rows cost
// neither a mapping nor a page per column each. What always holds:
// - a block is 64 B aligned; its size is one of four per power of two, so that it is at most a
//   quarter too large, and blocks of equal size do not all fall on the same sets of a cache;
// - what one archetype gives back another of the same size takes;
// - whole 2 MiB of blocks become a huge page: thousands of small archetypes are more pages than a
//   processor remembers.
#pragma once

#include "core/reserved_memory.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <vector>

namespace tessera {

class block_arena {
public:
  static constexpr std::size_t smallest_block_bytes = 512;
  /// Blocks from this size on give their memory back while nobody has them.
  static constexpr std::size_t discard_from_bytes = small_page_bytes;
  static constexpr std::size_t reserved_bytes = std::size_t{1} << 30;

  struct block {
    std::byte* data = nullptr;
    std::size_t bytes = 0;
    bool zeroed = false; ///< reads as 0
  };

  block_arena() : memory_(reserved_bytes) {}

  /// Smallest size of a block that is not below `bytes`.
  static constexpr std::size_t block_bytes(std::size_t bytes) {
    bytes = std::max(bytes, smallest_block_bytes);
    return round_up(bytes, std::bit_floor(bytes) / 4);
  }

  /// A block of `bytes`, which block_bytes gave. data is nullptr when the arena is full.
  block take(std::size_t bytes);
  void give(block unused);
  /// Bytes of blocks that were given back and still hold memory.
  std::size_t spare_bytes() const { return spare_; }

private:
  static std::size_t size_class(std::size_t bytes);

  reserved_memory memory_;
  std::size_t used_ = 0;
  std::size_t spare_ = 0;
  std::size_t collapsed_ = 0;                // bytes before are huge pages as far as they fill them
  std::array<std::vector<block>, 256> free_; // by size class
};

} // namespace tessera
