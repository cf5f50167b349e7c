// Syncs a few files at once, on threads that do nothing else: io_uring starts its own too slowly to
// gain anything by them where there are few (bench/persistence_bench.cpp).
//
// Always true: when sync() returns, every sync that it began has ended; a thread is started when it
// is first needed and lives as long as the object.
#pragma once

#include "core/error.hpp"
#include "persistence/file_system.hpp"

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <semaphore>
#include <span>
#include <thread>
#include <vector>

namespace tessera {

/// One thread at a time.
class sync_helpers {
public:
  /// Files that are synced at the same time at most, one of them by the calling thread.
  static constexpr std::size_t at_once = 8;

  sync_helpers() = default;
  ~sync_helpers();
  sync_helpers(const sync_helpers&) = delete;
  sync_helpers& operator=(const sync_helpers&) = delete;

  /// Different files, at least one. The first error found; the other files are synced all the same.
  result<void> sync(std::span<file* const> files);

private:
  void work();
  void take_files();

  std::span<file* const> files_; ///< of the call that is under way
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::optional<error> failure_; ///< guarded by mutex_
  std::counting_semaphore<> begun_{0};
  std::counting_semaphore<> ended_{0};
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

} // namespace tessera
