// The raw device for bench/persistence_bench.cpp: what a journal is measured against, in the same
// directory, in the same program.
//
// Always true: a raw file holds zeros that are durable before its first commit, so that a commit
// changes nothing but bytes; a commit is durable when it returns. Whatever fails ends the program.
#pragma once

#include "bench/measuring.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <liburing.h>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tessera::bench {

[[noreturn]] inline void die_of(const std::string& what, int number = errno) {
  die(what + ": " + std::system_category().message(number));
}

/// Type and device of the file system that a directory is on, as /proc names them.
struct mounted_on {
  std::string type = "unknown";
  std::string device = "unknown";
  bool in_memory() const { return type == "tmpfs" || type == "ramfs"; }
};

inline mounted_on mount_of(const std::string& directory) {
  struct stat about {};
  if (::stat(directory.c_str(), &about) != 0)
    die_of(directory);
  const std::string number =
    std::to_string(major(about.st_dev)) + ":" + std::to_string(minor(about.st_dev));
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string id, parent, found;
    words >> id >> parent >> found;
    const auto behind = line.find(" - ");
    if (found != number || behind == std::string::npos)
      continue;
    mounted_on mount;
    std::istringstream(line.substr(behind + 3)) >> mount.type >> mount.device;
    return mount;
  }
  return {};
}

/// A new directory, gone with this.
class scratch_directory {
public:
  explicit scratch_directory(const std::string& inside)
    : path_(inside + "/persistence_bench.XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr)
      die_of(path_);
  }
  ~scratch_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
  std::string path_;
};

/// A file of zeros, filled from its first byte on; at the end it begins again.
class zeroed_file {
public:
  zeroed_file(const std::string& path, std::size_t bytes) : path_(path), bytes_(bytes) {
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor_ < 0)
      die_of(path);
    const std::vector<std::byte> zeros(std::min(bytes, std::size_t{1} << 20));
    for (std::size_t at = 0; at < bytes; at += zeros.size())
      write(at, std::span(zeros).first(std::min(zeros.size(), bytes - at)));
    if (::fsync(descriptor_) != 0)
      die_of(path);
  }
  zeroed_file(zeroed_file&& from) noexcept
    : path_(std::move(from.path_)), bytes_(from.bytes_), next_(from.next_),
      descriptor_(std::exchange(from.descriptor_, -1)) {}
  zeroed_file& operator=(zeroed_file&&) = delete;
  ~zeroed_file() {
    if (descriptor_ >= 0)
      ::close(descriptor_);
  }

  void commit(std::span<const std::byte> bytes) {
    write(advance(bytes.size()), bytes);
    if (::fdatasync(descriptor_) != 0)
      die_of(path_);
  }

  /// Where the next bytes go.
  std::size_t advance(std::size_t bytes) {
    const std::size_t at = next_ + bytes <= bytes_ ? next_ : 0;
    next_ = at + bytes;
    return at;
  }
  int descriptor() const { return descriptor_; }

private:
  void write(std::size_t offset, std::span<const std::byte> bytes) {
    if (::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset)) !=
        static_cast<ssize_t>(bytes.size()))
      die_of(path_);
  }

  std::string path_;
  std::size_t bytes_;
  std::size_t next_ = 0;
  int descriptor_ = -1;
};

/// Commits to many files at once: of each a write, and a sync linked to it.
class raw_ring {
public:
  explicit raw_ring(unsigned files) {
    if (const int value = ::io_uring_queue_init(2 * files, &ring_, 0); value < 0)
      die_of("io_uring_queue_init", -value);
  }
  ~raw_ring() { ::io_uring_queue_exit(&ring_); }
  raw_ring(const raw_ring&) = delete;
  raw_ring& operator=(const raw_ring&) = delete;

  void commit(std::span<zeroed_file> files, std::span<const std::byte> bytes) {
    for (zeroed_file& file : files) {
      io_uring_sqe* entry = ::io_uring_get_sqe(&ring_);
      ::io_uring_prep_write(entry, file.descriptor(), bytes.data(),
                            static_cast<unsigned>(bytes.size()), file.advance(bytes.size()));
      entry->flags |= IOSQE_IO_LINK;
      ::io_uring_prep_fsync(::io_uring_get_sqe(&ring_), file.descriptor(), IORING_FSYNC_DATASYNC);
    }
    const auto operations = static_cast<unsigned>(2 * files.size());
    if (const int value = ::io_uring_submit_and_wait(&ring_, operations); value < 0)
      die_of("io_uring_submit_and_wait", -value);
    for (unsigned done = 0; done < operations; ++done) {
      io_uring_cqe* completion = nullptr;
      if (const int value = ::io_uring_wait_cqe(&ring_, &completion); value < 0)
        die_of("io_uring_wait_cqe", -value);
      if (completion->res < 0)
        die_of("write or fdatasync through io_uring", -completion->res);
      ::io_uring_cqe_seen(&ring_, completion);
    }
  }

private:
  io_uring ring_{};
};

/// A new file with all of `parts`, durable; its name is not.
inline void write_new_file(const std::string& path,
                           std::span<const std::span<const std::byte>> parts) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor < 0)
    die_of(path);
  for (const auto part : parts)
    if (::write(descriptor, part.data(), part.size()) != static_cast<ssize_t>(part.size()))
      die_of(path);
  if (::fdatasync(descriptor) != 0)
    die_of(path);
  ::close(descriptor);
}

} // namespace tessera::bench
