#include "persistence/journal_reader.hpp"

#include "core/assert.hpp"
#include "persistence/crc32c.hpp"
#include "persistence/journal_floor.hpp"
#include "persistence/journal_rounds.hpp"

#include <algorithm>
#include <tuple>

namespace tessera {

using namespace journal_format;

namespace {

/// The first tick that is not the epoch's any more.
tick_number end_of_epoch(std::span<const epoch_start> epochs, std::uint64_t epoch) {
  for (std::size_t i = 0; i + 1 < epochs.size(); ++i)
    if (epochs[i].epoch == epoch)
      return epochs[i + 1].first_tick;
  return std::numeric_limits<tick_number>::max();
}

tick_number begin_of_epoch(std::span<const epoch_start> epochs, std::uint64_t epoch) {
  const auto found = std::ranges::find(epochs, epoch, &epoch_start::epoch);
  return found == epochs.end() ? 0 : found->first_tick;
}

result<void> check_identity(const segment_scan& segment, const log_identity& identity,
                            bool needed) {
  const segment_header& header = segment.header;
  if (header.world != identity.world)
    return fail(error_code::wrong_world, segment.path + " belongs to another world");
  if (needed && header.schema != identity.schema)
    return fail(error_code::wrong_code,
                segment.path + " was written by a game with other components: recover with the "
                               "build that wrote it and take a checkpoint");
  if (needed && header.code != identity.code)
    return fail(error_code::wrong_code,
                segment.path + " was written by other game code: recover with the build that wrote "
                               "it and take a checkpoint, or accept the last checkpoint");
  return {};
}

result<std::vector<segment_name>> list_segments(file_system& fs, const journal_survey& survey,
                                                bool alone) {
  const auto entries = fs.list(survey.directory);
  if (!entries)
    return tl::unexpected(entries.error());
  std::vector<segment_name> names;
  for (const directory_entry& entry : *entries)
    if (const auto name = parse_name(entry.name);
        name && !survey.epochs.empty() && name->epoch >= survey.epochs.front().epoch &&
        (!alone || name->epoch == survey.epochs.front().epoch))
      names.push_back(*name);
  std::ranges::sort(names, {}, [](const segment_name& name) {
    return std::tuple(name.shard, name.epoch, name.number);
  });
  return names;
}

result<void> scan_all(file_system& fs, journal_survey& survey, const log_identity& identity,
                      bool alone, bool keep_bytes) {
  const auto names = list_segments(fs, survey, alone);
  if (!names)
    return tl::unexpected(names.error());
  for (const segment_name& name : *names) {
    std::optional<std::uint64_t> chain;
    if (!survey.segments.empty()) {
      const segment_scan& before = survey.segments.back();
      if (before.name == segment_name{name.shard, name.epoch, name.number - 1})
        chain = before.chain;
    }
    auto scanned = scan_segment(fs, survey.directory, name, chain, keep_bytes);
    if (!scanned)
      return tl::unexpected(scanned.error());
    const bool known =
      std::ranges::find(survey.epochs, name.epoch, &epoch_start::epoch) != survey.epochs.end();
    if (!known && scanned->header_state != segment_scan::state::unused && !survey.corruption)
      survey.corruption =
        error{error_code::corrupt, scanned->path + " is of epoch " + std::to_string(name.epoch) +
                                     ", of which the manifest knows nothing"};
    if (scanned->header_state == segment_scan::state::sound) {
      const bool needed = end_of_epoch(survey.epochs, name.epoch) > survey.from;
      if (auto fits = check_identity(*scanned, identity, needed); !fits)
        return fits;
    }
    survey.segments.push_back(std::move(*scanned));
  }
  return {};
}

/// Every shard of a border log writes in every tick, so what is missing of the first segments is below
/// the floor.
tick_number begin_of_its_own(const journal_survey& survey) {
  std::optional<tick_number> begin;
  for (const segment_scan& segment : survey.segments)
    if (segment.name.number == 1 && segment.header_state == segment_scan::state::sound)
      begin = std::min(begin.value_or(segment.header.first_tick), segment.header.first_tick);
  return begin.value_or(0);
}

result<void> make_survey(file_system& fs, const log_identity& identity,
                         const journal_demand& demand, bool keep_bytes, journal_survey& survey) {
  survey.from = demand.from;
  survey.synced = demand.synced;
  const auto floor = read_journal_floor(fs, survey.directory);
  if (!floor)
    return tl::unexpected(floor.error());
  survey.floor = *floor;
  survey.from = std::max(survey.from, *floor);
  if (auto scanned = scan_all(fs, survey, identity, demand.alone, keep_bytes); !scanned)
    return scanned;
  if (demand.alone)
    survey.epochs.front().first_tick = begin_of_its_own(survey);
  judge_rounds(survey);
  return {};
}

/// The records of one shard, frame by frame.
class shard_cursor {
public:
  shard_cursor(file_system& fs, const journal_survey& survey, const journal_range& range)
    : fs_(fs), survey_(survey), range_(range) {}

  void add(const segment_scan& segment) { segments_.push_back(&segment); }

  /// Makes head() valid; false at the end, or after an error.
  bool load() {
    while (next_ == records_.size())
      if (failure_ || !load_frame())
        return false;
    return true;
  }
  const journal_record& head() const { return records_[next_]; }
  void pop() { ++next_; }
  const std::optional<error>& failure() const { return failure_; }

private:
  bool load_frame() {
    while (segment_ < segments_.size()) {
      const segment_scan& segment = *segments_[segment_];
      for (; frame_ < segment.frames.size(); ++frame_)
        if (wanted(segment, segment.frames[frame_]))
          return parse(segment, segment.frames[frame_++]);
      ++segment_;
      frame_ = 0;
      open_.reset();
    }
    return false;
  }

