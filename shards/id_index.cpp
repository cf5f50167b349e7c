// Growth of the id index; see the header for what holds.
#include "shards/id_index.hpp"

#include "core/assert.hpp"

#include <algorithm>

namespace tessera {
namespace {

constexpr std::size_t smallest_capacity = 16;

} // namespace

void id_index::clear() {
  std::fill_n(entries_.get(), capacity_, entry{none, 0});
  count_ = 0;
}

void id_index::grow_to(std::size_t count) {
  std::size_t capacity = std::max(capacity_ + capacity_ / 2, count + count / 4 + count / 64 + 1);
  capacity = std::max(capacity, smallest_capacity);
  TESSERA_ASSERT(capacity < none, "the home of an entry is computed in 64 bits");
  id_index grown;
  grown.entries_ = std::make_unique_for_overwrite<entry[]>(capacity);
  std::fill_n(grown.entries_.get(), capacity, entry{none, 0});
  grown.capacity_ = capacity;
  grown.limit_ = capacity / 5 * 4;
  for (std::size_t at = 0; at < capacity_; ++at)
    if (entries_[at].slot != none)
      grown.insert(entries_[at].hash, entries_[at].slot, [](std::uint32_t) { return false; });
  *this = std::move(grown);
}

} // namespace tessera
