// Reads a journal that grows: every record once, in order, as soon as its round is whole.
//
// Always true: what was given out is every record that counts of the ticks below next_tick(), once. A tick is
// given out only when its round is whole in all shards' logs, so no shard's part of it can come later.
// Segments that hold nothing above next_tick() are not read again.
#pragma once

#include "apps/kept_reading.hpp"
#include "persistence/journal_reader.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tessera {

class journal_follower {
public:
  /// Begins at `from`. `directory` is DIR, which must hold a world.
  journal_follower(std::string directory, tick_number from)
    : directory_(std::move(directory)), next_(from) {}

  /// Gives what has come since the last call to `each`, ticks up to `to`, of one shard or of all. Errors:
  /// those of the file system; corrupt when what is there twice in a row misses ticks that were durable.
  result<void> poll(tick_number to, std::optional<std::uint32_t> shard,
                    const std::function<bool(const journal_record&)>& each);

  /// All below was given out.
  tick_number next_tick() const { return next_; }
  /// Ticks that were deleted before they could be given out; none again until more are.
  std::optional<lost_ticks> take_missed() { return std::exchange(missed_, std::nullopt); }

private:
  struct known_segment {
    segment_scan scan;
    std::filesystem::file_time_type written; ///< of the file, before the scan
    bool settled = false;                    ///< nobody had written it for a while by then
  };

  bool wanted(const journal_format::segment_name& name) const;
  result<void> scan_anew();
  journal_survey judged();
  result<void> check(const journal_survey& found);
  void remember(journal_survey found);

  std::string directory_;
  tick_number next_;
  std::string journal_;             ///< path, likewise below as of this poll
  std::vector<epoch_start> epochs_; ///< that may hold something to come
  tick_number floor_ = 0;
  std::map<std::string, known_segment> segments_; ///< by path
  std::set<std::string> finished_;                ///< all of it was given out
  std::optional<lost_ticks> lost_before_;
  std::optional<lost_ticks> missed_;
};

} // namespace tessera
