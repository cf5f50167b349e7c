// Address space that is reserved at once and costs memory only where it is touched. What always
// holds:
// - data() never changes while the object lives, and is 4096 B aligned;
// - a byte that was never written, or was discarded since, reads as 0;
// - one object is one mapping, so thousands of them stay far below vm.max_map_count (65530); only
//   huge pages split a mapping, and only ranges of 2 MiB and more get them.
#pragma once

#include <cstddef>

namespace tessera {

inline constexpr std::size_t small_page_bytes = 4096;
inline constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;

constexpr std::size_t round_up(std::size_t value, std::size_t unit) {
  return (value + unit - 1) / unit * unit;
}

/// Owns one anonymous private mapping, readable and writable, without reserved swap. Move-only.
/// Not thread-safe to move or discard; the bytes themselves are plain memory.
class reserved_memory {
public:
  reserved_memory() noexcept = default;
  /// Reserves at least `bytes`. 0 maps nothing. Throws std::system_error (out of address space, a
  /// limit of the process, or vm.overcommit_memory = 2) that names the size.
  explicit reserved_memory(std::size_t bytes);
  ~reserved_memory() { release(); }
  reserved_memory(reserved_memory&& other) noexcept;
  reserved_memory& operator=(reserved_memory&& other) noexcept;
  reserved_memory(const reserved_memory&) = delete;
  reserved_memory& operator=(const reserved_memory&) = delete;

  std::byte* data() const noexcept { return data_; }
  /// Reserved bytes, a multiple of small_page_bytes.
  std::size_t size() const noexcept { return size_; }

  /// Asks for 2 MiB pages in those whole 2 MiB units that lie inside [offset, offset + bytes).
  /// Advice: a kernel without them ignores it.
  void advise_huge(std::size_t offset, std::size_t bytes) noexcept;
  /// Turns the whole 2 MiB units inside [offset, offset + bytes), touched before in small pages,
  /// into huge ones at once (Linux 6.1; no effect elsewhere). Contents do not change.
  void collapse(std::size_t offset, std::size_t bytes) noexcept;
  /// Commits [offset, offset + bytes) in a few system calls instead of one page fault per page:
  /// huge pages where whole units fit, so that no more is committed than asked for. Contents do not
  /// change.
  void prepare(std::size_t offset, std::size_t bytes) noexcept;
  /// Gives the memory of the whole pages inside [offset, offset + bytes) back; they read as 0
  /// again.
  void discard(std::size_t offset, std::size_t bytes) noexcept;
  /// Bytes of this mapping that are in memory now, asked of the kernel: slow, for tests and
  /// reports.
  std::size_t resident_bytes() const;

private:
  void release() noexcept;

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

} // namespace tessera
