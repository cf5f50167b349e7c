// Everything that enters or leaves a shard, as plain data. Whatever changes a shard's state is in here:
// packets from neighbours, commands and letters with the grant. Nothing else does.
#pragma once

#include "core/cell.hpp"
#include "core/ids.hpp"
#include "core/limits.hpp"
#include "shards/store.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace tessera {

/// Where in a tick something was sent or born: 0 for commands, 1 for handlers, 2 + i for the i-th
/// system in running order.
using phase_number = std::uint16_t;
inline constexpr phase_number command_phase = 0;
inline constexpr phase_number handler_phase = 1;
inline constexpr phase_number first_system_phase = 2;

/// An event on its way to one entity.
struct event_record {
  entity_id target;
  entity_id sender;
  std::uint32_t index = 0; ///< counted per sender and phase
  phase_number phase = 0;
  std::uint16_t type = 0;
  cell seen;               ///< cell of the target at the end of the tick before the sending one
  std::uint32_t delay = 1; ///< ticks from sending to reading: 1, or far_mail_ticks
  std::array<std::byte, limits::event_bytes> payload{};

  /// The canonical order of delivery.
  auto order() const { return std::tuple(target, sender, phase, index, delay); }
};

/// An event's part of the world hash while it is on its way.
std::uint64_t hash_event(const event_record& event);

enum class letter_kind : std::uint8_t {
  teleport, ///< an entity that left the world and lands at `place`
  event,    ///< an event to an id whose place nobody knows
};

/// Far mail: sent in tick t, opened in tick t + limits::far_mail_ticks.
struct letter {
  letter_kind kind = letter_kind::event;
  tick_number sent = 0;
  entity_id who; ///< the traveller, or the sender of the event
  phase_number phase = 0;
  std::uint32_t index = 0;
  position place;                ///< teleport: where it lands
  std::vector<std::byte> entity; ///< teleport: the entity's record
  event_record event;            ///< event

  auto order() const { return std::tuple(who, phase, kind, index, sent); }
};

enum class command_op : std::uint8_t {
  spawn,
  despawn,
  set,
  event,
  teleport,
  get, ///< reads a component: changes nothing, is never a repeat and never logged
};

/// An input from outside, stamped with the tick at which it applies.
struct command {
  session_id session = 0;
  std::uint64_t sequence = 0; ///< per session, rising; a repeat is acknowledged, not applied
  tick_number tick = 0;
  command_op op = command_op::set;
  entity_id target; ///< all but spawn
  /// The cell that the target must be in at the start of the tick; anywhere else it counts as not there.
  /// Only the shard that owns this cell gets the command then.
  std::optional<cell> expected;
  position place; ///< spawn and teleport; set of the position
  struct part {
    std::uint16_t type = 0;       ///< component or event id
    std::uint64_t fields = 0;     ///< set: bit i: field i is given; others keep their value
    std::vector<std::byte> bytes; ///< the component's or event's bytes
  };
  std::vector<part> parts; ///< spawn: any number; set, event and get: one

  auto order() const { return std::tuple(session, sequence); }
};

enum class command_result : std::uint8_t {
  applied,
  repeated,       ///< sequence number seen before: applied then, not again
  no_such_entity, ///< owned by nobody at that tick: dead, travelling, or never born
  rejected,       ///< understood and refused; the text says why
};

/// What became of one command of a grant, by the shard that had its target.
struct command_outcome {
  std::uint32_t batch = 0; ///< place in the grant
  std::uint32_t place = 0; ///< in the batch
  command_result result = command_result::applied;
  std::uint32_t value_bytes = 0; ///< get: size of the value
  std::uint64_t detail = 0; ///< spawn: the newborn's id; rejected: place in reasons; get: in values
};

/// What became of a tick's commands in one shard.
struct command_outcomes {
  std::vector<command_outcome> list; ///< in the order of the grant
  std::vector<std::string> reasons;  ///< of rejections
  std::vector<std::byte> values;     ///< of components that were read
  std::vector<std::byte> log;        ///< what this shard applied or rejected, one after the other
};

class routed_batch;

/// What the conductor tells one shard before a tick may start.
struct grant {
  tick_number tick = 0;
  /// Ascending by session; the sequence numbers of a session rise through its batches, too.
  std::vector<std::shared_ptr<const routed_batch>> commands;
  std::vector<letter> letters; ///< in canonical order
  bool save = false;           ///< the state after this tick is wanted for a checkpoint
  /// World values as they were limits::far_mail_ticks ago (at the start, those of the start).
  std::shared_ptr<const std::vector<std::int64_t>> world_values;
};

/// All that one shard tells one neighbour at the end of a tick.
struct border_packet {
  shard_id from = 0;
  tick_number tick = 0; ///< the tick that reads it
  // Ghosts: what `from` ran in the last tick and that is now in the receiver's cells or one bin around
  // them. One array per shared component, in order of component id, position first apart.
  std::vector<entity_id> ghost_ids;
  std::vector<position> ghost_places;
  std::vector<component_mask> ghost_masks;
  std::vector<std::vector<std::byte>> ghost_columns;
  std::vector<std::byte> arrivals; ///< records of entities that now belong to the receiver
  std::uint32_t arrival_count = 0;
  std::vector<event_record> events;
  std::vector<std::byte> cells; ///< shared cell components of cells within one cell of the receiver

  std::size_t bytes() const;
};

/// What one border packet took along, for onlookers.
struct border_flow {
  std::uint32_t left = 0;   ///< entities that now belong to the receiver
  std::uint32_t ghosts = 0; ///< that the receiver has of the sender's
};

/// What one shard tells the conductor at the end of a tick.
struct shard_report {
  shard_id shard = 0;
  tick_number tick = 0; ///< ticks run so far: the state's tick
  std::uint64_t hash = 0;
  std::uint64_t entities = 0;    ///< owned once the leavers have gone
  std::uint64_t leaving = 0;     ///< in border packets
  std::uint64_t teleporting = 0; ///< in letters of this tick
  std::uint64_t born = 0;
  std::uint64_t died = 0;
  std::uint64_t events_sent = 0;
  std::uint64_t events_crossing = 0;
  std::uint64_t events_refused = 0;
  std::uint64_t ghosts = 0;
  std::uint64_t packet_bytes = 0;
  std::uint64_t busy_ns = 0; ///< time inside the tick; never reaches the state
  std::uint64_t wait_ns = 0; ///< with the grant there and a packet missing; likewise
  std::vector<letter> letters;
  std::vector<std::int64_t> world_values;
  command_outcomes outcomes;
  /// Letters (by canonical position in the grant) that this shard delivered.
  std::vector<std::uint32_t> delivered;
  /// By neighbour, in the order of layout::neighbours; empty where nobody can look on.
  std::vector<border_flow> flows;
};

} // namespace tessera
