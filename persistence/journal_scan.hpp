// Reads one segment file from end to end and says which frames in it are whole, which bytes are
// damaged and which ticks it witnesses as durable. Knows nothing of rounds or of other files.
//
// Always true: a frame is reported only if header and payload passed their CRCs, carry this
// segment's salt, follow the frame before in the chain and parse to the last byte; whatever else is
// not zero is reported as damage; after damage the search goes on at every 64th byte, for what lies
// behind it may witness that it was durable.
#pragma once

#include "core/error.hpp"
#include "core/ids.hpp"
#include "persistence/file_system.hpp"
#include "persistence/journal_format.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera {

/// Bytes that are not what they should be.
struct journal_damage {
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::string what; ///< was found there
};

struct scanned_frame {
  std::uint64_t offset = 0;
  std::uint32_t bytes = 0; ///< header, payload, padding
  std::uint32_t payload_bytes = 0;
  std::uint64_t round = 0;
  tick_number from = 0;
  tick_number end = 0;
  std::uint32_t frames = 0; ///< of the round
  std::uint32_t records = 0;
  journal_format::frame_kind kind = journal_format::frame_kind::records;
  bool counts = false; ///< by the rounds of the whole directory: journal_reader.hpp
};

struct segment_scan {
  enum class state {
    unused,  ///< zeros only, or empty: made ahead and never begun
    sound,   ///< the header is
    damaged, ///< no frame of it counts; what it witnesses does
  };
  std::string path;
  journal_format::segment_name name;
  state header_state = state::unused;
  journal_format::segment_header header; ///< if sound
  std::uint64_t file_bytes = 0;
  std::uint64_t used_bytes = 0; ///< all after is zero
  std::vector<scanned_frame> frames;
  std::vector<journal_damage> damage; ///< ascending by offset
  /// All before was durable when some frame here was written; 0 in a log that is never synced.
  tick_number witnessed = 0;
  /// After the last frame; none where damage hides it.
  std::optional<std::uint64_t> chain;
  /// The whole file, if it was asked for.
  std::unique_ptr<std::byte[]> bytes;
};

/// `chain_before` is what the segment before ended with, if known. With `keep_bytes` the file's
/// bytes come with the answer. Damage is no error here; newer_format is, and those of
/// file_system.hpp.
result<segment_scan> scan_segment(file_system& fs, const std::string& directory,
                                  const journal_format::segment_name& name,
                                  std::optional<std::uint64_t> chain_before, bool keep_bytes);

/// Calls each(tick, kind, bytes) for every record. False if the payload does not parse or a tick is
/// not in [from, end); what was called until then is not to be trusted.
template <class Each>
bool for_each_record(std::span<const std::byte> payload, tick_number from, tick_number end,
                     Each&& each) {
  journal_format::payload_prefix prefix;
  if (payload.size() < sizeof prefix)
    return false;
  std::memcpy(&prefix, payload.data(), sizeof prefix);
  if (prefix.zero != 0 || prefix.first_tick < from || prefix.first_tick >= end)
    return false;
  const std::byte* at = payload.data() + sizeof prefix;
  std::size_t left = payload.size() - sizeof prefix;
  std::uint16_t last_offset = 0;
  for (std::uint32_t i = 0; i < prefix.records; ++i) {
    journal_format::record_header header;
    if (left < sizeof header)
      return false;
    std::memcpy(&header, at, sizeof header);
    at += sizeof header;
    left -= sizeof header;
    if (header.bytes > left || header.tick_offset < last_offset ||
        header.tick_offset >= end - prefix.first_tick)
      return false;
    last_offset = header.tick_offset;
    each(prefix.first_tick + header.tick_offset, header.kind, std::span(at, header.bytes));
    at += header.bytes;
    left -= header.bytes;
  }
  return left == 0 && prefix.records > 0;
}

} // namespace tessera
