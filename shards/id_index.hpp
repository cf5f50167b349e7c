// From entity id to slot: open addressing with linear probing. What always holds:
// - an entry is 8 bytes, the slot and 32 bits of the id's hash; ids themselves stay in their
//   column, and the caller compares them where the hash agrees;
// - the table is 53 to 80 % full once it has grown, so it costs 10 to 15 bytes per entity;
// - an entry's home grows with its hash, so growing walks both tables in order, and erasing shifts
//   entries back instead of leaving tombstones.
#pragma once

#include "core/hash.hpp"
#include "core/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace tessera {

class id_index {
public:
  static constexpr std::uint32_t none = 0xFFFFFFFFu;

  static std::uint32_t hash_of(entity_id id) {
    return static_cast<std::uint32_t>(fold_multiply(id.value ^ hash_key_0, hash_key_1));
  }

  /// Slot whose entry has this hash and for which same_id(slot) holds, or none.
  template <class SameId>
  std::uint32_t find(std::uint32_t hash, SameId&& same_id) const {
    if (count_ == 0)
      return none;
    for (std::size_t at = home(hash);; at = next(at)) {
      entry found = entries_[at];
      if (found.slot == none)
        return none;
      if (found.hash == hash && same_id(found.slot))
        return found.slot;
    }
  }

  /// Adds an entry. Returns false, and changes nothing, when same_id holds for one that is there.
  template <class SameId>
  bool insert(std::uint32_t hash, std::uint32_t slot, SameId&& same_id) {
    if (count_ >= limit_) [[unlikely]]
      grow_to(count_ + 1);
    std::size_t at = home(hash);
    for (; entries_[at].slot != none; at = next(at))
      if (entries_[at].hash == hash && same_id(entries_[at].slot))
        return false;
    entries_[at] = {slot, hash};
    ++count_;
    return true;
  }

  /// Removes the entry of this slot, which must be there; false when it is not.
  bool erase(std::uint32_t hash, std::uint32_t slot) {
    if (count_ == 0)
      return false;
    std::size_t at = home(hash);
    for (; entries_[at].slot != slot; at = next(at))
      if (entries_[at].slot == none)
        return false;
    close_gap(at);
    --count_;
    return true;
  }

  [[gnu::always_inline]] void prefetch(std::uint32_t hash) const {
    if (capacity_ != 0)
      __builtin_prefetch(&entries_[home(hash)]);
  }
  /// Makes room for `count` entries at once.
  void reserve(std::size_t count) {
    if (count > limit_)
      grow_to(count);
  }
  /// Forgets every entry; the memory stays.
  void clear();
  std::size_t size() const { return count_; }
  std::size_t committed_bytes() const { return capacity_ * sizeof(entry); }

private:
  struct entry {
    std::uint32_t slot;
    std::uint32_t hash;
  };

  std::size_t home(std::uint32_t hash) const {
    return static_cast<std::size_t>(std::uint64_t{hash} * capacity_ >> 32);
  }
  std::size_t next(std::size_t at) const { return at + 1 == capacity_ ? 0 : at + 1; }
  std::size_t distance(std::size_t from, std::size_t to) const {
    return to >= from ? to - from : to + capacity_ - from;
  }
  void close_gap(std::size_t gap) {
    for (std::size_t at = next(gap); entries_[at].slot != none; at = next(at)) {
      if (distance(home(entries_[at].hash), at) >= distance(gap, at)) {
        entries_[gap] = entries_[at];
        gap = at;
      }
    }
    entries_[gap].slot = none;
  }
  void grow_to(std::size_t count);

  std::unique_ptr<entry[]> entries_;
  std::size_t capacity_ = 0;
  std::size_t limit_ = 0; // entries before it grows
  std::size_t count_ = 0;
};

} // namespace tessera
