// The constants and fixed parts of a checkpoint file. docs/formats/checkpoint.md is the page that
// says what they mean; whoever changes one changes the other, and the version.
//
// Always true: the first 64 bytes keep their meaning in every version, so that an older Tessera can
// tell a newer file from a damaged one. Every byte of the file is under a CRC32C.
#pragma once

#include "core/byte_io.hpp"
#include "core/ids.hpp"
#include "persistence/identity.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace tessera::checkpoint_format {

/// First and last words of the file, as text: "TSRACKPT" and "TSRCKEND".
inline constexpr std::array<char, 8> magic = {'T', 'S', 'R', 'A', 'C', 'K', 'P', 'T'};
inline constexpr std::array<char, 8> end_magic = {'T', 'S', 'R', 'C', 'K', 'E', 'N', 'D'};
inline constexpr std::uint32_t version = 1;

inline constexpr std::size_t header_bytes = 64;
inline constexpr std::size_t block_header_bytes = 12;
inline constexpr std::size_t footer_bytes = 48;
/// A directory entry without its name.
inline constexpr std::size_t entry_bytes = 44;

/// Raw bytes of a block at most: columns, staging and result of one block stay in a 2 MiB cache,
/// and LZ4, which looks back 64 KiB, gains nothing from more.
inline constexpr std::size_t block_raw_bytes = 256 * 1024;
/// Bytes of an element at most, so that a block holds at least 64.
inline constexpr std::size_t element_bytes = 4096;
/// Characters of a section's name at most; they are printable ASCII without the space.
inline constexpr std::size_t name_bytes = 255;
/// Sections of a file at most: a component of 64 fields in each of 64 components, and room.
inline constexpr std::size_t sections = 65535;
/// No LZ4 block of n bytes decodes to more than this many times n: a byte of match length adds 255.
inline constexpr std::uint64_t lz4_most_gain = 255;

/// Raw bytes of every block of a section but the last: whole elements.
constexpr std::size_t full_block_bytes(std::size_t element) {
  return block_raw_bytes / element * element;
}

/// What stands before the stored bytes of a block. stored_bytes == raw_bytes: not compressed.
struct block_header {
  std::uint32_t raw_bytes = 0;
  std::uint32_t stored_bytes = 0;
  std::uint32_t crc = 0; ///< of the 8 bytes before it and the stored bytes
};
static_assert(sizeof(block_header) == block_header_bytes);

struct header {
  std::array<char, 8> start = magic;
  std::uint32_t file_version = version;
  std::uint32_t shard = 0;
  std::array<std::byte, 16> world{};
  std::uint64_t schema = 0;
  std::uint64_t code = 0;
  tick_number tick = 0;
  std::uint32_t reserved = 0;
  std::uint32_t crc = 0; ///< of the 60 bytes before it
};
static_assert(sizeof(header) == header_bytes);

struct footer {
  std::uint64_t directory_offset = 0;
  std::uint64_t directory_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint32_t section_count = 0;
  std::uint32_t header_crc = 0;
  std::array<char, 8> end = end_magic;
  std::uint32_t reserved = 0;
  std::uint32_t crc = 0; ///< of the directory and the 44 bytes before it
};
static_assert(sizeof(footer) == footer_bytes);

} // namespace tessera::checkpoint_format
