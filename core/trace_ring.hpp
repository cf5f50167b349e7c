// The last records of one thread, written without locks and read while they are written.
//
// Always true:
// - one thread writes; any thread may read, at any time, and never holds the writer up;
// - a full ring overwrites its oldest record: the writer never waits and never fails;
// - what read() gives out was whole when it was copied; what was overwritten before that is counted.
//
// Invariants: record i lies in slot i % size; head_ is the number of records written. While the writer is
// at record h it may be changing slot h % size, which held record h - size, so of what a reader copied
// only records >= h - size + 1 are whole, with h read after the copy. The two fences make that h new
// enough: a reader that saw any word of record h sees head_ >= h. Words are atomic and relaxed: plain
// moves on x86.
#pragma once

#include "core/assert.hpp"
#include "core/reserved_memory.hpp"
#include "core/trace_record.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <vector>

namespace tessera {

class trace_ring {
public:
  /// `records` is a power of two; 32 bytes each, committed as they are first written.
  explicit trace_ring(std::size_t records)
    : memory_(records * sizeof(trace_record)), mask_(records - 1) {
    TESSERA_ASSERT(std::has_single_bit(records), "a slot is found with a mask");
  }

  /// The owner's thread only.
  void write(const trace_record& r) noexcept {
    const std::uint64_t at = head_.load(std::memory_order_relaxed);
    std::uint64_t* slot = slot_of(at);
    const auto words = std::bit_cast<std::array<std::uint64_t, 4>>(r);
    for (std::size_t i = 0; i < words.size(); ++i)
      std::atomic_ref(slot[i]).store(words[i], std::memory_order_release);
    head_.store(at + 1, std::memory_order_release);
  }

  /// Records written so far.
  std::uint64_t head() const noexcept { return head_.load(std::memory_order_acquire); }
  std::size_t capacity() const noexcept { return mask_ + 1; }

  /// Appends to `out` what there is from record `from` on. Returns the number of the first record
  /// given out: above `from`, the ones between were overwritten.
  std::uint64_t read(std::uint64_t from, std::vector<trace_record>& out) const {
    const std::uint64_t end = head();
    const std::uint64_t oldest = end > capacity() ? end - capacity() : 0;
    const std::uint64_t begin = std::max(from, oldest);
    const std::size_t before = out.size();
    for (std::uint64_t i = begin; i < end; ++i) {
      std::array<std::uint64_t, 4> words;
      std::uint64_t* slot = slot_of(i);
      for (std::size_t w = 0; w < words.size(); ++w)
        words[w] = std::atomic_ref(slot[w]).load(std::memory_order_acquire);
      out.push_back(std::bit_cast<trace_record>(words));
    }
    const std::uint64_t now = head_.load(std::memory_order_relaxed);
    const std::uint64_t whole = now >= capacity() ? now - capacity() + 1 : 0;
    const std::uint64_t torn = std::min(end, std::max(begin, whole)) - begin;
    out.erase(out.begin() + static_cast<std::ptrdiff_t>(before),
              out.begin() + static_cast<std::ptrdiff_t>(before + torn));
    return begin + torn;
  }

  /// The slots as they lie in memory, for a crash handler that has no time for more.
  const std::byte* slots() const noexcept { return memory_.data(); }

private:
  std::uint64_t* slot_of(std::uint64_t record) const noexcept {
    return reinterpret_cast<std::uint64_t*>(memory_.data()) + (record & mask_) * 4;
  }

  reserved_memory memory_;
  std::uint64_t mask_;
  alignas(64) std::atomic<std::uint64_t> head_{0};
};

} // namespace tessera
