// Puts the frames of a flush round into the segments of their shards and makes them durable at
// once.
//
// Always true: a frame lies in one segment, behind the one before it of its shard; a segment is
// written to only once it and its name are durable; its header goes out with its first frame, in
// the same round.
#pragma once

#include "core/error.hpp"
#include "core/ids.hpp"
#include "persistence/batch_writer.hpp"
#include "persistence/frame_draft.hpp"
#include "persistence/journal.hpp"
#include "persistence/journal_format.hpp"
#include "persistence/segment_supply.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera {

struct outgoing_frame {
  std::uint32_t shard = 0;
  frame_draft draft;
};

/// A segment that takes no more frames.
struct full_segment {
  std::string path;
  tick_number end = 0; ///< of its last round
};

/// One thread at a time. After an error nothing more may be written: what is on the disk is not
/// known.
class round_writer {
public:
  /// Both outlive it.
  round_writer(file_system& fs, const journal_options& options);

  /// One round of the ticks from <= t < end: frames by shard and age, at least one.
  result<void> write(std::span<outgoing_frame> frames, tick_number from, tick_number end,
                     journal_format::frame_kind kind);

  /// Has the next segment made for shards that will soon need it. To be called when nobody waits.
  void prepare(std::span<const outgoing_frame> written);

  /// Nothing is written after this.
  void close_files();

  /// Of all shards, whose rounds all end at or below `tick`.
  std::vector<std::string> full_below(tick_number tick) const;
  void forget_below(tick_number tick);

  const journal_statistics& statistics() const { return statistics_; }
  std::string_view name() const { return writer_->name(); }

private:
  struct shard_end {
    segment_file current; ///< no handle before the first frame
    std::uint32_t number = 0;
    std::uint64_t next_bytes = journal_format::first_segment_bytes;
    std::uint64_t offset = 0; ///< where the next frame goes; 0: the header is still to be written
    std::uint64_t salt = 0;
    std::uint64_t chain = 0;
    tick_number end = 0; ///< of the last round in the current segment
    bool ordered = false;
    std::vector<full_segment> full;

    bool takes(std::uint64_t frame_bytes) const {
      return current.handle && offset + frame_bytes <= current.bytes;
    }
  };

  result<void> make_room(std::span<const outgoing_frame> frames);
  segment_order next_segment(std::uint32_t shard, std::uint64_t frame_bytes) const;
  result<void> begin_segments(std::span<const segment_order> orders);
  void begin_segment(std::uint32_t shard, segment_file made);
  void add_header(std::uint32_t shard, tick_number from);
  result<void> make_headers_durable();

  file_system& fs_;
  const journal_options& options_;
  std::unique_ptr<batch_writer> writer_;
  segment_supply supply_;
  std::vector<shard_end> shards_;
  std::uint64_t round_ = 1;
  journal_statistics statistics_;

  // Of the round that is being written.
  std::vector<write_request> requests_;
  std::vector<write_request>
    headers_; ///< of a log that is not synced, to be durable before its frames
  std::vector<std::unique_ptr<std::byte[]>> pages_;
  std::vector<segment_file> retired_; ///< filled up in it, still to be synced
};

} // namespace tessera
