#include "core/trace_recorder.hpp"

#include <limits>
#include <unistd.h>

namespace tessera {

namespace {

/// Never reused, unlike addresses and the system's thread ids.
std::uint64_t next_number(std::atomic<std::uint64_t>& counter) {
  return counter.fetch_add(1, std::memory_order_relaxed) + 1;
}

std::uint64_t this_thread() {
  static std::atomic<std::uint64_t> threads{0};
  thread_local const std::uint64_t number = next_number(threads);
  return number;
}

std::uint64_t new_serial() {
  static std::atomic<std::uint64_t> recorders{0};
  return next_number(recorders);
}

} // namespace

trace_time trace_time_now() {
  auto steady = [] {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
  };
  // A thread that is moved between the two readings would lie: of several pairs the closest counts.
  trace_time best;
  std::uint64_t closest = std::numeric_limits<std::uint64_t>::max();
  for (int i = 0; i < 8; ++i) {
    const std::uint64_t before = trace_clock();
    const std::uint64_t ns = steady();
    const std::uint64_t after = trace_clock();
    if (after - before < closest) {
      closest = after - before;
      best = {before + (after - before) / 2, ns};
    }
  }
  return best;
}

thread_local constinit trace_recorder::used trace_recorder::last_used_;

trace_recorder::trace_recorder(std::size_t ring_records)
  : serial_(new_serial()), ring_records_(ring_records) {}

trace_recorder::~trace_recorder() = default;

trace_ring& trace_recorder::find_ring() noexcept {
  const std::lock_guard held{mutex_};
  trace_ring*& mine = ring_of_thread_[this_thread()];
  if (mine == nullptr) {
    mine = rings_.emplace_back(std::make_unique<trace_ring>(ring_records_)).get();
    threads_.push_back(gettid());
  }
  last_used_ = {serial_, mine};
  return *mine;
}

std::uint16_t trace_recorder::name(std::string_view text) {
  const std::lock_guard held{mutex_};
  const std::string key{text};
  if (auto known = numbers_.find(key); known != numbers_.end())
    return known->second;
  if (names_.size() > std::numeric_limits<std::uint16_t>::max())
    return 0;
  const auto number = static_cast<std::uint16_t>(names_.size());
  names_.push_back(key);
  numbers_.emplace(key, number);
  return number;
}

void trace_recorder::name_actor(std::uint32_t actor, std::string_view name) {
  const std::lock_guard held{mutex_};
  actors_.push_back({actor, std::string{name}});
}

std::vector<std::string> trace_recorder::names(std::size_t from) const {
  const std::lock_guard held{mutex_};
  from = std::min(from, names_.size());
  return {names_.begin() + static_cast<std::ptrdiff_t>(from), names_.end()};
}

std::vector<trace_recorder::actor_name> trace_recorder::actors(std::size_t from) const {
  const std::lock_guard held{mutex_};
  from = std::min(from, actors_.size());
  return {actors_.begin() + static_cast<std::ptrdiff_t>(from), actors_.end()};
}

std::vector<const trace_ring*> trace_recorder::rings() const {
  const std::lock_guard held{mutex_};
  std::vector<const trace_ring*> out;
  for (const auto& ring : rings_)
    out.push_back(ring.get());
  return out;
}

std::int64_t trace_recorder::thread_of(std::size_t ring) const {
  const std::lock_guard held{mutex_};
  return threads_.at(ring);
}

} // namespace tessera
