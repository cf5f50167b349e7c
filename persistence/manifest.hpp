// The manifest: the one small file of a data directory that says what counts. Text, for an
// operator's eyes too; docs/formats/manifest.md is the format.
//
// Always true of a manifest that was read or written: epochs ascend, and none begins before the one
// before it; checkpoints ascend by tick, their files by shard; no two files have one name; names
// lead nowhere outside the directory. There is one text for one manifest, and it has one meaning.
//
// No copy of the manifest before is kept: it would lack the newest epoch, and what that epoch made
// void could come back to life. A damaged manifest is an error, never replaced by another.
#pragma once

#include "core/ids.hpp"
#include "persistence/file_system.hpp"
#include "persistence/identity.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera {

/// From `first_tick` on, frames of older epochs are void.
struct manifest_epoch {
  std::uint64_t epoch = 0;
  tick_number first_tick = 0;
  bool operator==(const manifest_epoch&) const = default;
};

/// A file under DIR/world/ that the world was made from.
struct manifest_input {
  std::string name; ///< relative to DIR/world/, with '/' between its parts
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0; ///< CRC32C of the whole file
  bool operator==(const manifest_input&) const = default;
};

/// A file under DIR/checkpoints/.
struct checkpoint_file {
  shard_id shard = 0;
  std::string name; ///< letters, digits, '.', '_' and '-', no '.' in front
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0; ///< written_checkpoint::crc
  bool operator==(const checkpoint_file&) const = default;
};

/// The whole world at the end of one tick.
struct manifest_checkpoint {
  tick_number tick = 0;
  std::uint64_t world_hash = 0;
  std::vector<checkpoint_file> files; ///< by shard
  bool operator==(const manifest_checkpoint&) const = default;
};

struct manifest {
  log_identity identity;
  std::string layout; ///< the layout now; any bytes, understood by the caller alone
  std::vector<manifest_epoch> epochs;
  std::vector<manifest_input> inputs;
  std::vector<manifest_checkpoint> checkpoints; ///< oldest first
  bool operator==(const manifest&) const = default;
};

/// What of the rules above a manifest breaks, or nothing. Any thread, as all here.
std::optional<std::string> manifest_fault(const manifest& of);

/// Whether a checkpoint's file may have this name.
bool is_plain_file_name(std::string_view name);
/// Whether an input may have this path: 1 to 8 parts, none of them empty, "." or "..", no control
/// characters.
bool is_plain_relative_path(std::string_view path);

std::string to_text(const manifest& from);

/// `path` is for messages. Errors: corrupt, with the line, what was found and what is allowed;
/// newer_format.
result<manifest> parse_manifest(std::string_view text, const std::string& path);

/// Of DIR/MANIFEST. Errors: those of parse_manifest; not_there without one; those of the file
/// system.
result<manifest> read_manifest(file_system& fs, const std::string& directory);

/// Replaces DIR/MANIFEST; after a crash the one before is there, or this one. Errors: failure if
/// the manifest breaks the rules (nothing is written then), else those of the file system; then
/// either of the two may be on the disk.
result<void> write_manifest(file_system& fs, const std::string& directory, const manifest& what);

} // namespace tessera
