// Free lists by size class over a region that only grows; see the header.
#include "shards/block_arena.hpp"

#include <algorithm>
#include <bit>

namespace tessera {

std::size_t block_arena::size_class(std::size_t bytes) {
  return static_cast<std::size_t>(std::countr_zero(bytes));
}

block_arena::block block_arena::take(std::size_t bytes) {
  auto& free = free_[size_class(bytes)];
  if (!free.empty()) {
    block reused = free.back();
    free.pop_back();
    spare_ -= reused.zeroed ? 0 : bytes;
    return reused;
  }
  used_ = round_up(used_, std::min(bytes, small_page_bytes));
  if (memory_.size() - used_ < bytes)
    return {};
  std::byte* data = memory_.data() + used_;
  used_ += bytes;
  return {data, bytes, true};
}

void block_arena::give(block unused) {
  if (unused.data == nullptr)
    return;
  auto offset = static_cast<std::size_t>(unused.data - memory_.data());
  unused.zeroed = unused.bytes >= discard_from_bytes && offset % small_page_bytes == 0;
  if (unused.zeroed)
    memory_.discard(offset, unused.bytes);
  else
    spare_ += unused.bytes;
  free_[size_class(unused.bytes)].push_back(unused);
}

} // namespace tessera
