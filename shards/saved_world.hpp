// A world between two ticks as plain data that belongs to no layout: what a checkpoint holds and what
// any layout starts from.
//
// What always holds: everything that is state is in exactly one place, in one part: entities (those
// that were in border packets among them), cell data, id counters, undelivered events; in the
// conductor's part: far mail, sessions, the world values that coming grants need. Rows and parts have no order
// that means anything. Threads: immutable once made.
#pragma once

#include "core/cell.hpp"
#include "core/error.hpp"
#include "core/ids.hpp"
#include "shards/layout.hpp"
#include "shards/mail.hpp"
#include "shards/schema.hpp"
#include "shards/world_setup.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

namespace tessera {

/// What one shard of the old layout had.
struct saved_part {
  /// Entities with one set of dense components.
  struct table {
    component_mask mask = 0;
    std::vector<entity_id> ids;
    /// By component id; empty where the mask has none, and for scratch components.
    std::vector<std::vector<std::byte>> columns;

    const position& place(std::size_t row) const {
      return reinterpret_cast<const position*>(columns[position_component].data())[row];
    }
  };
  struct tag {
    component_id component = 0;
    std::vector<entity_id> owners;
  };
  struct rare {
    component_id component = 0;
    std::vector<entity_id> owners;
    std::vector<std::byte> values; ///< empty for a scratch component
  };

  tick_number tick = 0;
  cell_rect region;
  std::vector<table> tables;
  std::vector<tag> tags;
  std::vector<rare> rares;
  std::vector<std::uint32_t> counters;       ///< one per cell of the region, row by row
  std::vector<std::vector<std::byte>> cells; ///< per cell component, likewise
  std::vector<event_record> events;          ///< sent in the last tick, to be read in the next
};

/// What the conductor had.
struct saved_conductor {
  tick_number tick = 0;
  std::map<session_id, std::uint64_t> sequence;            ///< last one applied
  std::map<tick_number, std::vector<letter>> letters;      ///< by tick of delivery
  std::map<tick_number, std::vector<std::int64_t>> values; ///< by state
};

/// What one shard of the new layout takes of a saved world.
struct shard_share {
  struct rows {
    const saved_part::table* from = nullptr;
    std::vector<std::uint32_t> which;
  };
  struct owners {
    component_id component = 0;
    entity_id who;
    const std::byte* value = nullptr; ///< of a rare component; null for a tag and for scratch
  };

  tick_number tick = 0;
  std::vector<rows> entities;
  std::vector<owners> beside; ///< tags and rare components
  std::vector<event_record> events;
  std::vector<const saved_part*> cells; ///< parts that overlap the shard's region
};

class saved_world {
public:
  /// Checks that the parts cover the world once, that every entity is in it, and once. Fails with
  /// bad_bytes and the reason.
  static result<std::shared_ptr<const saved_world>>
  make(const world_setup& setup, std::vector<saved_part> parts, saved_conductor conductor);

  tick_number tick() const { return conductor_.tick; }
  const saved_conductor& conductor() const { return conductor_; }
  const std::vector<saved_part>& parts() const { return parts_; }
  std::size_t entities() const { return entities_; }

  /// What every shard of `cut` takes; points into this world, which must outlive it.
  std::vector<shard_share> share_out(const layout& cut) const;

private:
  std::vector<saved_part> parts_;
  saved_conductor conductor_;
  std::size_t entities_ = 0;
};

} // namespace tessera
