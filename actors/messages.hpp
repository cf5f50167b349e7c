// Every message between the actors of a world, with a line of meaning each: this header is their whole
// contract. Columns travel as shared immutable buffers; a message is a pointer and is never changed
// after it was sent.
//
// Messages stay inside one process for now. They are inspectable, as CAF wants, but refuse to be
// serialised with an error, rather than arrive empty somewhere else.
#pragma once

#include "actors/engine.hpp"
#include "shards/conductor.hpp"
#include "shards/shard.hpp"

#include <caf/all.hpp>
#include <future>
#include <memory>
#include <vector>

namespace tessera {

/// engine -> shard: who your neighbours are (in the order of layout::neighbours) and who conducts. Fill
/// your cells and begin.
struct connect_shard {
  std::vector<caf::actor> neighbours;
  caf::actor conductor;
};

/// engine -> conductor: who the shards are.
struct connect_conductor {
  std::vector<caf::actor> shards;
};

/// shard -> neighbour: all it tells it at the end of a tick.
struct deliver_packet {
  packet_pointer packet;
};

/// conductor -> shards: a tick may run, with its commands, letters and world values.
struct grant_tick {
  grant_pointer grant;
};

/// shard -> conductor: a tick has run.
struct tick_done {
  std::shared_ptr<shard_report> report;
};

/// shard -> conductor: a tick failed; the shard has stopped.
struct tick_failed {
  std::shared_ptr<const engine_failure> failure;
};

/// engine -> conductor: stamp a command, answer through the promise.
struct submit_command {
  std::shared_ptr<command> input;
  bool any_tick = false;
  std::shared_ptr<std::promise<result<tick_number>>> answer;
};

/// engine -> conductor: grant no further tick.
struct stop_world {};

/// conductor -> itself: the next planned tick is due.
struct tick_due {};

/// conductor -> shard: the world has ended, tell your figures.
struct tell_statistics {};

/// shard -> conductor: figures of a whole run.
struct statistics_told {
  std::shared_ptr<const shard_statistics> figures;
  std::uint64_t messages_sent = 0;
};

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

TESSERA_LOCAL_MESSAGE(connect_shard)
TESSERA_LOCAL_MESSAGE(connect_conductor)
TESSERA_LOCAL_MESSAGE(deliver_packet)
TESSERA_LOCAL_MESSAGE(grant_tick)
TESSERA_LOCAL_MESSAGE(tick_done)
TESSERA_LOCAL_MESSAGE(tick_failed)
TESSERA_LOCAL_MESSAGE(submit_command)
TESSERA_LOCAL_MESSAGE(stop_world)
TESSERA_LOCAL_MESSAGE(tick_due)
TESSERA_LOCAL_MESSAGE(tell_statistics)
TESSERA_LOCAL_MESSAGE(statistics_told)
#undef TESSERA_LOCAL_MESSAGE

} // namespace tessera
