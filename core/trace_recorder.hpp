// Records what actors do, at a cost that can be left on: one per world.
//
// Always true:
// - recording takes no lock and allocates nothing, but for a thread's first record, which makes its
//   ring, and a name's first use, which interns it;
// - while it is disarmed a record costs one load and a branch (`if (recorder.armed())`, at the caller);
// - it is armed while anybody holds it armed: each arm() has its disarm();
// - what is recorded never reaches the state of a world.
//
// Thread: every function may be called from any thread.
#pragma once

#include "core/trace_ring.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tessera {

/// A pair of readings that relates trace_clock() to time.
struct trace_time {
  std::uint64_t clock = 0;     ///< trace_clock()
  std::uint64_t steady_ns = 0; ///< std::chrono::steady_clock
};
trace_time trace_time_now();

class trace_recorder {
public:
  /// Each thread that records has a ring of so many records, a power of two, 32 bytes each.
  explicit trace_recorder(std::size_t ring_records = std::size_t{1} << 17);
  ~trace_recorder();
  trace_recorder(const trace_recorder&) = delete;
  trace_recorder& operator=(const trace_recorder&) = delete;

  bool armed() const noexcept { return holders_.load(std::memory_order_relaxed) != 0; }
  void arm() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }
  void disarm() noexcept { holders_.fetch_sub(1, std::memory_order_relaxed); }

  /// Puts a record into this thread's ring. Called only while armed: the check is the caller's.
  void record(const trace_record& r) noexcept { ring_of_this_thread().write(r); }

  /// The number of a name; the same text has the same number. 0, "?", when there are 65,535 already.
  std::uint16_t name(std::string_view text);
  /// Says who an actor is. A number that is named again is somebody else from then on.
  void name_actor(std::uint32_t actor, std::string_view name);

  struct actor_name {
    std::uint32_t actor = no_trace_actor;
    std::string name;
  };
  /// Names from number `from` on, and actors from the `from`-th naming on.
  std::vector<std::string> names(std::size_t from = 0) const;
  std::vector<actor_name> actors(std::size_t from = 0) const;

  /// Rings there are by now; they stay where they are. The n-th thread that recorded has the n-th.
  std::vector<const trace_ring*> rings() const;
  /// The kernel's id of the thread that has the n-th ring.
  std::int64_t thread_of(std::size_t ring) const;

private:
  trace_ring& ring_of_this_thread() noexcept {
    return last_used_.recorder == serial_ ? *last_used_.ring : find_ring();
  }
  /// Where there is no address space left for a ring, the process ends.
  trace_ring& find_ring() noexcept;

  struct used {
    std::uint64_t recorder = 0;
    trace_ring* ring = nullptr;
  };
  static thread_local constinit used last_used_;

  std::uint64_t serial_; ///< unique in the process, never 0: what last_used_ is compared with
  std::size_t ring_records_;
  std::atomic<std::uint32_t> holders_{0}; ///< who armed it and has not disarmed it
  mutable std::mutex mutex_;              ///< of all below
  std::unordered_map<std::uint64_t, trace_ring*> ring_of_thread_;
  std::vector<std::unique_ptr<trace_ring>> rings_;
  std::vector<std::int64_t> threads_; ///< by ring
  std::unordered_map<std::string, std::uint16_t> numbers_;
  std::vector<std::string> names_{"?"};
  std::vector<actor_name> actors_;
};

/// Holds a recorder armed, which outlives it, for its own lifetime.
class trace_hold {
public:
  explicit trace_hold(trace_recorder& of) noexcept : of_(&of) { of_->arm(); }
  ~trace_hold() { of_->disarm(); }
  trace_hold(const trace_hold&) = delete;
  trace_hold& operator=(const trace_hold&) = delete;

private:
  trace_recorder* of_;
};

/// Where spans of one actor's tick go; null recorder: nowhere.
struct trace_place {
  trace_recorder* to = nullptr;
  std::uint32_t actor = no_trace_actor;
  std::uint32_t tick = no_trace_tick;
};

/// Records the time from its making to its end as a span.
class trace_span {
public:
  trace_span(const trace_place& at, std::uint16_t name) noexcept
    : at_(at), name_(name), begin_(at.to != nullptr && at.to->armed() ? trace_clock() : 0) {}
  ~trace_span() {
    if (begin_ != 0)
      at_.to->record({begin_, trace_clock() - begin_, at_.actor, no_trace_actor, at_.tick,
                      trace_kind::span, name_});
  }
  trace_span(const trace_span&) = delete;
  trace_span& operator=(const trace_span&) = delete;

private:
  trace_place at_;
  std::uint16_t name_;
  std::uint64_t begin_;
};

} // namespace tessera
