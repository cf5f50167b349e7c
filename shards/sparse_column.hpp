// Values of a component that few entities have, beside the archetypes. What always holds:
// - values and the slots that own them are dense arrays in the same order, which has no meaning;
// - from slot to place goes a table in pages of 1024 slots, 4 KiB each, made where first needed;
// - a value's address lasts until the next add or remove of this component.
#pragma once

#include "shards/value_bytes.hpp"

#include <memory>
#include <new>
#include <span>
#include <vector>

namespace tessera {

class sparse_column {
public:
  static constexpr std::uint32_t none = 0xFFFFFFFFu;

  explicit sparse_column(std::uint32_t value_bytes) : value_bytes_(value_bytes) {}

  std::size_t size() const { return slots_.size(); }
  std::uint32_t value_bytes() const { return value_bytes_; }
  /// Owners, in the order of the values.
  std::span<const std::uint32_t> slots() const { return slots_; }
  /// size() values of value_bytes() each, 64 B aligned.
  std::byte* values() const { return values_.get(); }

  std::byte* find(std::uint32_t slot) const {
    std::uint32_t at = place(slot);
    return at == none ? nullptr : value(at);
  }

  /// Gives this slot a zeroed value; false when it has one already.
  bool add(std::uint32_t slot) {
    std::uint32_t& at = place_for_write(slot);
    if (at != none)
      return false;
    at = static_cast<std::uint32_t>(slots_.size());
    if (at == capacity_) [[unlikely]]
      grow();
    slots_.push_back(slot);
    clear_value(value(at), value_bytes_);
    return true;
  }

  bool remove(std::uint32_t slot) {
    std::uint32_t at = place(slot);
    if (at == none)
      return false;
    std::uint32_t last = slots_.back();
    if (last != slot) {
      copy_value(value(at), value(slots_.size() - 1), value_bytes_);
      slots_[at] = last;
      pages_[last / page_slots][last % page_slots] = at;
    }
    pages_[slot / page_slots][slot % page_slots] = none;
    slots_.pop_back();
    return true;
  }

  void clear() {
    slots_.clear();
    pages_.clear();
  }

  std::size_t committed_bytes() const;

private:
  static constexpr std::size_t page_slots = 1024;
  static constexpr std::size_t value_alignment = 64;
  struct aligned_delete {
    void operator()(std::byte* bytes) const {
      ::operator delete[](bytes, std::align_val_t{value_alignment});
    }
  };

  std::byte* value(std::size_t at) const { return values_.get() + at * value_bytes_; }
  std::uint32_t place(std::uint32_t slot) const {
    std::size_t page = slot / page_slots;
    if (page >= pages_.size() || pages_[page] == nullptr)
      return none;
    return pages_[page][slot % page_slots];
  }
  std::uint32_t& place_for_write(std::uint32_t slot) {
    std::size_t page = slot / page_slots;
    if (page >= pages_.size() || pages_[page] == nullptr) [[unlikely]]
      make_page(page);
    return pages_[page][slot % page_slots];
  }
  void make_page(std::size_t page);
  void grow();

  std::uint32_t value_bytes_;
  std::uint32_t capacity_ = 0;
  std::vector<std::unique_ptr<std::uint32_t[]>> pages_;
  std::vector<std::uint32_t> slots_;
  std::unique_ptr<std::byte[], aligned_delete> values_;
};

} // namespace tessera
