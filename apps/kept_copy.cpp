#include "apps/kept_copy.hpp"

#include "apps/kept_reading.hpp"
#include "persistence/journal_floor.hpp"
#include "persistence/journal_reader.hpp"

#include <algorithm>
#include <set>

namespace tessera {

using namespace journal_format;

namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 20;
constexpr int most_tries = 20;

/// What recovery would read from; damage below is no reason to have no copy.
tick_number needed_from(const manifest& m) {
  return m.checkpoints.empty() ? 0 : m.checkpoints.back().tick;
}

/// A running world writes rounds while its files are scanned one after the other, so a file that was
/// scanned late can witness what one that was scanned early had not got yet. A second look finds that
/// further on; real damage stays where it is.
result<journal_survey> survey_running(file_system& fs, const data_directory& from) {
  const manifest& m = from.current();
  const auto epochs = epochs_of(m);
  const journal_demand demand{.from = needed_from(m)};
  auto look = [&] { return survey_journal(fs, from.journal_path(), m.identity, epochs, demand); };
  auto first = look();
  if (!first || !first->corruption)
    return first;
  auto second = look();
  if (!second || !second->corruption)
    return second;
  auto only_newest = [&](const journal_survey& s) {
    return s.lost.size() == 1 && s.lost.front().epoch == m.epochs.back().epoch;
  };
  bool moves_on = only_newest(*first) && only_newest(*second) &&
                  second->lost.front().from > first->lost.front().from;
  if (!moves_on)
    return tl::unexpected(*second->corruption);
  return second;
}

class copier {
public:
  copier(file_system& fs, const data_directory& from, std::string to, bool border_log)
    : fs_(fs), from_(from), to_(std::move(to)), border_log_(border_log) {}

  result<void> run() {
    return make_directories()
      .and_then([&] { return copy_inputs(); })
      .and_then([&] { return copy_checkpoints(); })
      .and_then([&] { return copy_journal(); })
      .and_then([&] { return copy_border_log(); }) // later, so that it is rather ahead than behind
      .and_then([&] { return sync_directories(); })
      .and_then([&] { return write_manifest(fs_, to_, from_.current()); });
  }

  std::uint64_t files() const { return files_; }
  std::uint64_t bytes() const { return bytes_; }

private:
  std::string place(const std::string& name) const { return to_ + "/" + name; }

  result<void> make_directories() {
    result<void> ok;
    for (const char* name : {"world", "journal", "border", "checkpoints", "aside"})
      ok = ok.and_then([&] { return make(place(name)); });
    return ok;
  }

  result<void> make(const std::string& directory) {
    made_.insert(directory);
    return fs_.make_directory(directory);
  }

  result<void> sync_directories() {
    for (const auto& directory : made_)
      if (auto ok = fs_.sync_directory(directory); !ok)
        return ok;
    return fs_.sync_directory(to_);
  }

  result<void> copy_inputs() {
    for (const auto& input : from_.current().inputs) {
      for (auto slash = input.name.find('/'); slash != std::string::npos;
           slash = input.name.find('/', slash + 1))
        if (auto ok = make(place("world/" + input.name.substr(0, slash))); !ok)
          return ok;
      if (auto ok =
            copy(from_.world_path() + "/" + input.name, place("world/" + input.name), input.bytes);
          !ok)
        return ok;
    }
    return {};
  }

  result<void> copy_checkpoints() {
    for (const auto& checkpoint : from_.current().checkpoints)
      for (const auto& file : checkpoint.files)
        if (auto ok =
              copy(from_.checkpoint_path(file.name), place("checkpoints/" + file.name), file.bytes);
            !ok)
          return ok;
    return {};
  }

  result<void> copy_journal() {
    auto survey = survey_running(fs_, from_);
    if (!survey)
      return tl::unexpected(survey.error());
    if (survey->floor > needed_from(from_.current()))
      return fail(error_code::not_there, from_.journal_path() +
                                           ": the journal now begins at tick " +
                                           std::to_string(survey->floor));
    return copy_segments(*survey, "journal");
  }

  result<void> copy_border_log() {
    if (!border_log_)
      return {};
    const manifest& m = from_.current();
    auto survey =
      survey_journal(fs_, from_.border_path(), m.identity, epochs_of(m), {.synced = false});
    // Written by another version of the game: of no use to this one, and no reason to have no copy.
    if (!survey && survey.error().code == error_code::wrong_code)
      return {};
    return survey ? copy_segments(*survey, "border") : tl::unexpected(survey.error());
  }

  result<void> copy_segments(const journal_survey& survey, const std::string& into) {
    std::uint64_t newest = from_.current().epochs.empty() ? 0 : from_.current().epochs.back().epoch;
    for (const auto& segment : survey.segments) {
      if (segment.header_state == segment_scan::state::unused)
        continue;
      std::uint64_t bytes =
        segment.name.epoch == newest ? end_of_what_counts(survey, segment) : segment.used_bytes;
      if (bytes == 0)
        continue;
      if (auto ok = copy(segment.path, place(into + "/" + name_of(segment.name)), bytes); !ok)
        return ok;
    }
    return raise_journal_floor(fs_, place(into), survey.floor);
  }

