// Free lists by size class over a region that only grows; see the header.
#include "shards/block_arena.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tessera {

std::size_t block_arena::size_class(std::size_t bytes) {
  auto step = static_cast<std::size_t>(std::bit_width(bytes)) - 3;
  return step * 4 + (bytes >> step & 3);
}

block_arena::block block_arena::take(std::size_t bytes) {
  auto& free = free_[size_class(bytes)];
  if (!free.empty()) {
    block reused = free.back();
    free.pop_back();
    spare_ -= reused.zeroed ? 0 : bytes;
    return reused;
  }
  std::size_t start = round_up(used_, bytes >= discard_from_bytes ? small_page_bytes : 64);
  if (start + bytes > memory_.size())
    return {};
  used_ = start + bytes;
  if (used_ >= collapsed_ + 2 * huge_page_bytes) {
    memory_.collapse(collapsed_, start - collapsed_);
    collapsed_ = start - huge_page_bytes;
  }
  return {memory_.data() + start, bytes, true};
}

void block_arena::give(block unused) {
  if (unused.data == nullptr)
    return;
  auto offset = static_cast<std::size_t>(unused.data - memory_.data());
  unused.zeroed = unused.bytes >= discard_from_bytes && offset % small_page_bytes == 0;
  if (unused.zeroed) {
    std::size_t whole = unused.bytes / small_page_bytes * small_page_bytes;
    memory_.discard(offset, whole);
    std::memset(unused.data + whole, 0, unused.bytes - whole);
  } else
    spare_ += unused.bytes;
  free_[size_class(unused.bytes)].push_back(unused);
}

} // namespace tessera
