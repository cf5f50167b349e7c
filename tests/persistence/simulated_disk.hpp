// A disk in memory that loses, tears, reorders and damages whatever the contract of file_system.hpp
// lets a disk lose, from a seed, so that every failure can be run again.
//
// Always true: bytes that were synced without error, and names whose directory was, survive
// crash(); anything else may or may not, sector by sector of 512 bytes and name by name, each on
// its own.
#pragma once

#include "persistence/file_system.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace tessera {

class simulated_disk final : public file_system {
public:
  static constexpr std::size_t sector_bytes = 512;

  /// Has the root directory "" and every directory that is made; paths are "a/b".
  explicit simulated_disk(std::uint64_t seed) : random_(seed) {}

  result<std::unique_ptr<file>> open(const std::string& path, mode how) override;
  result<void> rename(const std::string& from, const std::string& to) override;
  result<void> remove(const std::string& path) override;
  result<void> make_directory(const std::string& path) override;
  result<void> remove_directory(const std::string& path) override;
  result<std::vector<directory_entry>> list(const std::string& path) override;
  result<void> sync_directory(const std::string& path) override;
  result<std::uint64_t> free_bytes(const std::string& path) override;

  /// Power loss: files and names are then what the disk held. Files that were open are dead. Faults
  /// that were asked for are off.
  void crash();

  /// Calls of the file system and its files so far, failed ones included.
  std::uint64_t calls() const { return calls_; }
  /// The `count` calls from the `k`-th from now on (0: the next) fail. A write that fails may have
  /// written a part; a sync that fails may lose for good what was not synced, though it can be
  /// read.
  void fail_calls(std::uint64_t k, error_code code,
                  std::uint64_t count = std::numeric_limits<std::uint64_t>::max());
  void heal() { fail_count_ = 0; }
  /// Files that would take more than so many bytes together do not grow: error_code::disk_full. What is in
  /// them already can be written over.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  /// Of all files that have a name.
  std::uint64_t used_bytes() const;
  /// Whether a call was made to fail since fail_calls().
  bool failed() const { return failed_; }

  /// Looking at and damaging the disk behind everybody's back. No call counts; what was set is
  /// durable.
  bool contains(const std::string& path) const { return names_.contains(path); }
  /// Another disk with the same files and directories, all of it durable.
  std::unique_ptr<simulated_disk> copy(std::uint64_t seed) const;
  std::vector<std::byte> contents(const std::string& path) const;
  void set_contents(const std::string& path, std::vector<std::byte> bytes);
  void flip_bit(const std::string& path, std::uint64_t bit);
  void forget(const std::string& path);
  /// Of all files, sorted.
  std::vector<std::string> files() const;

private:
  struct change { ///< not synced yet
    std::uint64_t offset = 0;
    std::vector<std::byte> bytes;
    bool resize = false; ///< to `offset`
  };
  struct inode {
    std::vector<std::byte> seen;
    std::vector<std::byte> durable;
    std::vector<change> pending;
    bool dead = false;
  };
  struct name_change {
    std::string directory; ///< whose sync makes it durable
    std::string removed;   ///< a name that goes, if not empty
    std::string added;     ///< a name that comes, if not empty
    std::shared_ptr<inode> what;
    bool is_directory = false;
  };
  using name_table = std::map<std::string, std::shared_ptr<inode>>; ///< no inode: a directory
  class open_file;

  static std::string parent_of(const std::string& path);
  static void apply(std::vector<std::byte>& bytes, const change& what);
  static void apply(name_table& names, const name_change& what);
  /// Counts a call; the error if it is to fail.
  result<void> call(const char* name, const std::string& path);
  /// Whether a file may grow by so much; the error if not.
  result<void> room_for(std::uint64_t more, const std::string& path);
  bool chance(double p) { return std::bernoulli_distribution(p)(random_); }
  void crash_file(inode& what, double kept);
  void crash_names(double kept);
  void change_names(name_change what);

  std::mt19937_64 random_;
  name_table names_;
  name_table durable_names_;
  std::vector<name_change> pending_names_;
  std::vector<std::weak_ptr<inode>> inodes_;
  std::uint64_t calls_ = 0;
  std::uint64_t fail_from_ = 0;
  std::uint64_t fail_count_ = 0;
  error_code fail_code_ = error_code::io_failure;
  bool failed_ = false;
  std::uint64_t capacity_ = std::numeric_limits<std::uint64_t>::max();
  mutable std::recursive_mutex mutex_;
};

} // namespace tessera
