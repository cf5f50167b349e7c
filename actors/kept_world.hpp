// A world in a data directory: opened, recovered, and ready to be gone on with.
//
// What always holds: what recovered() gives is the newest checkpoint that counts and every input that
// is durable above it; an epoch begins at the first tick above those, durably, before open() returns;
// so nothing older can come back. No CAF here; actors take the journal and the directory from it.
//
// Thread: one at a time. After engine::start the actors use what is inside; the owner only destroys it.
#pragma once

#include "core/error.hpp"
#include "persistence/data_directory.hpp"
#include "persistence/file_system.hpp"
#include "persistence/journal.hpp"
#include "shards/command_batch.hpp"
#include "shards/saved_world.hpp"
#include "shards/world_setup.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tessera {

/// When a command counts as done.
enum class durability {
  sync,     ///< acknowledged once it is on the disk
  interval, ///< acknowledged when applied, on the disk within flush_interval_ms
  none,     ///< written, never waited for: survives the program, perhaps not the machine
};

struct keep_options {
  durability how = durability::sync;
  std::uint32_t flush_interval_ms = 100;
  double recovery_target_s = 5;
  tick_number retention = 0; ///< ticks of history before the older kept checkpoint
  bool border_log = true;
  /// A checkpoint is due when journal and border log have grown by as much since the last one, or by twice that
  /// one's size if that is more, so that less is written for checkpoints than for logs. Logs reach back to the older
  /// of two checkpoints, and only whole segments go, so they take five times as much of the disk at most.
  /// `retention` comes on top. A busy world is due for its recovery time first.
  std::uint64_t log_bytes_per_checkpoint = std::uint64_t{256} << 20;
};

/// Kinds of records in a journal; docs/formats/world-bytes.md.
enum class record_kind : std::uint16_t {
  commands = 1,           ///< that this shard applied or rejected, see command_codec.hpp
  commands_of_nobody = 2, ///< whose target no shard had; in shard 0's log
  world_hash = 3,         ///< of the state after the tick; in shard 0's log
  border_inputs = 4,      ///< in the border log: what the shard was given, see packet_codec.hpp
  shard_hash = 5,         ///< in the border log: of the shard's state after the tick
  failed_commands =
    6, ///< in the border log: of a tick that failed for good; never durable as commands
  failed_inputs = 7, ///< in the border log: what the shard that failed was given, behind them
  border_layout = 8, ///< in shard 0's border log: name of the layout under which the tick ran
};

/// What a data directory holds of a world, up to some tick.
struct recovered_world {
  std::shared_ptr<const saved_world> state; ///< null: it starts anew, at tick 0
  std::uint64_t state_hash = 0;             ///< of `state`, as the manifest has it
  /// Of ticks from the state's on, by (tick, session, sequence): a batch per tick and session. Checked.
  std::vector<stamped_commands> inputs;
  std::map<tick_number, std::uint64_t> hashes; ///< of states, as the journal has them
  tick_number next_tick = 0;                   ///< first tick that is in no journal
  bool clean_stop = false;
  std::vector<std::string> notices; ///< for the operator: what was cut off, say

  tick_number state_tick() const { return state ? state->tick() : 0; }
};

/// Reads without changing anything. With `at`, goes on from the newest checkpoint not above it.
result<recovered_world> read_kept_world(file_system& fs, const data_directory& directory,
                                        const world_setup& setup,
                                        std::optional<tick_number> at = std::nullopt);

class kept_world {
public:
  /// Makes the directory, with the files that the world was made from.
  static result<std::unique_ptr<kept_world>> create(file_system& fs, const std::string& path,
                                                    std::span<const world_input> files,
                                                    const world_setup& setup, const layout& cut,
                                                    const keep_options& options);
  /// Opens and recovers it. Errors: those of data_directory and read_journal; wrong_code.
  static result<std::unique_ptr<kept_world>> open(file_system& fs, const std::string& path,
                                                  const world_setup& setup, const layout& cut,
                                                  const keep_options& options);

  /// Goes on again after the actors that used it have gone: reads what is durable and begins another
  /// epoch.
  result<void> recover(const world_setup& setup, const layout& cut);

  /// Without its inputs, which are routed already.
  const recovered_world& recovered() const { return recovered_; }
  const std::vector<stamped_batch>& inputs() const { return inputs_; }
  std::vector<stamped_batch> take_inputs() { return std::move(inputs_); }
  /// Frees what recovery read, once it is in the shards.
  void forget_recovered() { recovered_ = {}; }
  const keep_options& options() const { return options_; }
  data_directory& directory() { return *directory_; }
  file_system& files() { return *fs_; }
  /// The open epoch's. Null after it was taken.
  std::unique_ptr<journal> take_journal() { return std::move(journal_); }
  /// Likewise. Without a border log it takes only a tick that ends the world.
  std::unique_ptr<journal> take_border_log() { return std::move(border_log_); }

private:
  kept_world(file_system& fs, data_directory directory, const keep_options& options)
    : fs_(&fs), directory_(std::make_unique<data_directory>(std::move(directory))),
      options_(options) {}
  result<void> begin_epoch(const layout& cut, const log_identity& identity);
  result<void> open_logs(const layout& cut, std::uint64_t epoch, tick_number first_tick);

  file_system* fs_;
  std::unique_ptr<data_directory> directory_;
  keep_options options_;
  recovered_world recovered_;
  std::vector<stamped_batch> inputs_;
  std::unique_ptr<journal> journal_;
  std::unique_ptr<journal> border_log_;
};

/// What this build of a game calls itself in files; `world` as given.
log_identity identity_of(const schema& game, const std::array<std::byte, 16>& world);

} // namespace tessera
