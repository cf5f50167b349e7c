// Writes many files and makes them durable in one go, for the time that the slowest takes.
//
// Always true: after write() returns, with or without an error, no byte of the requests is in
// flight. A write or sync that failed is not tried again. Every write of a file comes before its
// sync.
#pragma once

#include "core/error.hpp"
#include "persistence/file_system.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace tessera {

struct write_request {
  file* target = nullptr;
  std::uint64_t offset = 0;
  std::span<const std::byte> bytes;
  std::string_view path; ///< for messages
};

/// One thread at a time.
class batch_writer {
public:
  virtual ~batch_writer() = default;
  /// Requests of one file lie next to each other. With `sync` each file is synced once, after its
  /// writes. On an error anything may have been written; the first one found is returned.
  virtual result<void> write(std::span<const write_request> requests, bool sync) = 0;
  /// "io_uring" or "pwrite", for reports.
  virtual std::string_view name() const = 0;
};

/// io_uring (and threads, for few files) where it is allowed and the kernel lets us, else one call
/// after the other.
std::unique_ptr<batch_writer> make_batch_writer(bool allow_io_uring);

} // namespace tessera
