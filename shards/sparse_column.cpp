// The rare paths of sparse_column; see the header for what holds.
#include "shards/sparse_column.hpp"

#include <algorithm>
#include <cstring>

namespace tessera {

void sparse_column::make_page(std::size_t page) {
  if (page >= pages_.size())
    pages_.resize(page + 1);
  pages_[page] = std::make_unique_for_overwrite<std::uint32_t[]>(page_slots);
  std::fill_n(pages_[page].get(), page_slots, none);
}

void sparse_column::grow() {
  std::uint32_t capacity = std::max<std::uint32_t>(16, capacity_ * 2);
  std::unique_ptr<std::byte[], aligned_delete> grown(static_cast<std::byte*>(
    ::operator new[](std::size_t{capacity} * value_bytes_, std::align_val_t{value_alignment})));
  if (!slots_.empty())
    std::memcpy(grown.get(), values_.get(), slots_.size() * value_bytes_);
  values_ = std::move(grown);
  capacity_ = capacity;
}

std::size_t sparse_column::committed_bytes() const {
  std::size_t bytes = std::size_t{capacity_} * value_bytes_ +
                      slots_.capacity() * sizeof(slots_[0]) + pages_.capacity() * sizeof(pages_[0]);
  for (const auto& page : pages_)
    bytes += page == nullptr ? 0 : page_slots * sizeof(std::uint32_t);
  return bytes;
}

} // namespace tessera
