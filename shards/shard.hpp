// One shard of a world and its tick: the law of the world in one place.
//
// A shard owns its entities and its cells. It reads, of others, only what came in border packets and
// with the grant; it writes only itself; what it wants of others goes out in packets, letters and its
// report. step() is a function of (state, packets, grant): no clock, no thread id, no arrival order, no
// address reaches the state. The order of rows has no meaning.
//
// Thread: one at a time. Inside step() work may spread over an executor; all of it ends before step()
// returns.
#pragma once

#include "core/executor.hpp"
#include "shards/cell_table.hpp"
#include "shards/command_batch.hpp"
#include "shards/layout.hpp"
#include "shards/mail.hpp"
#include "shards/neighbourhood.hpp"
#include "shards/outbox.hpp"
#include "shards/saved_world.hpp"
#include "shards/store.hpp"
#include "shards/system_call.hpp"
#include "shards/tick_trace.hpp"
#include "shards/world_setup.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace tessera {

using packet_pointer = std::shared_ptr<const border_packet>;

/// What a shard has to say at the end of a tick.
struct shard_output {
  /// One per neighbour, in the order of layout::neighbours; never null.
  std::vector<packet_pointer> packets;
  shard_report report;
};

/// Everything that step() depends on and that is not an argument of it: enough to go on elsewhere.
struct shard_snapshot {
  tick_number tick = 0;
  store_snapshot entities;
  std::vector<std::vector<std::byte>> cells;
  std::vector<std::uint32_t> counters;
  border_packet own_leavers;
  std::vector<event_record> own_events;
  std::vector<entity_id> left;
};

/// Threads that a step may use, and what handing work to one costs.
struct step_resources {
  executor* workers = nullptr; ///< null: everything in line
  unsigned worker_count = 1;   ///< the caller's thread included
  double handoff_ns = 50'000;  ///< measured; stages that cost less than twice this stay in line
  const tick_trace* trace = nullptr; ///< null: no spans are recorded
  std::uint32_t trace_actor = no_trace_actor;
};

class shard {
public:
  shard(std::shared_ptr<const world_setup> setup, std::shared_ptr<const layout> cut, shard_id id);

  /// Fills the shard's cells and tells what there is before tick 0.
  shard_output start();

  /// Takes its share of a saved world and tells what there is before its tick, as start() does. Of a new
  /// shard only.
  shard_output start_from(const shard_share& from);

  /// Runs tick `g.tick`. `packets` are the neighbours' for this tick, in the order of
  /// layout::neighbours. Throws tick_failure when a system or handler fails or breaks the law;
  /// broken_invariant for a bug of the engine. After a throw the shard is of no further use.
  shard_output step(const grant& g, std::span<const packet_pointer> packets,
                    const step_resources& resources = {});

  shard_id id() const { return id_; }
  const cell_rect& region() const { return region_; }
  const schema& declared() const { return *setup_->game; }
  const store& entities() const { return store_; }
  const cell_table& cells() const { return cells_; }
  tick_number tick() const { return tick_; }

  shard_snapshot save() const;
  /// Continues from a snapshot of the same shard of the same layout.
  void load(const shard_snapshot& from);

  /// Bytes of memory in use, all told.
  std::size_t memory_bytes() const;

private:
  struct part; // shard_part.hpp: what one unit of the closing pass found

  // shard.cpp: the tick from end to end
  void enter_tick(const grant& g);
  void relink_rows();
  void create_from_orders(std::span<const outbox* const> boxes, bool start);
  handle create_entity(entity_id id, const position& place, component_mask mask);

  // shard_loading.cpp: what a saved world gives
  void load_cells(const saved_part& part);
  void load_rows(const shard_share::rows& rows);

