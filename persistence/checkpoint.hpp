// The values that checkpoints are spoken of in; plain, copied freely.
#pragma once

#include "core/ids.hpp"
#include "persistence/identity.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tessera {

/// What is done to a section's elements before they are compressed; it is undone by the reader.
/// Values are those of the file.
enum class column_filter : std::uint32_t {
  none = 0,         ///< text, bytes, what was compressed already
  shuffle = 1,      ///< floats, positions, small integers: bytes of equal significance side by side
  delta_shuffle = 2 ///< ascending ids and counters of 1, 2, 4 or 8 bytes: differences, then shuffle
};

/// A column, or any other bytes with a name, to be written.
struct checkpoint_section {
  /// 1 to 255 printable ASCII characters without the space, once per file.
  std::string name;
  /// 1 to 4096; `bytes` is a multiple of it.
  std::uint32_t element_bytes = 1;
  /// The caller's; not kept.
  std::span<const std::byte> bytes;
  column_filter filter = column_filter::shuffle;
};

/// A section as the directory of a file describes it.
struct stored_section {
  std::string name;
  std::uint32_t element_bytes = 1;
  column_filter filter = column_filter::none;
  std::uint64_t raw_bytes = 0;
  std::uint64_t stored_bytes = 0; ///< in the file, block headers included
  std::uint64_t offset = 0;       ///< of its first block in the file
  std::uint32_t block_count = 0;
  std::uint32_t crc = 0; ///< of its block headers, one after the other
};

/// Whose state it is, of which shard, at the end of which tick.
struct checkpoint_header {
  log_identity identity;
  tick_number tick = 0;
  shard_id shard = 0;
  bool operator==(const checkpoint_header&) const = default;
};

/// What the manifest notes of a file. The CRC is the footer's; it stands for every byte of the
/// file, since the footer covers the other CRCs.
struct written_checkpoint {
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0;
  bool operator==(const written_checkpoint&) const = default;
};

} // namespace tessera
