// Linux mmap behind reserved_memory; see the header for what holds.
#include "core/reserved_memory.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 // Linux 5.14; older kernels answer EINVAL
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 // Linux 6.1; older kernels answer EINVAL
#endif

namespace tessera {
namespace {

struct whole_units {
  std::byte* begin;
  std::size_t bytes;
};

/// The units of `unit` bytes that lie wholly inside [from, from + bytes).
whole_units units_inside(std::byte* from, std::size_t bytes, std::size_t unit) {
  auto first = round_up(reinterpret_cast<std::uintptr_t>(from), unit);
  auto last = (reinterpret_cast<std::uintptr_t>(from) + bytes) / unit * unit;
  return {reinterpret_cast<std::byte*>(first), last > first ? last - first : 0};
}

} // namespace

reserved_memory::reserved_memory(std::size_t bytes) {
  if (bytes == 0)
    return;
  size_ = round_up(bytes, small_page_bytes);
  void* mapped = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(),
                            "cannot reserve " + std::to_string(size_) + " bytes of address space");
  data_ = static_cast<std::byte*>(mapped);
}

reserved_memory::reserved_memory(reserved_memory&& other) noexcept
  : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

reserved_memory& reserved_memory::operator=(reserved_memory&& other) noexcept {
  if (this != &other) {
    release();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

void reserved_memory::release() noexcept {
  if (data_ != nullptr)
    ::munmap(data_, size_);
  data_ = nullptr;
  size_ = 0;
}

void reserved_memory::advise_huge(std::size_t offset, std::size_t bytes) noexcept {
  auto range = units_inside(data_ + offset, bytes, huge_page_bytes);
  if (range.bytes != 0)
    (void)::madvise(range.begin, range.bytes, MADV_HUGEPAGE);
}

void reserved_memory::collapse(std::size_t offset, std::size_t bytes) noexcept {
  auto range = units_inside(data_ + offset, bytes, huge_page_bytes);
  if (range.bytes != 0)
    (void)::madvise(range.begin, range.bytes, MADV_COLLAPSE);
}

void reserved_memory::prepare(std::size_t offset, std::size_t bytes) noexcept {
  advise_huge(offset, bytes);
  auto first = offset / small_page_bytes * small_page_bytes;
  auto last = round_up(offset + bytes, small_page_bytes);
  if (last > first)
    (void)::madvise(data_ + first, last - first, MADV_POPULATE_WRITE);
}

void reserved_memory::discard(std::size_t offset, std::size_t bytes) noexcept {
  auto range = units_inside(data_ + offset, bytes, small_page_bytes);
  if (range.bytes != 0)
    (void)::madvise(range.begin, range.bytes, MADV_DONTNEED);
}

std::size_t reserved_memory::resident_bytes() const {
  constexpr std::size_t batch_pages = 1 << 20;
  std::vector<unsigned char> in_memory(batch_pages);
  std::size_t resident = 0;
  for (std::size_t at = 0; at < size_; at += batch_pages * small_page_bytes) {
    auto bytes = std::min(size_ - at, batch_pages * small_page_bytes);
    if (::mincore(data_ + at, bytes, in_memory.data()) != 0)
      throw std::system_error(errno, std::generic_category(), "mincore");
    for (std::size_t page = 0; page < bytes / small_page_bytes; ++page)
      resident += (in_memory[page] & 1) * small_page_bytes;
  }
  return resident;
}

} // namespace tessera
