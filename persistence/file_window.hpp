// A file seen through a buffer that moves along it, so that a scan copies no byte twice and stays
// in the processor's cache.
//
// Always true: at() never gives bytes past the file's end, which is that at construction; the
// buffer holds at least what was asked for last.
#pragma once

#include "core/error.hpp"
#include "persistence/file_system.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>

namespace tessera {

/// One thread at a time.
class file_window {
public:
  /// `chunk` is how much is read at once, at least.
  file_window(file& source, std::uint64_t file_bytes, std::size_t chunk)
    : source_(source), file_bytes_(file_bytes), chunk_(chunk) {}

  std::uint64_t file_bytes() const { return file_bytes_; }

  /// At least `least` bytes from `offset` on, and all that is buffered behind them; fewer only at
  /// the end of the file. Valid until the next call. Empty after an error, which error() then has.
  std::span<const std::byte> at(std::uint64_t offset, std::size_t least) {
    if (offset >= file_bytes_ || failure_)
      return {};
    least = static_cast<std::size_t>(std::min<std::uint64_t>(least, file_bytes_ - offset));
    if (offset < begin_ || offset + least > begin_ + filled_)
      move_to(offset, least);
    if (failure_)
      return {};
    const auto skip = static_cast<std::size_t>(offset - begin_);
    return std::span<const std::byte>(buffer_.get(), filled_).subspan(std::min(skip, filled_));
  }

  const std::optional<error>& failure() const { return failure_; }
  /// The buffer, to be kept; the window is of no use afterwards.
  std::unique_ptr<std::byte[]> release() { return std::move(buffer_); }

private:
  void move_to(std::uint64_t offset, std::size_t least) {
    const std::uint64_t ahead = std::max<std::uint64_t>(least, chunk_);
    const auto wanted = static_cast<std::size_t>(std::min(ahead, file_bytes_ - offset));
    std::size_t kept = 0;
    if (offset >= begin_ && offset < begin_ + filled_)
      kept = static_cast<std::size_t>(begin_ + filled_ - offset);
    if (wanted > capacity_) {
      auto larger = std::make_unique_for_overwrite<std::byte[]>(wanted);
      if (kept > 0)
        std::memcpy(larger.get(), buffer_.get() + (filled_ - kept), kept);
      buffer_ = std::move(larger);
      capacity_ = wanted;
    } else if (kept > 0) {
      std::memmove(buffer_.get(), buffer_.get() + (filled_ - kept), kept);
    }
    begin_ = offset;
    filled_ = kept;
    const auto got = source_.read(offset + kept, std::span(buffer_.get() + kept, wanted - kept));
    if (!got) {
      failure_ = got.error();
      return;
    }
    filled_ += *got;
    if (*got < wanted - kept) // cut off behind our back: what is gone reads as the end
      file_bytes_ = begin_ + filled_;
  }

  file& source_;
  std::uint64_t file_bytes_;
  std::size_t chunk_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t capacity_ = 0;
  std::uint64_t begin_ = 0; ///< offset in the file of the buffer's first byte
  std::size_t filled_ = 0;
  std::optional<error> failure_;
};

} // namespace tessera
