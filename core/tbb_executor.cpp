// The only file that includes TBB: the packaged TBB is not built for ThreadSanitizer, so tests under it
// link the thread twin instead.
#include "core/executor.hpp"

#include <atomic>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <vector>

namespace tessera {

namespace {

class tbb_executor final : public executor {
public:
  explicit tbb_executor(unsigned threads) : threads_(threads) {
    for (unsigned i = 2; i <= threads; ++i)
      arenas_.push_back(std::make_unique<tbb::task_arena>(static_cast<int>(i), 1));
  }

  void for_each(std::size_t count, unsigned workers, index_function body) override {
    unsigned used = workers < threads_ ? workers : threads_;
    if (used < 2 || count < 2) {
      for (std::size_t i = 0; i < count; ++i)
        body(i);
      return;
    }
    std::mutex mutex;
    std::size_t failed_index = std::numeric_limits<std::size_t>::max();
    std::exception_ptr failure;
    arenas_[used - 2]->execute([&] {
      tbb::parallel_for(
        std::size_t{0}, count,
        [&](std::size_t i) {
          try {
            body(i);
          } catch (...) {
            std::lock_guard guard{mutex};
            if (i < failed_index) {
              failed_index = i;
              failure = std::current_exception();
            }
          }
        },
        tbb::simple_partitioner{});
    });
    if (failure)
      std::rethrow_exception(failure);
  }

  unsigned concurrency() const override { return threads_; }

private:
  unsigned threads_;
  // One arena per concurrency limit: an arena's limit is fixed when it is made.
  std::vector<std::unique_ptr<tbb::task_arena>> arenas_;
};

} // namespace

std::unique_ptr<executor> make_tbb_executor(unsigned threads) {
  return std::make_unique<tbb_executor>(threads < 1 ? 1 : threads);
}

} // namespace tessera
