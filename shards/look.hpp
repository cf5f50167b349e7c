// Questions to one shard from outside, and its answers: who is in a rectangle, what an entity is, who
// fulfils a condition.
//
// Always true: a look changes nothing; its answer is a copy that refers to nothing of the shard; what it
// says is the state of one tick; the same state gives the same answer under any layout, once the answers
// of all shards are put together (net/look_results.hpp), since entities are thinned by their ids and never
// by rows.
//
// Thread: the shard's own, between two ticks.
#pragma once

#include "core/cell.hpp"
#include "core/ids.hpp"
#include "shards/component.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tessera {

class shard;
struct border_packet;

/// Metres from the world's north-west corner; x east, z south. Half open.
struct look_view {
  double x0 = 0;
  double z0 = 0;
  double x1 = 0;
  double z1 = 0;
};

/// Entities have a place between 0 and 2^32 - 1 by their id; those below a limit are shown.
std::uint32_t thinning_place(entity_id id);

/// A condition on one entity, in postfix order: every step pushes a truth value or combines the last.
struct filter_step {
  enum class kind : std::uint8_t {
    compare, ///< field against `number`; an entity without the component: false
    has,     ///< the component or tag
    both,
    either,
    negate,
  };
  enum class comparison : std::uint8_t { less, at_most, more, at_least, equal, unequal };
  kind what = kind::has;
  component_id component = 0;
  std::uint16_t field = 0; ///< index into the component's fields
  comparison how = comparison::equal;
  long double number = 0; ///< exact for every field type
};
using entity_filter = std::vector<filter_step>;

struct look_request {
  float cell_size_m = 0; ///< of the world
  /// Entities in a rectangle: at most `most` per shard, those with the lowest places.
  struct points {
    look_view view;
    std::uint32_t most = 0;
    std::uint64_t below = std::uint64_t{1} << 32; ///< only places below are given; all are counted
  };
  std::optional<points> in_view;
  std::vector<entity_id> ids; ///< all that these are
  /// Entities with all components of `needed` that fulfil the filter: the `most` lowest ids, with the
  /// values of `shown`.
  struct search {
    component_mask needed = 0;
    entity_filter filter; ///< empty: all
    component_mask shown = 0;
    std::uint32_t most = 0;
  };
  std::optional<search> found;
  bool memory = false;
};

struct seen_point {
  entity_id id;
  std::uint32_t place = 0; ///< thinning_place
  component_mask kind = 0; ///< dense components
  double x_m = 0;
  double z_m = 0;
};

struct seen_entity {
  entity_id id;
  std::uint32_t shard = 0;
  position where;
  component_mask has = 0;       ///< all kinds
  component_mask shown = 0;     ///< whose bytes follow
  std::vector<std::byte> bytes; ///< of the shown components, ascending, each as long as it is
};

struct shard_look {
  std::uint32_t shard = 0;
  tick_number tick = 0; ///< ticks run so far
  std::uint64_t in_view = 0;
  std::vector<seen_point> points;
  std::uint64_t points_below = std::uint64_t{1} << 32; ///< all with places below this are given
  std::vector<seen_entity> entities;                   ///< of ids asked for, those that are here
  std::uint64_t found = 0;
  std::vector<seen_entity> matches; ///< ids ascending
  std::uint64_t memory_bytes = 0;
  std::uint64_t cost_ns = 0; ///< processor time of the look itself
};

/// `sent`: the packets that the shard gave out with its last tick. Who is on the way to a neighbour in
/// one of them counts as the shard's; who travels by letter is nobody's.
shard_look look_at(const shard& at, std::span<const std::shared_ptr<const border_packet>> sent,
                   const look_request& what);

} // namespace tessera
