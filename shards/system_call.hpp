// What the tick hands to a system, a handler or a filler. sdk/ wraps these in the types that games see;
// a game never holds one.
#pragma once

#include "core/cell.hpp"
#include "core/ids.hpp"
#include "shards/cell_table.hpp"
#include "shards/neighbourhood.hpp"
#include "shards/outbox.hpp"
#include "shards/schema.hpp"
#include "shards/store.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace tessera {

class terrain;

/// What is the same for a whole world and tick.
struct tick_context {
  tick_number tick = 0;
  float dt_s = 0;
  std::uint64_t seed = 0;
  float cell_size_m = 0;
  cell_rect extent;
  const terrain* ground = nullptr; ///< null for a flat world
  const void* parameters = nullptr;
  const std::int64_t* world_values = nullptr; ///< as of limits::far_mail_ticks ago
};

/// Where a query of one entity starts: its place at the end of the last tick, by bin.
struct query_place {
  std::int32_t bin = -1;
  float x = 0; ///< metres from the corner of the bin's cell
  float y = 0;
  float z = 0;
  std::uint32_t entry = ~std::uint32_t{0}; ///< the entity's own entry, to leave itself out
};

/// An entity that the index does not know: born by command, or landed by far mail, in this very tick.
struct newcomer {
  entity_id id;
  query_place place;
};

/// One unit of a system's work: rows [first, last) of a table, bins [first, last), or cells.
struct system_call {
  const tick_context* world = nullptr;
  const system_info* system = nullptr;
  phase_number phase = 0;
  store* entities = nullptr;
  cell_table* cells = nullptr;
  const neighbourhood* around = nullptr;
  outbox* out = nullptr;
  std::uint32_t table = 0; ///< rows: the archetype
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  const std::vector<std::uint8_t>* matches = nullptr; ///< neighbours: per archetype, does it match
  const std::vector<newcomer>* newcomers = nullptr;   ///< neighbours: run these instead of bins
};

/// One event for one entity of this shard.
struct handler_call {
  const tick_context* world = nullptr;
  const handler_info* handler = nullptr;
  store* entities = nullptr;
  cell_table* cells = nullptr;
  const neighbourhood* around = nullptr;
  outbox* out = nullptr;
  std::uint32_t table = 0;
  std::uint32_t row = 0;
  query_place place; ///< bin -1: not in last tick's neighbourhood
  const event_record* event = nullptr;
};

/// A system or handler failed; the shard stops. Thrown inside a tick only.
class tick_failure : public std::runtime_error {
public:
  tick_failure(tick_number tick, entity_id entity, std::string system, const std::string& what)
    : std::runtime_error(what), tick_(tick), entity_(entity), system_(std::move(system)) {}

  tick_number tick() const { return tick_; }
  entity_id entity() const { return entity_; }
  const std::string& system() const { return system_; }

private:
  tick_number tick_;
  entity_id entity_;
  std::string system_;
};

/// Collects what a game puts into one cell at the start.
class cell_filler {
public:
  cell_filler(const schema& s, const tick_context& world, cell where, cell_table& cells,
              outbox& out)
    : schema_(&s), world_(&world), where_(where), cells_(&cells), out_(&out) {}

  cell where() const { return where_; }
  const tick_context& world() const { return *world_; }
  const schema& declared() const { return *schema_; }
  outbox& out() const { return *out_; }
  std::byte* cell_value(std::size_t component) const {
    return cells_->now(component) +
           cells_->index(where_) * schema_->cell_components[component].size;
  }

private:
  const schema* schema_;
  const tick_context* world_;
  cell where_;
  cell_table* cells_;
  outbox* out_;
};

} // namespace tessera
