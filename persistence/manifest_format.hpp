// The words and limits of the manifest. docs/formats/manifest.md is the page that says what they
// mean; whoever changes one changes the other, and the version.
//
// Always true, in every version: the first line is "tessera manifest version N", the last is
// "crc32c XXXXXXXX" with the CRC32C of all bytes before it, so that an older Tessera can tell a
// newer manifest from a damaged one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tessera::manifest_format {

inline constexpr std::string_view file_name = "MANIFEST";
inline constexpr std::string_view first_words = "tessera manifest version ";
inline constexpr std::uint32_t version = 1;

/// The last line: "crc32c ", 8 digits, a line feed.
inline constexpr std::string_view crc_word = "crc32c ";
inline constexpr std::size_t crc_line_bytes = 16;

/// Every other line, in the order of the file; capitals stand for values. Messages quote them.
inline constexpr std::string_view world_line = "world 32_HEX_DIGITS";
inline constexpr std::string_view schema_line = "schema 16_HEX_DIGITS";
inline constexpr std::string_view code_line = "code 16_HEX_DIGITS";
inline constexpr std::string_view layout_line = "layout \"TEXT\"";
inline constexpr std::string_view later_line =
  "epoch NUMBER from TICK, input \"NAME\" bytes COUNT crc 8_HEX_DIGITS, checkpoint tick TICK hash "
  "16_HEX_DIGITS, and behind it file shard NUMBER bytes COUNT crc 8_HEX_DIGITS name NAME, in this "
  "order";

/// Bytes of the whole at most: 16384 shards in each of a hundred checkpoints need 170 MiB.
inline constexpr std::uint64_t most_bytes = std::uint64_t{256} << 20;
/// Bytes of a file's name, or of one part of an input's path, at most: what file systems take.
inline constexpr std::size_t name_bytes = 255;
/// Parts of an input's path at most, so that no path of ours comes near the system's limit.
inline constexpr std::size_t path_parts = 8;

} // namespace tessera::manifest_format
