// What a shard looks like at the end of one tick: a row for each body, and the cover of its ground, as
// columns that a renderer draws from without a further look at the world.
//
// Always true: a row is a function of one entity's components and id alone, so that it has the same bits
// under any layout; the order of rows has no meaning; an entity on its way to a neighbour is a row of the
// shard that it leaves, so that between them no shard misses anybody and none is drawn twice; whoever
// travels by letter is nowhere. Writing changes nothing of the shard.
//
// Thread: of writing, the shard's own, between two ticks.
#pragma once

#include "core/cell.hpp"
#include "core/ids.hpp"
#include "shards/appearance.hpp"

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <vector>

namespace tessera {

class shard;
struct border_packet;

/// Where a body stands, and how large it is. Relative to its cell, so a renderer subtracts cells as
/// integers and is as exact 4000 km from the corner as beside it.
struct instance_place {
  std::uint16_t cell_x = 0;
  std::uint16_t cell_z = 0;
  std::uint16_t x = 0; ///< in 65536ths of a cell, east; likewise z, south
  std::uint16_t z = 0;
  float y_m = 0;
  float scale_m = 1; ///< length of the body
};
static_assert(sizeof(instance_place) == 16);

/// Which way a body faces, how fast it goes, and what tells it from others of its kind.
struct instance_turn {
  std::int16_t east = 0; ///< of a unit vector, in 32767ths; likewise south
  std::int16_t south = 0;
  std::uint16_t speed_cm_s = 0;
  std::uint16_t variety = 0; ///< by id, evenly spread
};
static_assert(sizeof(instance_turn) == 8);

/// Index into appearance::kinds; the other bits are 0.
using instance_material = std::uint32_t;

/// The bodies of one shard at one tick. Its memory is whoever's the resource is: a renderer's can lie where
/// the device reads it.
struct instance_columns {
  explicit instance_columns(std::pmr::memory_resource* memory = std::pmr::get_default_resource())
    : places(memory), turns(memory), materials(memory), ids(memory), cover(memory) {}

  tick_number tick = 0; ///< ticks run so far
  cell_rect region;
  std::pmr::vector<instance_place> places;
  std::pmr::vector<instance_turn> turns;
  std::pmr::vector<instance_material> materials;
  std::pmr::vector<entity_id> ids;
  /// Of each cell of the region, row by row from the north-west: 0 bare to 255 all covered. Empty where the
  /// game covers nothing.
  std::pmr::vector<std::uint8_t> cover;
};

/// Replaces what `out` holds by the state of now. `sent`: the packets that the shard gave out with its last
/// tick. Allocates only where `out` has grown.
void write_instances(const shard& from, std::span<const std::shared_ptr<const border_packet>> sent,
                     const appearance& looks, float cell_size_m, instance_columns& out);

/// Puts ids, which are all different, into order, again and again in the same memory.
class id_order {
public:
  /// Rows in the order of their ids; valid until the next call.
  std::span<const std::uint32_t> of(std::span<const entity_id> ids);

private:
  struct row_of_id {
    std::uint64_t id = 0;
    std::uint32_t row = 0;
  };
  std::vector<row_of_id> sorted_, next_;
  std::vector<std::uint32_t> rows_;
};

/// Puts all rows into the order of their ids: the one order that no layout and no thread knows about.
void order_by_id(instance_columns& rows);

} // namespace tessera