  // shard_inputs.cpp: what comes in
  void build_index(std::span<const packet_pointer> packets, const step_resources& resources);
  void order_rows();
  void take_cells(std::span<const packet_pointer> packets);
  void take_arrivals(std::span<const packet_pointer> packets);
  void take_letters(const grant& g, std::vector<event_record>& events);
  void apply_commands(const grant& g);
  bool apply_command(const command_view& c, command_outcome& outcome);
  bool apply_spawn(const command_view& c, command_outcome& outcome);
  void apply_set(const command_view& c, handle who, command_outcome& outcome);
  void apply_get(const command_view& c, handle who, command_outcome& outcome);
  void apply_event(const command_view& c, handle who, command_outcome& outcome);
  void reject(command_outcome& outcome, std::string reason);
  std::vector<std::byte> save_row(handle who) const;
  void restore_row(handle who, const std::vector<std::byte>& saved);
  std::vector<std::pair<std::byte*, std::size_t>> written_places(handle who) const;
  void set_position(const command_view& c, handle who);
  void depart(handle who, const position& to, phase_number phase);
  void deliver_events(std::span<const packet_pointer> packets, std::vector<event_record>& events);
  void handle_event(const event_record& event, handle who);
  void add_newcomer(entity_id id, const position& place);
  query_place place_of(entity_id id, const position& now) const;
  void remember_place(entity_id id, const position& now);
  const position& position_of(handle who) const;

  // shard_systems.cpp: what happens
  void reset_scratch();
  void run_systems(const step_resources& resources);
  void run_stage(std::size_t number, const step_resources& resources);
  void collect_units(std::uint16_t place, std::size_t wanted, std::vector<system_call>& units);
  const std::vector<std::uint8_t>& matches(const system_info& s);

  // shard_closing.cpp: what a tick leaves
  void apply_changes();
  void apply_change(const change_order& order, const outbox& from);
  void close_tick(shard_output& out, const step_resources& resources);
  void close_rows(part& p);
  bool rebase_eight(const position* places, std::uint32_t* bins, part& found,
                    std::uint32_t row) const;
  std::uint32_t rebase(position& p, entity_id who, part& found, std::uint32_t row) const;
  void rebase_slowly(position& p, entity_id who) const;
  void hash_rows(part& p) const;
  void check_finite(component_id c, const std::byte* column, const entity_id* ids,
                    std::size_t rows) const;
  void check_finite_cells() const;
  void hash_tags_and_rare();

  // shard_outputs.cpp: what goes out
  void publish(std::vector<part>& parts, shard_output& out);
  void pack_ghosts(border_packet& to, std::span<const row_ref> rows) const;
  void send_leavers(std::vector<part>& parts, std::vector<std::unique_ptr<border_packet>>& packets);
  void send_events(std::vector<std::unique_ptr<border_packet>>& packets);
  void send_cells(std::vector<std::unique_ptr<border_packet>>& packets);
  border_packet& packet_for(std::size_t neighbour,
                            std::vector<std::unique_ptr<border_packet>>& packets) const;
  void prepare_targets();
  void targets_of_cell_or_bin(const position& p, std::vector<std::uint16_t>& out) const;

  std::shared_ptr<const world_setup> setup_;
  std::shared_ptr<const layout> layout_;
  shard_id id_;
  cell_rect region_;
  store store_;
  cell_table cells_;
  neighbourhood around_;
  tick_number tick_ = 0; ///< ticks run so far
  tick_context context_;

  // State that outlives a tick, beside entities and cells.
  border_packet own_leavers_;            ///< ghosts of those that left in the last tick
  std::vector<event_record> own_events_; ///< events sent to own entities in the last tick
  std::vector<entity_id> left_;          ///< ids that left in the last tick, ascending

  // Of the current tick only.
  std::vector<newcomer> newcomers_;
  std::unordered_map<entity_id, query_place> moved_places_;
  std::vector<entity_id> commanded_; ///< moved by command in this tick
  std::vector<entity_id> removed_;   ///< killed or sent away by command in this tick
  outbox handler_box_;
  std::vector<std::unique_ptr<outbox>> boxes_;
  std::size_t boxes_used_ = 0;
  bool rows_moved_ = false;
  shard_report report_;

  // Derived from the layout: per bin, which neighbours must see what is in it, as an index into
  // target_sets_ (0: nobody), whose members are places in layout::neighbours.
  std::vector<std::uint16_t> targets_;
  std::vector<std::vector<std::uint16_t>> target_sets_;
  std::vector<std::vector<std::uint8_t>> matching_; ///< per system, per archetype
  std::vector<double> cost_ns_;                     ///< per system, smoothed; steers threads only
  /// Per archetype: bins of its rows as the closing pass found them, of the store's structure then.
  std::vector<std::vector<std::uint32_t>> bins_;
  std::uint64_t bins_structure_ = 0;
  double index_cost_ns_ = 0;
  double close_cost_ns_ = 0;
  std::vector<std::uint64_t> hash_keys_; ///< per component
};

} // namespace tessera
