// `tessera replay --shard N`: one shard alone from its own logs, compared hash by hash.
#pragma once

#include "apps/exit_codes.hpp"
#include "core/ids.hpp"

#include <optional>
#include <string>

namespace tessera {

/// What `tessera replay` was asked for.
struct replay_options {
  std::string directory;
  std::string shards;
  std::optional<shard_id> shard;
  std::optional<tick_number> from;
  std::optional<tick_number> to;
  std::string dump;
  std::optional<entity_id> until;
  bool json = false;
};

/// Needs options.shard. Begins at the newest state that leaves a tick to run, where no other is asked for. Fine: all
/// hashes as logged; failure: a tick threw; damaged: a hash differs; else what the error says.
exit_code replay_one_shard(const replay_options& options);

} // namespace tessera
