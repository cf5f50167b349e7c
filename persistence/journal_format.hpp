// Where every byte of a journal's segment lies: the constants and structures of
// docs/formats/journal.md, which says what they mean; a change here is a change there and a new
// version.
//
// Always true: integers are little-endian and lie as they do in memory; a structure has no padding;
// what a CRC covers has no byte that is left undefined.
#pragma once

#include "core/hash.hpp"
#include "core/ids.hpp"
#include "persistence/identity.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace tessera::journal_format {

inline constexpr std::uint64_t segment_magic = 0x314C4E524A535354ull; // "TSSJRNL1"
inline constexpr std::uint32_t frame_magic = 0x4D415246u;             // "FRAM"
inline constexpr std::uint64_t floor_magic = 0x3152464C4A535354ull;   // "TSSJLFR1"
inline constexpr std::uint32_t version = 1;

inline constexpr std::size_t header_bytes = 4096; ///< of a segment; also the unit of its size
inline constexpr std::size_t frame_alignment = 64;
inline constexpr std::uint64_t first_segment_bytes = 64u << 10;
inline constexpr std::uint64_t largest_segment_bytes = 16u << 20; ///< unless one frame needs more

/// A frame is closed when its payload gets this large, so that it fits twice into a large segment.
inline constexpr std::size_t full_payload_bytes = 4u << 20;
/// No payload is larger; a reader takes a greater length for damage.
inline constexpr std::size_t most_payload_bytes = 256u << 20;

inline constexpr std::uint32_t unsynced_flag = 1; ///< of segment_header::flags

enum class frame_kind : std::uint16_t { records = 1, empty_round = 2, clean_stop = 3 };

struct segment_header {
  std::uint64_t magic = segment_magic;
  std::uint32_t format_version = version;
  std::uint32_t crc = 0; ///< of the whole page, this field taken as zero
  std::array<std::byte, 16> world{};
  std::uint64_t schema = 0;
  std::uint64_t code = 0;
  std::uint64_t epoch = 0;
  std::uint64_t salt = 0;
  std::uint64_t first_tick = 0; ///< `from` of the first frame
  std::uint64_t previous_chain = 0;
  std::uint64_t segment_bytes = 0;
  std::uint32_t shard = 0;
  std::uint32_t number = 0; ///< from 1 in each epoch of a shard
  std::uint32_t flags = 0;
  std::uint32_t zero = 0;
};
static_assert(sizeof(segment_header) == 104 && offsetof(segment_header, crc) == 12);

struct frame_header {
  std::uint32_t magic = frame_magic;
  std::uint32_t crc = 0; ///< of the 56 bytes after this field
  std::uint64_t salt = 0;
  std::uint64_t chain = 0;
  std::uint64_t round = 0; ///< from 1 in each epoch
  tick_number from = 0;    ///< the round covers from <= tick < end; all before `from` is durable
  tick_number end = 0;
  std::uint32_t frames = 0; ///< of the round, all shards together
  std::uint32_t payload_bytes = 0;
  std::uint32_t payload_crc = 0; ///< of the payload with the zeros that fill it up to 64 bytes
  frame_kind kind = frame_kind::records;
  std::uint16_t zero = 0;
};
static_assert(sizeof(frame_header) == frame_alignment && offsetof(frame_header, salt) == 8);

/// In front of a payload's records.
struct payload_prefix {
  tick_number first_tick = 0;
  std::uint32_t records = 0;
  std::uint32_t zero = 0;
};
static_assert(sizeof(payload_prefix) == 16);

struct record_header {
  std::uint32_t bytes = 0;
  std::uint16_t tick_offset = 0; ///< added to the prefix's first_tick
  std::uint16_t kind = 0;
};
static_assert(sizeof(record_header) == 8);
static_assert(std::has_unique_object_representations_v<frame_header> &&
              std::has_unique_object_representations_v<segment_header>);

/// "journal.floor": segments of ticks below `floor` may be gone.
struct floor_file {
  std::uint64_t magic = floor_magic;
  std::uint32_t format_version = version;
  std::uint32_t crc = 0; ///< of the 24 bytes, this field taken as zero
  tick_number floor = 0;
};
static_assert(sizeof(floor_file) == 24);
inline constexpr std::string_view floor_name = "journal.floor";
inline constexpr std::string_view aside_name = "aside";

constexpr std::uint64_t padded(std::uint64_t bytes) {
  return (bytes + frame_alignment - 1) / frame_alignment * frame_alignment;
}

/// What the chain is before the first frame of a shard's epoch.
constexpr std::uint64_t chain_start(std::uint64_t epoch, std::uint32_t shard) {
  return hash_combine(epoch, shard);
}

/// What the next frame's `chain` must be.
constexpr std::uint64_t chain_after(const frame_header& frame) {
  return hash_combine(frame.chain, std::uint64_t{frame.crc} << 32 | frame.payload_crc);
}

std::uint32_t crc_of(const frame_header& frame);
std::uint32_t crc_of(const floor_file& file);
/// `page` is header_bytes long.
std::uint32_t crc_of_page(std::span<const std::byte> page);

/// "shard-00007-e000001-s000003.log": the digits are a minimum.
struct segment_name {
  std::uint32_t shard = 0;
  std::uint64_t epoch = 0;
  std::uint32_t number = 0;
  bool operator==(const segment_name&) const = default;
};
std::string name_of(const segment_name& segment);
/// Nothing if `name` is not exactly what name_of() gives for some segment.
std::optional<segment_name> parse_name(std::string_view name);

} // namespace tessera::journal_format
