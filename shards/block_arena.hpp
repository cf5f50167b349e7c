// Blocks for the columns of small archetypes, so that thousands of archetypes with few rows cost
// neither a mapping nor a page per column each. What always holds: a block is a power of two of bytes, 64 B aligned,
// from one mapping; what one archetype gives back another of the same size class takes.
#pragma once

#include "core/reserved_memory.hpp"

#include <array>
#include <cstddef>
#include <vector>

namespace tessera {

class block_arena {
public:
  static constexpr std::size_t smallest_block_bytes = 512;
  /// Blocks from this size on give their memory back while nobody has them.
  static constexpr std::size_t discard_from_bytes = 4 * small_page_bytes;
  static constexpr std::size_t reserved_bytes = std::size_t{1} << 30;

  struct block {
    std::byte* data = nullptr;
    std::size_t bytes = 0;
    bool zeroed = false; ///< reads as 0
  };

  block_arena() : memory_(reserved_bytes) {}

  /// A block of `bytes`, a power of two >= smallest_block_bytes. data is nullptr when the arena is full.
  block take(std::size_t bytes);
  void give(block unused);
  /// Bytes of blocks that were given back and still hold memory.
  std::size_t spare_bytes() const { return spare_; }

private:
  static std::size_t size_class(std::size_t bytes);

  reserved_memory memory_;
  std::size_t used_ = 0;
  std::size_t spare_ = 0;
  std::array<std::vector<block>, 64> free_; // by size class
};

} // namespace tessera
