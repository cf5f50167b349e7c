#include "persistence/journal_rounds.hpp"

#include <algorithm>
#include <map>

namespace tessera {

using namespace journal_format;

namespace {

struct round_state {
  tick_number from = 0;
  tick_number end = 0;
  std::uint32_t frames = 0; ///< as stated
  std::uint32_t seen = 0;
  bool agreed = true; ///< all frames say the same of it
  bool counts = false;
  bool stop = false; ///< the witness of a clean stop
};

struct epoch_judge {
  journal_survey& survey;
  std::uint64_t epoch;
  tick_number first_tick;
  tick_number bound; ///< the next epoch's first tick
  bool newest;
  bool demanding; ///< what was durable must be there
  std::map<std::uint64_t, round_state> rounds{};
  tick_number covered = 0; ///< all from first_tick, or `from`, up to here counts

  void run() {
    collect();
    const tick_number begin = std::max(first_tick, survey.from);
    covered = begin;
    walk();
    if (newest) {
      survey.watermark = covered == 0 ? std::nullopt : std::optional<tick_number>(covered - 1);
      survey.witnessed = witnessed();
    }
    const tick_number demanded = newest ? witnessed() : bound;
    const bool held_to_it = demanding && synced();
    if (held_to_it && covered < demanded)
      lose(covered, demanded);
    if (newest)
      survey.synced = held_to_it;
    mark(begin);
  }

  void collect() {
    for (const segment_scan& segment : survey.segments) {
      if (segment.name.epoch != epoch)
        continue;
      for (const scanned_frame& frame : segment.frames) {
        round_state& round = rounds[frame.round];
        if (round.seen++ == 0) {
          round.from = frame.from;
          round.end = frame.end;
          round.frames = frame.frames;
          round.stop = frame.kind == frame_kind::clean_stop;
        }
        round.agreed = round.agreed && round.from == frame.from && round.end == frame.end &&
                       round.frames == frame.frames;
      }
    }
  }

  /// A world may have been kept without syncs in one epoch and with them in the next.
  bool synced() const {
    return std::ranges::none_of(survey.segments, [&](const segment_scan& segment) {
      return segment.name.epoch == epoch && segment.header_state == segment_scan::state::sound &&
             (segment.header.flags & unsynced_flag) != 0;
    });
  }

  tick_number witnessed() const {
    tick_number newest_witness = 0;
    for (const segment_scan& segment : survey.segments)
      if (segment.name.epoch == epoch)
        newest_witness = std::max(newest_witness, segment.witnessed);
    return newest_witness;
  }

  static bool whole(const round_state& round) { return round.agreed && round.seen == round.frames; }

  void walk() {
    std::uint64_t last = 0;
    for (auto& [number, round] : rounds) {
      if (round.stop) {
        round.counts = whole(round) && round.from == covered;
        if (newest && round.counts)
          last = number;
        continue;
      }
      if (round.end <= covered)
        continue;
      if (covered >= bound || !whole(round) || round.from > covered)
        return;
      round.counts = true;
      covered = round.end;
    }
    survey.clean_stop = newest && last != 0 && last == rounds.rbegin()->first;
  }

  /// Frames that count, and what of each file does not.
  void mark(tick_number begin) {
    for (segment_scan& segment : survey.segments) {
      if (segment.name.epoch != epoch)
        continue;
      // A sound header stays: it says whose log this is, and whether it was ever synced.
      const bool sound = segment.header_state == segment_scan::state::sound;
      std::uint64_t good = sound ? header_bytes : 0;
      for (scanned_frame& frame : segment.frames) {
        frame.counts = rounds[frame.round].counts;
        if (frame.counts || frame.end <= begin)
          good = frame.offset + frame.bytes;
      }
      std::string what = "frames of rounds that do not count";
      for (const journal_damage& damage : segment.damage)
        if (damage.offset < good)
          survey.needless.push_back(damage);
        else {
          what = damage.what;
          break;
        }
      if (segment.used_bytes <= good)
        continue;
      survey.clean_stop = survey.clean_stop && !newest;
      survey.torn.push_back({segment.path, good, segment.used_bytes - good, covered, what});
    }
  }

  void lose(tick_number from, tick_number end) {
    survey.lost.push_back({epoch, from, end});
    if (survey.corruption)
      return;
    survey.corruption =
      error{error_code::corrupt, survey.directory + ": ticks " + std::to_string(from) + " to " +
                                   std::to_string(end - 1) + " of epoch " + std::to_string(epoch) +
                                   " were durable and cannot be read: " + reason()};
  }

  /// What was found instead, by file and offset.
  std::string reason() const {
    constexpr int most = 3;
    int told = 0;
    std::string text;
    const auto tell = [&](const std::string& what) {
      if (++told <= most)
        text += (told > 1 ? "; " : "") + what;
    };
    for (const segment_scan& segment : survey.segments)
      if (segment.name.epoch == epoch)
        for (const journal_damage& damage : segment.damage)
          tell(damage.path + ", byte " + std::to_string(damage.offset) + ": " + damage.what);
    for (const std::string& name : missing_segments())
      tell(name + " is missing");
    if (told == 0)
      tell(unfinished_round());
    if (told > most)
      text += "; and " + std::to_string(told - most) + " more";
    return text;
  }

  std::vector<std::string> missing_segments() const {
    std::vector<std::string> names;
    const segment_name* before = nullptr;
    for (const segment_scan& segment : survey.segments) {
      if (segment.name.epoch != epoch)
        continue;
      const bool same = before != nullptr && before->shard == segment.name.shard;
      for (std::uint32_t n = same ? before->number + 1 : segment.name.number;
           n < segment.name.number && names.size() < 8; ++n)
        names.push_back(survey.directory + "/" + name_of({segment.name.shard, epoch, n}));
      before = &segment.name;
    }
    return names;
  }

  std::string unfinished_round() const {
    for (const auto& [number, round] : rounds)
      if (!round.stop && round.end > covered && !whole(round))
        return "round " + std::to_string(number) + " has " + std::to_string(round.seen) + " of " +
               std::to_string(round.frames) + " frames: a segment is missing";
    return "no segment has them: a file is missing";
  }
};

} // namespace

void judge_rounds(journal_survey& survey) {
  const bool demanding = survey.synced;
  for (std::size_t i = 0; i < survey.epochs.size(); ++i) {
    const bool newest = i + 1 == survey.epochs.size();
    epoch_judge{.survey = survey,
                .epoch = survey.epochs[i].epoch,
                .first_tick = survey.epochs[i].first_tick,
                .bound = newest ? std::numeric_limits<tick_number>::max()
                                : survey.epochs[i + 1].first_tick,
                .newest = newest,
                .demanding = demanding}
      .run();
  }
}

} // namespace tessera
