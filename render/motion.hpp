// Where bodies are between two ticks, so that a world of 20 ticks a second moves smoothly.
//
// Always true: at share 1 every row has the bits that the newer tick has; in between, whoever was there at
// both ticks is on the straight line, whoever was not stands where the newer tick has it, and nobody slides
// further than a cell in a tick: that was a teleport. Rows come in the order of their ids.
//
// Thread: one at a time. Allocates only where there are more bodies than ever before.
#pragma once

#include "shards/instances.hpp"

#include <optional>
#include <span>
#include <vector>

namespace tessera {

class motion {
public:
  /// All bodies of a newer tick, in any number of parts; copied.
  void take(std::span<const instance_columns* const> parts);

  /// Bodies at `share` of the way from the tick before to the newest, 0 to 1. Valid until the next call.
  const instance_columns& at(float share);

  /// Nothing before the first take.
  std::optional<tick_number> newest() const;

  std::size_t memory_bytes() const;

  /// The body's row in what at() gave last; nothing where it is gone.
  std::optional<std::size_t> row_of(entity_id id) const;

private:
  /// Of all parts, one behind the other, as they come.
  void gather(std::span<const instance_columns* const> parts);
  void find_starts();

  id_order order_;
  instance_columns gathered_, before_, newest_, shown_;
  /// Of each newest row: where it comes from. Who goes no way comes from where it is.
  std::vector<instance_place> from_places_;
  std::vector<instance_turn> from_turns_;
  bool any_ = false;
};

} // namespace tessera