  bool wanted(const segment_scan& segment, const scanned_frame& frame) const {
    return frame.counts && frame.records > 0 && frame.end > lowest(segment) &&
           frame.from <= range_.to;
  }

  tick_number lowest(const segment_scan& segment) const {
    return std::max(
      {range_.from, survey_.from, begin_of_epoch(survey_.epochs, segment.name.epoch)});
  }

  bool parse(const segment_scan& segment, const scanned_frame& frame) {
    records_.clear();
    next_ = 0;
    const auto payload = payload_of(segment, frame);
    if (failure_)
      return false;
    const tick_number low = lowest(segment);
    const tick_number bound = end_of_epoch(survey_.epochs, segment.name.epoch);
    const bool fine =
      for_each_record(payload, frame.from, frame.end,
                      [&](tick_number tick, std::uint16_t kind, std::span<const std::byte> bytes) {
                        if (tick >= low && tick < bound && tick <= range_.to)
                          records_.push_back({segment.name.shard, tick, kind, bytes});
                      });
    if (!fine)
      changed(segment, frame);
    return fine;
  }

  std::span<const std::byte> payload_of(const segment_scan& segment, const scanned_frame& frame) {
    const std::uint64_t at = frame.offset + sizeof(frame_header);
    if (segment.bytes)
      return {segment.bytes.get() + at, frame.payload_bytes};
    if (!open_) {
      auto opened = fs_.open(segment.path, file_system::mode::read);
      if (!opened) {
        failure_ = opened.error();
        return {};
      }
      open_ = std::move(*opened);
    }
    buffer_.resize(frame.bytes);
    const auto got = open_->read(frame.offset, buffer_);
    if (!got) {
      failure_ = got.error();
      return {};
    }
    frame_header header;
    std::memcpy(&header, buffer_.data(), sizeof header);
    const auto rest = std::span<const std::byte>(buffer_).subspan(sizeof header);
    if (*got != frame.bytes || header.crc != crc_of(header) ||
        header.payload_bytes != frame.payload_bytes || header.payload_crc != crc32c(rest)) {
      changed(segment, frame);
      return {};
    }
    return rest.first(frame.payload_bytes);
  }

  void changed(const segment_scan& segment, const scanned_frame& frame) {
    failure_ = error{error_code::corrupt, segment.path + ", byte " + std::to_string(frame.offset) +
                                            ": a frame that changed while it was read"};
  }

  file_system& fs_;
  const journal_survey& survey_;
  const journal_range& range_;
  std::vector<const segment_scan*> segments_; ///< in the order of ticks
  std::size_t segment_ = 0;
  std::size_t frame_ = 0;
  std::unique_ptr<file> open_;
  std::vector<std::byte> buffer_;
  std::vector<journal_record> records_; ///< of the current frame
  std::size_t next_ = 0;
  std::optional<error> failure_;
};

} // namespace

result<void> visit_journal(file_system& fs, const journal_survey& survey,
                           const journal_range& range,
                           const std::function<bool(const journal_record&)>& each) {
  std::vector<shard_cursor> cursors; // by shard, as the segments are
  const segment_scan* before = nullptr;
  for (const segment_scan& segment : survey.segments) {
    if (range.shard && segment.name.shard != *range.shard)
      continue;
    if (before == nullptr || before->name.shard != segment.name.shard)
      cursors.emplace_back(fs, survey, range);
    cursors.back().add(segment);
    before = &segment;
  }
  while (true) {
    std::optional<tick_number> tick;
    for (shard_cursor& cursor : cursors) {
      if (cursor.load())
        tick = tick ? std::min(*tick, cursor.head().tick) : cursor.head().tick;
      else if (cursor.failure())
        return tl::unexpected(*cursor.failure());
    }
    if (!tick)
      return {};
    for (shard_cursor& cursor : cursors)
      for (; cursor.load() && cursor.head().tick == *tick; cursor.pop())
        if (!each(cursor.head()))
          return {};
  }
}

result<journal_survey> survey_journal(file_system& fs, const std::string& directory,
                                      const log_identity& identity,
                                      std::span<const epoch_start> epochs,
                                      const journal_demand& demand) {
  journal_survey survey;
  survey.directory = directory;
  survey.epochs.assign(epochs.begin(), epochs.end());
  if (auto made = make_survey(fs, identity, demand, false, survey); !made)
    return tl::unexpected(made.error());
  return survey;
}

result<journal_contents> read_journal(file_system& fs, const std::string& directory,
                                      const log_identity& identity,
                                      std::span<const epoch_start> epochs,
                                      const journal_demand& demand) {
  journal_contents contents;
  contents.directory = directory;
  contents.epochs.assign(epochs.begin(), epochs.end());
  if (auto made = make_survey(fs, identity, demand, true, contents); !made)
    return tl::unexpected(made.error());
  if (contents.corruption)
    return tl::unexpected(*contents.corruption);
  for (segment_scan& segment : contents.segments)
    if (std::ranges::none_of(segment.frames, &scanned_frame::counts))
      segment.bytes.reset();
  const auto keep = [&](const journal_record& record) {
    contents.records.push_back(record);
    return true;
  };
  if (auto visited = visit_journal(fs, contents, {}, keep); !visited)
    return tl::unexpected(visited.error());
  return contents;
}

} // namespace tessera
