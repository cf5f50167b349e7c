// Border packets and letters as bytes: what a border log keeps, so that one shard can be run again alone.
//
// Bytes are good only for a game of the same fingerprint and the same layout. Reading checks sizes
// against each other; that entities are whole is for the shard to check. Threads: any.
#pragma once

#include "core/byte_io.hpp"
#include "shards/mail.hpp"
#include "shards/world_setup.hpp"

#include <memory>
#include <span>
#include <vector>

namespace tessera {

/// All that one shard was given for one tick, beside its commands.
struct border_inputs {
  std::vector<std::shared_ptr<const border_packet>> packets; ///< in the order of layout::neighbours
  std::vector<letter> letters;                               ///< all of the grant's
  std::vector<std::int64_t> world_values;
  /// The tick is the first after a start from a saved world: the packets' arrivals and events were with
  /// their owners already.
  bool after_start = false;
};

void write_border_inputs(std::vector<std::byte>& to, const border_inputs& inputs);
result<border_inputs> read_border_inputs(const world_setup& setup,
                                         std::span<const std::byte> bytes);

} // namespace tessera
