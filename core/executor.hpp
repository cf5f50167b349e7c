// Parallel work inside one shard's tick, behind one small interface: TBB in the engine, plain threads
// under ThreadSanitizer, in line everywhere else. The caller takes part in the work and returns when all
// of it is done; which thread ran which index never reaches the state.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace tessera {

/// Non-owning reference to a callable `void(std::size_t)`; valid while the callable lives.
class index_function {
public:
  /// Not for itself: a copy refers to the callable, not to the original, which may be gone sooner.
  template <class F>
  requires(!std::is_same_v<std::remove_const_t<F>, index_function>)
    index_function(F& f) // NOLINT(google-explicit-constructor)
    : object_(const_cast<void*>(static_cast<const void*>(&f))),
      call_([](void* object, std::size_t i) { (*static_cast<F*>(object))(i); }) {}
  void operator()(std::size_t i) const { call_(object_, i); }

private:
  void* object_;
  void (*call_)(void*, std::size_t);
};

class executor {
public:
  virtual ~executor() = default;

  /// Runs body(0) ... body(count - 1) on at most `workers` threads, the caller's included. If bodies
  /// throw, the exception of the smallest index is rethrown after all others have ended.
  virtual void for_each(std::size_t count, unsigned workers, index_function body) = 0;

  /// Most threads that for_each can use.
  virtual unsigned concurrency() const = 0;
};

/// Runs everything on the calling thread.
std::unique_ptr<executor> make_inline_executor();

/// Plain threads; idle ones wait on a condition variable. One for_each at a time; a second caller runs
/// its work in line.
std::unique_ptr<executor> make_thread_executor(unsigned threads);

/// A TBB arena of at most `threads`; several shards may call at once.
std::unique_ptr<executor> make_tbb_executor(unsigned threads);

/// Nanoseconds that handing one small job to a second thread and waiting for it costs on this machine
/// now: the median of several tries. Work shorter than this is never worth handing out.
double measure_handoff_ns(executor& e);

} // namespace tessera
