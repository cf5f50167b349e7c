// What persistence asks of a file system, and nothing more: so that tests can put a disk under it that
// loses, tears and delays whatever was not synced.
//
// What may be relied on after a crash: bytes of a file for which sync() returned fine; names in a
// directory for which sync_directory() returned fine; nothing else. A failed write or sync says nothing
// about what is on the disk: it is never retried, the caller gives the file up.
//
// Errors: error_code::disk_full for ENOSPC, EDQUOT and EFBIG, not_there for ENOENT, io_failure otherwise; the
// message names the path, the call and the system's reason. Threads: a file is used by one thread at a time; different files
// and the file system by any.
#pragma once

#include "core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tessera {

class file {
public:
  virtual ~file() = default;
  /// Writes all of `bytes` at `offset`; the file grows as needed.
  virtual result<void> write(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
  /// Reads up to `out.size()` bytes; returns how many there were. Fewer only at the end of the file.
  virtual result<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) = 0;
  virtual result<std::uint64_t> size() = 0;
  /// Makes what was written durable, and the size.
  virtual result<void> sync() = 0;
  /// Cuts off or extends with zeros.
  virtual result<void> resize(std::uint64_t bytes) = 0;
  /// Of the operating system, for io_uring; -1 when there is none (a simulated disk).
  virtual int descriptor() const { return -1; }
};

struct directory_entry {
  std::string name;
  bool is_directory = false;
};

class file_system {
public:
  virtual ~file_system() = default;
  enum class mode { read, write, create_new };
  /// write: an existing file, for reading too. create_new: fails when the name is taken.
  virtual result<std::unique_ptr<file>> open(const std::string& path, mode how) = 0;
  /// Replaces `to` if it is there, in one step.
  virtual result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual result<void> remove(const std::string& path) = 0;
  /// Fine if it is there already. The parent must be there.
  virtual result<void> make_directory(const std::string& path) = 0;
  virtual result<void> remove_directory(const std::string& path) = 0;
  /// Sorted by name.
  virtual result<std::vector<directory_entry>> list(const std::string& path) = 0;
  virtual result<void> sync_directory(const std::string& path) = 0;
  /// Bytes that can still be written.
  virtual result<std::uint64_t> free_bytes(const std::string& path) = 0;
};

/// The machine's own. Lives as long as the program.
file_system& posix_files();

/// A whole file, which must not be larger than `most` bytes.
result<std::vector<std::byte>> read_file(file_system& fs, const std::string& path,
                                         std::uint64_t most);

/// Writes `path` so that after a crash it holds either what it held before or all of `bytes`: a
/// temporary file beside it, sync, rename, sync of the directory.
result<void> replace_file(file_system& fs, const std::string& path,
                          std::span<const std::byte> bytes);

} // namespace tessera
