// What the work units of a tick want done: events, births, deaths, changes of components. Each unit of
// work fills its own outbox; they are merged by (entity, phase, index), so which thread ran which unit
// never shows.
#pragma once

#include "core/cell.hpp"
#include "core/ids.hpp"
#include "shards/mail.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace tessera {

struct spawn_order {
  entity_id parent;
  phase_number phase = 0;
  std::uint32_t index = 0;
  position place; ///< relative to the parent's cell; not yet re-based
  component_mask mask = 0;
  std::uint32_t bytes_begin = 0; ///< into the outbox's bytes: component bytes, ascending ids
};

enum class change_kind : std::uint8_t { despawn, add, remove, teleport };

struct change_order {
  entity_id who;
  phase_number phase = 0;
  std::uint32_t index = 0;
  change_kind kind = change_kind::despawn;
  component_id component = 0;
  position place;                ///< teleport
  std::uint32_t bytes_begin = 0; ///< add: the component's bytes
};

struct outbox {
  std::vector<event_record> events; ///< to entities seen near by
  std::vector<event_record> far;    ///< to ids whose place nobody knows
  std::vector<spawn_order> spawns;
  std::vector<change_order> changes;
  std::vector<std::byte> bytes;
  std::uint32_t next_index = 0; ///< rises over all orders of this outbox

  std::uint32_t put(const void* from, std::size_t size) {
    auto at = static_cast<std::uint32_t>(bytes.size());
    bytes.resize(at + size);
    if (size != 0)
      std::memcpy(bytes.data() + at, from, size);
    return at;
  }

  void clear() {
    events.clear();
    far.clear();
    spawns.clear();
    changes.clear();
    bytes.clear();
    next_index = 0;
  }
  bool empty() const { return events.empty() && far.empty() && spawns.empty() && changes.empty(); }
};

} // namespace tessera
