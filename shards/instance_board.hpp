// Where shards put what they look like, for one onlooker, without a lock: neither side ever waits for the
// other.
//
// Always true:
// - one thread at a time publishes for a shard, and one thread watches; nobody else touches the board;
// - a shard never waits: it writes into memory that is its own and publishes with one atomic exchange;
// - what the watcher takes is whole, of one tick, and its own until it gives it back;
// - the watcher gets all shards at the same tick, the newest that all have published, or nothing;
// - nobody watches: a shard's cost is one relaxed load.
//
// Invariants: every instance_columns has one owner, the holder of its pointer: a slot of the ring, a place
// of the returns, the publisher or the watcher. Pointers change hands only by exchange or compare-exchange
// (acquire, release), so what the one wrote the next one sees. A slot of the ring is tick % ring_size, but
// what lies in it may be older or newer: its own `tick` decides. No shard is more than far_mail_ticks
// ahead of another, so the newest common tick is in every ring unless the watcher was overtaken meanwhile;
// then it puts back what it took and tries again. A shard that finds nothing in the returns makes new
// columns; with ring_size in the ring, one being written and at most most_taken with the watcher, it makes
// no more than their sum.
//
// Ticks of one shard rise by one from publication to publication while it is watched, so a ring holds the last
// ring_size of them. When a world goes back, forget() makes `next` say that there are none.
#pragma once

#include "core/limits.hpp"
#include "shards/instances.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

namespace tessera {

class instance_board {
public:
  static constexpr std::size_t ring_size = limits::far_mail_ticks + 2;
  /// Columns of one shard that a watcher may hold: two ticks to go between, and one that it takes.
  static constexpr std::size_t most_taken = 3;

  /// `memory` holds all columns and must allow use by several threads; it outlives the board.
  explicit instance_board(std::size_t shards,
                          std::pmr::memory_resource* memory = std::pmr::get_default_resource())
    : memory_(memory), places_(shards) {}
  ~instance_board();
  instance_board(const instance_board&) = delete;
  instance_board& operator=(const instance_board&) = delete;

  std::size_t shards() const { return places_.size(); }

  // --- the watcher

  /// From now on shards publish, or no longer.
  void watch(bool on) { watched_.store(on, std::memory_order_relaxed); }

  /// All shards at one tick above `after`, each the caller's until it is given back; nothing where there is
  /// no such tick yet.
  std::optional<std::vector<instance_columns*>> take(std::optional<tick_number> after);

  /// The world goes back: what was published so far is not given out any more. Only while nobody publishes.
  void forget();

  /// Of what take() gave.
  void give_back(std::span<instance_columns* const> taken);

  // --- a shard

  bool watched() const { return watched_.load(std::memory_order_relaxed); }

  /// Columns to write into, the caller's until it publishes them.
  instance_columns* blank(std::size_t shard);
  void publish(std::size_t shard, instance_columns* written);

private:
  static constexpr std::size_t return_places = ring_size + 1 + most_taken;
  struct alignas(64) place {
    std::array<std::atomic<instance_columns*>, ring_size> ring{};
    std::array<std::atomic<instance_columns*>, return_places> returns{};
    std::atomic<std::uint64_t> next{0}; ///< 1 + newest published tick; 0 while there is none
  };

  std::optional<tick_number> newest_common() const;
  void put_back(std::size_t shard, instance_columns* taken);
  void give_back(std::size_t shard, instance_columns* columns);

  std::pmr::memory_resource* memory_;
  std::vector<place> places_;
  std::atomic<bool> watched_{false};
};

inline instance_board::~instance_board() {
  for (auto& p : places_) {
    for (auto& slot : p.ring)
      delete slot.load(std::memory_order_acquire);
    for (auto& slot : p.returns)
      delete slot.load(std::memory_order_acquire);
  }
}

inline instance_columns* instance_board::blank(std::size_t shard) {
  for (auto& slot : places_[shard].returns)
    if (auto* found = slot.exchange(nullptr, std::memory_order_acq_rel))
      return found;
  return std::make_unique<instance_columns>(memory_).release();
}

inline void instance_board::publish(std::size_t shard, instance_columns* written) {
  place& p = places_[shard];
  const tick_number tick = written->tick;
  if (auto* old = p.ring[tick % ring_size].exchange(written, std::memory_order_acq_rel))
    give_back(shard, old);
  p.next.store(tick + 1, std::memory_order_release);
}

inline void instance_board::give_back(std::size_t shard, instance_columns* columns) {
  for (auto& slot : places_[shard].returns) {
    instance_columns* empty = nullptr;
    if (slot.compare_exchange_strong(empty, columns, std::memory_order_acq_rel))
      return;
  }
  // As many places as there can be columns: only a watcher that holds more than it may comes here.
  delete columns;
}

inline void instance_board::forget() {
  // What lies in the rings is found again only under a tick that its shard has published anew.
  for (auto& p : places_)
    p.next.store(0, std::memory_order_release);
}

inline std::optional<tick_number> instance_board::newest_common() const {
  std::uint64_t least = ~std::uint64_t{0};
  for (const auto& p : places_)
    least = std::min(least, p.next.load(std::memory_order_acquire));
  if (least == 0 || places_.empty())
    return std::nullopt;
  return least - 1;
}

inline void instance_board::put_back(std::size_t shard, instance_columns* taken) {
  instance_columns* empty = nullptr;
  auto& slot = places_[shard].ring[taken->tick % ring_size];
  if (!slot.compare_exchange_strong(empty, taken, std::memory_order_acq_rel))
    give_back(shard, taken);
}

inline void instance_board::give_back(std::span<instance_columns* const> taken) {
  for (std::size_t s = 0; s < taken.size(); ++s)
    give_back(s, taken[s]);
}

inline std::optional<std::vector<instance_columns*>>
instance_board::take(std::optional<tick_number> after) {
  // Overtaken again and again, it is the watcher that gives up: it still has what it showed last.
  for (int tries = 0; tries < 4; ++tries) {
    const auto tick = newest_common();
    if (!tick || (after && *tick <= *after))
      return std::nullopt;
    std::vector<instance_columns*> taken;
    for (std::size_t s = 0; s < places_.size(); ++s) {
      auto* found = places_[s].ring[*tick % ring_size].exchange(nullptr, std::memory_order_acq_rel);
      if (found != nullptr && found->tick == *tick) {
        taken.push_back(found);
        continue;
      }
      if (found != nullptr)
        put_back(s, found);
      for (std::size_t t = 0; t < taken.size(); ++t)
        put_back(t, taken[t]);
      taken.clear();
      break;
    }
    if (taken.size() == places_.size())
      return taken;
  }
  return std::nullopt;
}

} // namespace tessera
