#include "core/executor.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

namespace tessera {

namespace {

class inline_executor final : public executor {
public:
  void for_each(std::size_t count, unsigned, index_function body) override {
    for (std::size_t i = 0; i < count; ++i)
      body(i);
  }
  unsigned concurrency() const override { return 1; }
};

/// One batch of work; lives on the caller's stack while its workers run.
struct batch {
  explicit batch(index_function b, std::size_t n) : body(b), count(n) {}

  void work() {
    for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      try {
        body(i);
      } catch (...) {
        std::lock_guard guard{mutex};
        if (i < failed_index) {
          failed_index = i;
          failure = std::current_exception();
        }
      }
    }
  }

  index_function body;
  std::size_t count;
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::size_t failed_index = std::numeric_limits<std::size_t>::max();
  std::exception_ptr failure;
};

/// Invariants: `current_` is non-null only while the thread that set it is inside for_each; `helpers_`
/// counts the pool threads inside current_->work(); both change under `mutex_` only.
class thread_executor final : public executor {
public:
  explicit thread_executor(unsigned threads) {
    for (unsigned i = 1; i < threads; ++i)
      threads_.emplace_back([this] { serve(); });
  }

  ~thread_executor() override {
    {
      std::lock_guard guard{mutex_};
      stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_)
      thread.join();
  }

  void for_each(std::size_t count, unsigned workers, index_function body) override {
    batch work{body, count};
    bool shared = workers > 1 && count > 1 && offer(work, workers - 1);
    work.work();
    if (shared)
      withdraw();
    if (work.failure)
      std::rethrow_exception(work.failure);
  }

  unsigned concurrency() const override { return static_cast<unsigned>(threads_.size()) + 1; }

private:
  bool offer(batch& work, unsigned helpers) {
    {
      std::lock_guard guard{mutex_};
      if (current_ != nullptr || threads_.empty())
        return false;
      current_ = &work;
      places_ = helpers;
    }
    wake_.notify_all();
    return true;
  }

  void withdraw() {
    std::unique_lock lock{mutex_};
    places_ = 0;
    done_.wait(lock, [this] { return helpers_ == 0; });
    current_ = nullptr;
  }

  void serve() {
    std::unique_lock lock{mutex_};
    for (;;) {
      wake_.wait(lock, [this] { return stopping_ || (current_ != nullptr && places_ > 0); });
      if (stopping_)
        return;
      --places_;
      ++helpers_;
      batch* work = current_;
      lock.unlock();
      work->work();
      lock.lock();
      if (--helpers_ == 0)
        done_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  batch* current_ = nullptr;
  unsigned places_ = 0;
  unsigned helpers_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

} // namespace

std::unique_ptr<executor> make_inline_executor() {
  return std::make_unique<inline_executor>();
}

std::unique_ptr<executor> make_thread_executor(unsigned threads) {
  return std::make_unique<thread_executor>(threads);
}

double measure_handoff_ns(executor& e) {
  if (e.concurrency() < 2)
    return std::numeric_limits<double>::infinity();
  using clock = std::chrono::steady_clock;
  std::array<double, 9> tries{};
  for (double& ns : tries) {
    std::atomic<int> arrived{0};
    auto body = [&](std::size_t) {
      // Both jobs wait for each other, for at most 200 us: the pair takes as long as the hand-off.
      arrived.fetch_add(1);
      auto limit = clock::now() + std::chrono::microseconds{200};
      while (arrived.load() < 2 && clock::now() < limit) {
      }
    };
    auto begin = clock::now();
    e.for_each(2, 2, body);
    ns = std::chrono::duration<double, std::nano>(clock::now() - begin).count();
  }
  std::sort(tries.begin(), tries.end());
  return tries[tries.size() / 2];
}

} // namespace tessera
