#include "persistence/frame_draft.hpp"

#include "persistence/crc32c.hpp"

#include <cstring>
#include <limits>

namespace tessera {

using journal_format::frame_header;
using journal_format::payload_prefix;
using journal_format::record_header;

namespace {
constexpr std::size_t records_begin = sizeof(frame_header) + sizeof(payload_prefix);
} // namespace

void frame_draft::clear() {
  bytes_.resize(records_begin);
  prefix_ = {};
  last_tick_ = 0;
}

bool frame_draft::takes(tick_number tick, std::size_t bytes) const {
  return empty() ||
         (tick - prefix_.first_tick <= std::numeric_limits<std::uint16_t>::max() &&
          bytes_.size() + sizeof(record_header) + bytes <= journal_format::full_payload_bytes);
}

void frame_draft::add(tick_number tick, std::uint16_t kind, std::span<const std::byte> bytes) {
  if (empty())
    prefix_.first_tick = tick;
  const record_header header{static_cast<std::uint32_t>(bytes.size()),
                             static_cast<std::uint16_t>(tick - prefix_.first_tick), kind};
  const auto* from = reinterpret_cast<const std::byte*>(&header);
  bytes_.insert(bytes_.end(), from, from + sizeof header);
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  ++prefix_.records;
  last_tick_ = tick;
}

void frame_draft::split(tick_number tick, frame_draft& later) {
  std::size_t at = records_begin;
  std::size_t cut = 0;
  payload_prefix kept{prefix_.first_tick, 0, 0};
  tick_number kept_last = 0;
  while (at < bytes_.size()) {
    record_header header;
    std::memcpy(&header, bytes_.data() + at, sizeof header);
    const tick_number of = prefix_.first_tick + header.tick_offset;
    const auto record = std::span(bytes_).subspan(at + sizeof header, header.bytes);
    if (of >= tick) {
      cut = cut == 0 ? at : cut;
      later.add(of, header.kind, record);
    } else {
      ++kept.records;
      kept_last = of;
    }
    at += sizeof header + header.bytes;
  }
  if (cut != 0) {
    bytes_.resize(cut);
    prefix_ = kept;
    last_tick_ = kept_last;
  }
}

std::span<const std::byte> frame_draft::seal(frame_header& header) {
  std::size_t payload = 0;
  if (!empty()) {
    std::memcpy(bytes_.data() + sizeof header, &prefix_, sizeof prefix_);
    payload = bytes_.size() - sizeof header;
  }
  bytes_.resize(journal_format::padded(sizeof header + payload));
  std::memset(bytes_.data() + sizeof header + payload, 0, bytes_.size() - sizeof header - payload);
  header.payload_bytes = static_cast<std::uint32_t>(payload);
  header.payload_crc = crc32c(std::span(bytes_).subspan(sizeof header));
  header.crc = crc_of(header);
  std::memcpy(bytes_.data(), &header, sizeof header);
  return bytes_;
}

} // namespace tessera
