#include "apps/log_follow.hpp"

#include "persistence/journal_floor.hpp"
#include "persistence/journal_rounds.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

namespace tessera {

namespace {

/// A file's time of writing moves on in steps of some milliseconds, so one that was written just now may be
/// written again without its time telling.
constexpr std::chrono::seconds settles_after{2};

auto place_of(const journal_format::segment_name& name) {
  return std::tuple(name.shard, name.epoch, name.number);
}

} // namespace

bool journal_follower::wanted(const journal_format::segment_name& name) const {
  return std::ranges::find(epochs_, name.epoch, &epoch_start::epoch) != epochs_.end();
}

/// What has been written since the last time. A segment that is removed meanwhile holds nothing to come.
result<void> journal_follower::scan_anew() {
  auto names = posix_files().list(journal_);
  if (!names)
    return tl::unexpected(names.error());
  for (const auto& entry : *names) {
    auto name = journal_format::parse_name(entry.name);
    std::string path = journal_ + "/" + entry.name;
    if (!name || !wanted(*name) || finished_.contains(path))
      continue;
    std::error_code ec;
    auto written = std::filesystem::last_write_time(path, ec);
    auto known = segments_.find(path);
    if (known != segments_.end() && known->second.settled && known->second.written == written)
      continue;
    bool settled = std::filesystem::file_time_type::clock::now() - written > settles_after && !ec;
    auto scan = scan_segment(posix_files(), journal_, *name, std::nullopt, false);
    if (!scan && scan.error().code == error_code::not_there)
      continue;
    if (!scan)
      return tl::unexpected(scan.error());
    segments_.insert_or_assign(path, known_segment{std::move(*scan), written, settled});
  }
  return {};
}

journal_survey journal_follower::judged() {
  journal_survey out;
  out.directory = journal_;
  out.epochs = epochs_;
  out.floor = floor_;
  out.from = std::max(next_, floor_);
  for (auto& [path, known] : segments_)
    out.segments.push_back(std::move(known.scan));
  std::ranges::sort(out.segments, {}, [](const segment_scan& s) { return place_of(s.name); });
  judge_rounds(out);
  return out;
}

/// A round may be in the logs that were read late and not in those read before; seen twice, it is lost.
result<void> journal_follower::check(const journal_survey& found) {
  auto before = std::exchange(lost_before_, std::nullopt);
  if (found.lost.empty())
    return {};
  lost_before_ = found.lost.front();
  if (before && before->epoch == lost_before_->epoch && before->from == lost_before_->from)
    return tl::unexpected(*found.corruption);
  return {};
}

/// Keeps the scans for the next time, but those of segments that have a successor and hold nothing to come.
void journal_follower::remember(journal_survey found) {
  auto& segments = found.segments;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto& s = segments[i];
    bool followed = i + 1 < segments.size() && segments[i + 1].name.shard == s.name.shard &&
                    segments[i + 1].header_state == segment_scan::state::sound;
    bool given = std::ranges::all_of(s.frames, [&](const auto& f) { return f.end <= next_; });
    if (followed && given) {
      finished_.insert(s.path);
      segments_.erase(s.path);
    } else {
      segments_[s.path].scan = std::move(segments[i]);
    }
  }
}

result<void> journal_follower::poll(tick_number to, std::optional<std::uint32_t> shard,
                                    const std::function<bool(const journal_record&)>& each) {
  auto directory = data_directory::open_to_read(posix_files(), directory_);
  if (!directory)
    return tl::unexpected(directory.error());
  journal_ = directory->journal_path();
  auto floor = read_journal_floor(posix_files(), journal_);
  if (!floor)
    return tl::unexpected(floor.error());
  floor_ = *floor;
  epochs_ = epochs_of(directory->current());
  while (epochs_.size() > 1 && epochs_[1].first_tick <= next_)
    epochs_.erase(epochs_.begin());
  std::erase_if(segments_, [&](const auto& s) { return !wanted(s.second.scan.name); });
  if (auto ok = scan_anew(); !ok)
    return ok;
  journal_survey found = judged();
  if (auto ok = check(found); !ok)
    return ok;
  if (found.from > next_)
    missed_ = lost_ticks{epochs_.front().epoch, next_, found.from};
  tick_number end = found.watermark ? *found.watermark + 1 : 0;
  if (!found.lost.empty())
    end = std::min(end, found.lost.front().from);
  if (end > found.from) {
    journal_range range{.from = found.from, .to = std::min(to, end - 1), .shard = shard};
    if (auto ok = visit_journal(posix_files(), found, range, each); !ok)
      return ok;
  }
  next_ = std::max({next_, found.from, end});
  remember(std::move(found));
  return {};
}

} // namespace tessera