  static std::uint64_t end_of_what_counts(const journal_survey& survey,
                                          const segment_scan& segment) {
    tick_number begin = std::max(survey.from, survey.epochs.back().first_tick);
    std::uint64_t good = segment.header_state == segment_scan::state::sound ? header_bytes : 0;
    for (const auto& frame : segment.frames)
      if (frame.counts || frame.end <= begin)
        good = frame.offset + frame.bytes;
    return good;
  }

  result<void> copy(const std::string& from, const std::string& to, std::uint64_t bytes) {
    ++files_;
    bytes_ += bytes;
    return copy_file(fs_, from, to, bytes).map([](std::uint64_t) {});
  }

  file_system& fs_;
  const data_directory& from_;
  std::string to_;
  bool border_log_;
  std::set<std::string> made_;
  std::uint64_t files_ = 0;
  std::uint64_t bytes_ = 0;
};

result<kept_copy> copy_once(const data_directory& from, const std::string& to, bool border_log) {
  copier work(posix_files(), from, to, border_log);
  if (auto ok = work.run(); !ok)
    return tl::unexpected(ok.error());
  auto sound = verify_kept(to);
  if (!sound)
    return tl::unexpected(sound.error());
  return kept_copy{std::move(*sound), work.files(), work.bytes(), 0};
}

} // namespace

result<std::uint64_t> copy_file(file_system& fs, const std::string& from, const std::string& to,
                                std::optional<std::uint64_t> bytes) {
  auto source = fs.open(from, file_system::mode::read);
  if (!source)
    return tl::unexpected(source.error());
  auto size = (*source)->size();
  if (!size)
    return size;
  std::uint64_t wanted = bytes.value_or(*size);
  if (*size < wanted)
    return fail(error_code::corrupt, from + " has " + std::to_string(*size) +
                                       " bytes, it should have " + std::to_string(wanted));
  auto target = fs.open(to, file_system::mode::create_new);
  if (!target)
    return tl::unexpected(target.error());
  std::vector<std::byte> chunk(
    static_cast<std::size_t>(std::min<std::uint64_t>(wanted, chunk_bytes)));
  for (std::uint64_t at = 0; at < wanted;) {
    auto room = std::span(chunk).first(
      static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), wanted - at)));
    auto got = (*source)->read(at, room);
    if (!got)
      return tl::unexpected(got.error());
    if (*got == 0)
      return fail(error_code::corrupt, from + " became shorter while it was copied");
    if (auto ok = (*target)->write(at, room.first(*got)); !ok)
      return tl::unexpected(ok.error());
    at += *got;
  }
  return (*target)->sync().map([&] { return wanted; });
}

result<kept_soundness> verify_kept(const std::string& path) {
  auto directory = data_directory::open_to_read(posix_files(), path);
  if (!directory)
    return tl::unexpected(directory.error());
  if (auto inputs = directory->world_files(); !inputs)
    return tl::unexpected(inputs.error());
  const manifest& m = directory->current();
  kept_soundness out;
  for (const auto& checkpoint : m.checkpoints) {
    for (const auto& file : checkpoint.files) {
      auto reader = directory->open_checkpoint(checkpoint, file, nullptr);
      if (!reader)
        return tl::unexpected(reader.error());
      if (auto ok = reader->verify(); !ok)
        return tl::unexpected(ok.error());
    }
    out.checkpoints.push_back(checkpoint.tick);
  }
  auto survey = survey_journal(posix_files(), directory->journal_path(), m.identity, epochs_of(m),
                               {.from = needed_from(m)});
  if (!survey)
    return tl::unexpected(survey.error());
  if (survey->corruption)
    return tl::unexpected(*survey->corruption);
  out.journal_segments = survey->segments.size();
  out.tick = survey->watermark ? *survey->watermark + 1 : 0;
  if (!m.checkpoints.empty())
    out.tick = std::max(out.tick, m.checkpoints.back().tick);
  return out;
}

result<kept_copy> copy_kept(const std::string& from, new_directory& to, bool border_log) {
  std::optional<error> last;
  for (int i = 0; i < most_tries; ++i) {
    auto directory = data_directory::open_to_read(posix_files(), from);
    if (!directory)
      return tl::unexpected(directory.error());
    if (auto ok = to.clear(); !ok)
      return tl::unexpected(ok.error());
    auto copy = copy_once(*directory, to.building(), border_log);
    if (copy) {
      copy->begun_again = i;
      return copy;
    }
    last = copy.error();
    // What is gone or half there may have been removed by a world that runs: then its manifest says so.
    auto now = read_manifest(posix_files(), from);
    bool changed = now && *now != directory->current();
    bool gone = last->code == error_code::not_there;
    if (!gone && !(changed && last->code == error_code::corrupt))
      return tl::unexpected(*last);
  }
  if (last->code == error_code::not_there)
    last->code = error_code::corrupt; // a file that stays away
  return tl::unexpected(*last);
}

} // namespace tessera
