// Slots: what makes a handle checkable. What always holds:
// - 5 bytes per slot: 28 bits of place and 12 bits of generation, beside each other, so that a
//   check costs one cache line;
// - the place of a live slot is page number * limits::page_rows + row in page;
// - a generation is 1 to 4094 and names one entity; freeing a slot moves it on, and a slot that has
//   used up its generations is retired, so no old handle ever comes back to life;
// - free slots lie on a stack of their own: chained through their entries, each would have to be
//   read before the next is known.
#pragma once

#include "core/assert.hpp"
#include "core/reserved_memory.hpp"
#include "shards/component.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

namespace tessera {

class slot_table {
public:
  static constexpr std::uint32_t place_bits = 28;
  static constexpr std::uint32_t place_mask = (1u << place_bits) - 1;
  static constexpr std::uint32_t none = place_mask; // the place of a slot that is free
  static constexpr std::uint32_t last_generation = 4094;
  static constexpr std::size_t bytes_per_slot = 5;

  slot_table() : memory_((std::size_t{1} << place_bits) * bytes_per_slot) {}

  /// Hands out a slot for the entity at `place`.
  handle take(std::uint32_t place) {
    if (free_.empty())
      return take_fresh(place);
    std::uint32_t slot = free_.back();
    free_.pop_back();
    std::uint32_t generation = word_of(slot) >> place_bits;
    set_word(slot, generation << place_bits | place);
    return {slot, generation | high_of(slot) << 4};
  }

  /// Hands out slots for the entities at `place`, `place` + 1, ...
  void take_many(std::uint32_t place, std::span<std::uint32_t> slots) {
    std::size_t reused = std::min(slots.size(), free_.size());
    for (std::size_t i = 0; i < reused; ++i) {
      std::uint32_t slot = free_[free_.size() - 1 - i];
      slots[i] = slot;
      set_place(slot, place++);
    }
    free_.resize(free_.size() - reused);
    for (std::size_t i = reused; i < slots.size(); ++i)
      slots[i] = take_fresh(place++).slot;
  }

  /// Frees the slot of a live entity; its handle is stale from now on.
  void release(std::uint32_t slot) {
    std::uint32_t low = (word_of(slot) >> place_bits) + 1;
    set_word(slot, low << place_bits | none);
    if (low == 1u << (32 - place_bits) || low == (last_generation + 1) % 16) [[unlikely]] {
      std::uint32_t high = high_of(slot) + (low >> (32 - place_bits));
      entry(slot)[4] = static_cast<std::byte>(high);
      if ((high << 4 | (low & 15)) > last_generation) {
        ++retired_;
        return;
      }
    }
    free_.push_back(slot);
  }

  /// Whether `who` names a live entity, and if so its place.
  bool find(handle who, std::uint32_t& place) const {
    if (who.slot >= count_) [[unlikely]]
      return false;
    // Never one load of 8 bytes: it would wait for the stores to a neighbour's 5.
    std::uint32_t word = word_of(who.slot);
    place = word & place_mask;
    return (word >> place_bits | high_of(who.slot) << 4) == who.generation;
  }
  bool alive(handle who) const {
    std::uint32_t place;
    return find(who, place);
  }

  /// Place of a slot that is known to be live.
  std::uint32_t place_of_slot(std::uint32_t slot) const { return word_of(slot) & place_mask; }
  void set_place(std::uint32_t slot, std::uint32_t place) {
    set_word(slot, (word_of(slot) & ~place_mask) | place);
  }
  std::uint32_t generation_of(std::uint32_t slot) const {
    return word_of(slot) >> place_bits | high_of(slot) << 4;
  }

  std::size_t live() const { return count_ - retired_ - free_.size(); }
  /// Slots ever handed out, retired ones included.
  std::uint32_t count() const { return count_; }
  std::uint32_t retired() const { return retired_; }
  std::size_t committed_bytes() const {
    return round_up(std::size_t{count_} * bytes_per_slot, small_page_bytes) +
           free_.capacity() * sizeof(std::uint32_t);
  }
  /// Gets memory for `more` further slots at once.
  void prepare(std::size_t more) {
    if (free_.size() < more && more >= slots_per_commit)
      memory_.prepare(count_ * bytes_per_slot, more * bytes_per_slot);
  }

private:
  static constexpr std::uint32_t slots_per_commit = 1024;
  static constexpr std::uint32_t slots_per_collapse = 1u << 19; // a little more than a huge page's

  std::byte* entry(std::uint32_t slot) const {
    return memory_.data() + std::size_t{slot} * bytes_per_slot;
  }
  std::uint32_t word_of(std::uint32_t slot) const {
    std::uint32_t word;
    std::memcpy(&word, entry(slot), sizeof word);
    return word;
  }
  std::uint32_t high_of(std::uint32_t slot) const {
    return std::to_integer<std::uint32_t>(entry(slot)[4]);
  }
  void set_word(std::uint32_t slot, std::uint32_t word) {
    std::memcpy(entry(slot), &word, sizeof word);
  }
  handle take_fresh(std::uint32_t place) {
    TESSERA_ASSERT(count_ < none, "a store has at most 2^28 - 1 slots");
    if (count_ % slots_per_collapse == 0) [[unlikely]]
      memory_.collapse(0, count_ * bytes_per_slot);
    set_word(count_, 1u << place_bits | place);
    return {count_++, 1};
  }

  reserved_memory memory_;
  std::uint32_t count_ = 0;
  std::vector<std::uint32_t> free_;
  std::uint32_t retired_ = 0;
};

} // namespace tessera
