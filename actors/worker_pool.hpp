// How many workers have nothing to do, which bounds the threads a hot shard may take inside its tick;
// and on which processor each worker stays. The only thing that shard actors share that changes; it
// steers threads, never results.
//
// Invariants: `busy_` is the number of shards inside a step; it is only ever a hint by the time it is
// read, so reads and writes are relaxed. `settled_` counts threads that were given a processor; each
// takes its own number once.
#pragma once

#include "core/executor.hpp"

#include <atomic>
#include <memory>
#include <sched.h>

namespace tessera {

class worker_pool {
public:
  worker_pool(unsigned workers, std::unique_ptr<executor> inside, double handoff_ns)
    : workers_(workers), inside_(std::move(inside)), handoff_ns_(handoff_ns) {
    CPU_ZERO(&allowed_);
    if (sched_getaffinity(0, sizeof allowed_, &allowed_) != 0)
      CPU_ZERO(&allowed_);
  }

  /// Keeps the calling worker on a processor of its own, when the pool has a worker for each that the
  /// process may use. A worker that is woken beside the one that woke it would otherwise wait for
  /// it, with the next processor idle: the kernel takes milliseconds to see that. With fewer
  /// workers the kernel chooses, since other worlds may run on the same processors.
  void settle_thread() {
    thread_local const worker_pool* settled = nullptr;
    if (settled == this)
      return;
    settled = this;
    if (workers_ < 2 || static_cast<int>(workers_) != CPU_COUNT(&allowed_))
      return;
    unsigned skip = settled_.fetch_add(1, std::memory_order_relaxed) % workers_;
    std::size_t cpu = 0;
    while (!CPU_ISSET(cpu, &allowed_) || skip-- != 0)
      ++cpu;
    cpu_set_t own;
    CPU_ZERO(&own);
    CPU_SET(cpu, &own);
    sched_setaffinity(0, sizeof own, &own); // where it is forbidden the kernel chooses, as before
  }

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
  cpu_set_t allowed_; ///< processors that the process may use; empty: not known
  std::atomic<unsigned> settled_{0};
};

} // namespace tessera
