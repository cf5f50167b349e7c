// How many workers have nothing to do: what bounds the threads a hot shard may take inside its tick.
// The only thing that shard actors share that changes; it steers threads, never results.
//
// Invariants: `busy_` is the number of shards inside a step; it is only ever a hint by the time it is
// read, so reads and writes are relaxed.
#pragma once

#include "core/executor.hpp"

#include <atomic>
#include <memory>

namespace tessera {

class worker_pool {
public:
  worker_pool(unsigned workers, std::unique_ptr<executor> inside, double handoff_ns)
    : workers_(workers), inside_(std::move(inside)), handoff_ns_(handoff_ns) {}

  /// Marks one worker busy for as long as it lives.
  class busy_worker {
  public:
    explicit busy_worker(worker_pool& pool) : pool_(pool) {
      pool_.busy_.fetch_add(1, std::memory_order_relaxed);
    }
    ~busy_worker() { pool_.busy_.fetch_sub(1, std::memory_order_relaxed); }
    busy_worker(const busy_worker&) = delete;
    busy_worker& operator=(const busy_worker&) = delete;

  private:
    worker_pool& pool_;
  };

  /// Threads that a shard in its step may use, its own included.
  unsigned threads_for_one_shard() const {
    unsigned busy = busy_.load(std::memory_order_relaxed);
    return busy >= workers_ ? 1 : workers_ - busy + 1;
  }

  unsigned workers() const { return workers_; }
  executor* inside() const { return inside_.get(); } ///< null: shards stay on one thread
  double handoff_ns() const { return handoff_ns_; }

private:
  unsigned workers_;
  std::unique_ptr<executor> inside_;
  double handoff_ns_;
  std::atomic<unsigned> busy_{0};
};

} // namespace tessera
