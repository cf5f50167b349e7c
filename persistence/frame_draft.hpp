// Records of one shard on their way to the disk, laid out from the first as the frame that they
// will be, so that a flush writes them without moving a byte.
//
// Always true: bytes begin with room for the frame's header and the payload's prefix; ticks do not
// descend; the payload fits its bounds. Offsets of ticks are 16 bits, so a draft spans at most
// 65536 ticks.
#pragma once

#include "core/ids.hpp"
#include "persistence/journal_format.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tessera {

class frame_draft {
public:
  frame_draft() { clear(); }

  void clear();
  bool empty() const { return prefix_.records == 0; }
  std::uint32_t records() const { return prefix_.records; }
  tick_number first_tick() const { return prefix_.first_tick; }
  tick_number last_tick() const { return last_tick_; }
  /// Of the frame, padded.
  std::uint64_t frame_bytes() const { return journal_format::padded(bytes_.size()); }
  std::size_t capacity() const { return bytes_.capacity(); }

  /// Whether a record of this tick and size may be added; always, to an empty draft.
  bool takes(tick_number tick, std::size_t bytes) const;
  void add(tick_number tick, std::uint16_t kind, std::span<const std::byte> bytes);
  /// Moves the records of ticks from `tick` on into `later`, which is empty.
  void split(tick_number tick, frame_draft& later);

  /// Fills in payload and checksums of `header`, and puts it in front. The frame's bytes, valid
  /// until the draft changes.
  std::span<const std::byte> seal(journal_format::frame_header& header);

private:
  std::vector<std::byte> bytes_;
  journal_format::payload_prefix prefix_;
  tick_number last_tick_ = 0;
};

} // namespace tessera
