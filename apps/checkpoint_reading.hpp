// One checkpoint of a kept world by itself: its files checked, its state loaded, without the journal.
#pragma once

#include "apps/replayed_world.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tessera {

struct checkpoint_bytes {
  std::uint64_t raw = 0;    ///< of the sections
  std::uint64_t stored = 0; ///< of the files
};

/// What all files hold, from their directories. Errors: those of data_directory::open_checkpoint.
result<checkpoint_bytes> bytes_of(const kept_reading& kept, const manifest_checkpoint& what);

/// Files that hold a shard; one more holds the conductor.
std::size_t shards_of(const manifest_checkpoint& what);

/// Those that there are, or that of tick `at`. Errors: failure when there is none of that tick, naming those
/// that there are.
result<std::vector<manifest_checkpoint>> choose_checkpoints(const kept_reading& kept,
                                                            std::optional<tick_number> at);

struct verified_checkpoint {
  tick_number tick = 0;
  checkpoint_bytes bytes;
  double check_s = 0; ///< reading and checking all bytes
  double load_s = 0;  ///< decoding them, filling a world, hashing it
  std::uint64_t entities = 0;
  std::optional<std::uint64_t> hash; ///< as computed; none without the game
  std::optional<error> fault;        ///< the first
};

/// Checks every byte, and the world hash if the game is there. Nothing when the manifest has dropped the
/// checkpoint meanwhile, as a running world does.
std::optional<verified_checkpoint> verify_checkpoint(const kept_reading& kept,
                                                     const manifest_checkpoint& what);

/// A world that stands there; its hash was compared with the manifest's. Errors: those of the reader; corrupt.
result<replayed_world> load_checkpoint(const kept_reading& kept, const manifest_checkpoint& what);

} // namespace tessera
