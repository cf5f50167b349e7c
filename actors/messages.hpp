// Every message between the actors of a world, with a line of meaning each: this header is their whole
// contract. Columns travel as shared immutable buffers; a message is a pointer and is never changed
// after it was sent.
//
// Messages stay inside one process for now. They are inspectable, as CAF wants, but refuse to be
// serialised with an error, rather than arrive empty somewhere else.
#pragma once

#include "actors/engine.hpp"
#include "actors/failed_shards.hpp"
#include "actors/kept_world.hpp"
#include "actors/shard_replay.hpp"
#include "actors/tick_log.hpp"
#include "actors/tick_watch.hpp"
#include "net/inspected_world.hpp"
#include "shards/conductor.hpp"
#include "shards/look.hpp"
#include "shards/shard.hpp"
#include "shards/shard_state.hpp"

#include <caf/all.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <vector>

namespace tessera {

/// engine -> shard: who your neighbours are (in the order of layout::neighbours) and who conducts. Fill
/// your cells, or take your share of a saved world, and begin.
struct connect_shard {
  std::vector<caf::actor> neighbours;
  caf::actor conductor;
  caf::actor checkpoints;                   ///< null in memory
  std::optional<tick_number> borders_from;  ///< the border log wants this tick and later ones
  bool inspected = false;                   ///< somebody may look on
  std::shared_ptr<const shard_share> share; ///< null: start anew. Keeps its world alive
};

/// engine -> conductor: who the shards are, and who keeps the world.
struct connect_conductor {
  std::vector<caf::actor> shards;
  caf::actor journal; ///< null in memory; likewise checkpoints
  caf::actor checkpoints;
  caf::actor border;
  caf::actor inspector; ///< null where nobody looks on
};

/// shard -> neighbour: all it tells it at the end of a tick.
struct deliver_packet {
  packet_pointer packet;
};

/// conductor -> shards: a tick may run, with its commands, letters and world values.
struct grant_tick {
  grant_pointer grant;
};

/// What a shard was given for a tick, and the hash of its state after it.
struct border_record {
  shard_id shard = 0;
  std::vector<packet_pointer> packets;
  grant_pointer given;
  std::uint64_t hash = 0;
  bool after_start = false; ///< the first tick after a start from a saved world
};

/// shard -> conductor: a tick has run.
struct tick_done {
  std::shared_ptr<shard_report> report;  ///< one receiver, which may take it apart; likewise border
  std::shared_ptr<border_record> border; ///< null where the border log does not want it
};

/// shard -> conductor: a tick failed; the shard has stopped.
struct tick_failed {
  std::shared_ptr<const engine_failure> failure;
  std::shared_ptr<const tick_inputs> inputs; ///< null where it was not a tick but the start
};

/// engine -> conductor: stamp a batch with this tick or the next one, answer through the promise.
struct submit_commands {
  batch_pointer input;
  std::optional<tick_number> at;
  std::shared_ptr<std::promise<result<tick_number>>> answer;
};

/// engine -> conductor: grant no further tick.
struct stop_world {};

/// engine -> conductor: save the next state that can be saved, and tell its tick once the checkpoint counts.
struct take_checkpoint {
  std::shared_ptr<std::promise<result<tick_number>>> answer;
};

/// conductor -> itself: the next planned tick is due.
struct tick_due {};

/// conductor -> shard: the world has ended, tell your figures.
struct tell_statistics {};

/// shard -> conductor: figures of a whole run.
struct statistics_told {
  std::shared_ptr<const shard_statistics> figures;
  std::uint64_t messages_sent = 0;
};

// --- of a kept world

/// conductor -> journal: a tick that all shards have run.
struct log_tick {
  std::shared_ptr<const tick_log> log;
};

/// journal -> itself: what was logged is to be durable now.
struct flush_now {};

/// journal -> itself: a flush interval is over.
struct flush_due {};

/// journal -> conductor -> checkpoint coordinator: inputs of ticks up to this one are durable.
struct ticks_durable {
  tick_number tick = 0;
  std::uint64_t journal_bytes = 0; ///< written so far
};

/// conductor -> border log: a tick that all shards have run. One message per tick: each wakes the thread.
struct log_borders {
  tick_number tick = 0;
  std::shared_ptr<const std::vector<border_record>> of_shards;
};

/// conductor -> border log: the tick behind all those that were flushed failed twice and ends the world; what
/// the shard was given, so that the failure can be seen again.
struct log_failed_tick {
  shard_id shard = 0;
  std::shared_ptr<const tick_inputs> inputs;
};

/// border log -> conductor: written, or given up.
struct border_logged {
  tick_number tick = 0;
  std::uint64_t border_bytes = 0; ///< written so far
};

/// border log -> conductor: closed.
struct border_closed {
  std::uint64_t bytes = 0;
  bool failed_tick_logged = false; ///< what log_failed_tick brought can be read
  std::uint64_t messages_sent = 0;
};

/// conductor -> journal, border log: nobody will read ticks below this one again.
struct forget_ticks {
  tick_number before = 0;
};

/// conductor -> journal, border log: no more ticks; make them durable and say that this was on purpose.
struct close_journal {};

/// journal -> conductor: closed; its figures.
struct journal_closed {
  std::shared_ptr<const journal_statistics> figures;
  std::uint64_t messages_sent = 0;
};

/// journal, checkpoint coordinator -> conductor: the disk failed; nothing more becomes durable.
struct storage_failed {
  std::shared_ptr<const error> why;
};

/// conductor -> shard: the world has ended, hand your state to the checkpoint coordinator.
struct give_state {};

/// shard -> checkpoint coordinator: its state at a tick.
struct state_taken {
  std::shared_ptr<const shard_state> state;
};

/// conductor -> checkpoint coordinator: the rest of the state at a tick, and the world's hash.
struct conductor_state_taken {
  std::shared_ptr<const saved_conductor> state;
  std::uint64_t hash = 0;
};

/// checkpoint coordinator -> conductor: a checkpoint counts from now on.
struct checkpoint_committed {
  tick_number tick = 0;
  tick_number oldest_kept = 0;
  std::uint64_t bytes = 0;
  double seconds = 0; ///< from the first part to here
};

/// conductor -> checkpoint coordinator: all is logged up to the state `tick`, and this shard's next tick
/// failed; make the shard anew from checkpoint and logs.
struct restore_failed_shard {
  shard_id shard = 0;
  tick_number tick = 0;
};

/// checkpoint coordinator -> conductor: it is made, or cannot be; -> shard: go on as this one, with the tick
/// that failed.
struct shard_restored {
  shard_id shard = 0;
  std::shared_ptr<result<shard_replay>> replay; ///< one receiver, which may take it apart
  double seconds = 0;
};

/// conductor -> checkpoint coordinator: no more states; commit what counts.
struct close_checkpoints {};

/// checkpoint coordinator -> conductor: nothing is being written any more.
struct checkpoints_closed {
  std::uint64_t messages_sent = 0;
};

// --- of an inspected world

/// A question to shards, on its way to its answer. Made by the engine; the inspector answers it.
struct look_order {
  look_request what;
  std::vector<shard_id> shards; ///< ascending; empty: all
  std::chrono::steady_clock::time_point expires;
  std::promise<tessera::answer<world_look>> answer;
};

/// engine -> inspector: ask shards, when there is room for it.
struct look_into_shards {
  std::shared_ptr<look_order> order;
};

/// inspector -> conductor: choose a tick that no shard is past, and have them look at it.
struct begin_look {
  std::uint64_t number = 0;
  std::shared_ptr<const look_order> order;
  caf::actor inspector;
};

/// conductor -> shard: look once you have run so many ticks; comes before the grant that goes beyond.
struct look_at_tick {
  tick_number tick = 0;
  std::uint64_t number = 0;
  std::shared_ptr<const look_order> order;
  caf::actor inspector;
};

/// shard -> inspector: what it saw.
struct looked {
  std::uint64_t number = 0;
  std::shared_ptr<const shard_look> look;
};

/// inspector -> itself: the budget for looks has grown.
struct looks_due {};

/// engine -> inspector: somebody wants figures of every shard.
struct want_shard_figures {};

/// inspector -> conductor: collect figures of every shard, or no more.
struct watch_shards {
  bool on = false;
};

/// conductor -> inspector: what happened since the last one; one at a time.
struct ticks_seen {
  std::shared_ptr<seen_ticks> ticks;
};

/// inspector -> conductor: that was taken, the next may come.
struct ticks_taken {};

/// engine -> conductor: hold the world, let it go on, or tell how it stands; answer through the promise.
struct control_world {
  control_order order;
  std::shared_ptr<std::promise<answer<control_state>>> told;
};

/// Every type above.
#define TESSERA_FOR_EACH_MESSAGE(each)                                                             \
  each(connect_shard) each(connect_conductor) each(deliver_packet) each(grant_tick)                \
    each(tick_done) each(tick_failed) each(submit_commands) each(stop_world) each(take_checkpoint) \
      each(tick_due) each(tell_statistics) each(statistics_told) each(log_tick) each(flush_now)    \
        each(flush_due) each(ticks_durable) each(log_borders) each(log_failed_tick)                \
          each(border_logged) each(border_closed) each(forget_ticks) each(close_journal)           \
            each(journal_closed) each(storage_failed) each(give_state) each(state_taken)           \
              each(conductor_state_taken) each(checkpoint_committed) each(restore_failed_shard)    \
                each(shard_restored) each(close_checkpoints) each(checkpoints_closed)              \
                  each(look_into_shards) each(begin_look) each(look_at_tick) each(looked)          \
                    each(looks_due) each(want_shard_figures) each(watch_shards) each(ticks_seen)   \
                      each(ticks_taken) each(control_world)

template <class Inspector>
typename Inspector::result_type refuse_to_serialise(Inspector& f, const char* name) {
  auto refuse = []() -> caf::error {
    return caf::make_error(caf::sec::runtime_error, "messages of a world stay in their process");
  };
  return f(caf::meta::type_name(name), caf::meta::save_callback(refuse),
           caf::meta::load_callback(refuse));
}

#define TESSERA_LOCAL_MESSAGE(type)                                                                \
  template <class Inspector>                                                                       \
  typename Inspector::result_type inspect(Inspector& f, type&) {                                   \
    return refuse_to_serialise(f, #type);                                                          \
  }

TESSERA_FOR_EACH_MESSAGE(TESSERA_LOCAL_MESSAGE)
#undef TESSERA_LOCAL_MESSAGE

} // namespace tessera
