#include "apps/salvage_plan.hpp"

#include "apps/kept_copy.hpp"
#include "apps/kept_reading.hpp"
#include "apps/rebuilt_manifest.hpp"
#include "apps/text.hpp"
#include "persistence/directory_lock.hpp"
#include "persistence/journal_floor.hpp"
#include "persistence/journal_settle.hpp"
#include "persistence/manifest_format.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

namespace tessera {

using namespace journal_format;

namespace {

/// The machine's files without one, so that the rest of a directory can be judged.
class files_without final : public file_system {
public:
  explicit files_without(std::string path) : hidden_(std::move(path)) {}

  result<std::unique_ptr<file>> open(const std::string& path, mode how) override {
    if (path == hidden_)
      return fail(error_code::not_there, path + ": passed over");
    return under_.open(path, how);
  }
  result<void> rename(const std::string& from, const std::string& to) override {
    return under_.rename(from, to);
  }
  result<void> remove(const std::string& path) override { return under_.remove(path); }
  result<void> make_directory(const std::string& path) override {
    return under_.make_directory(path);
  }
  result<void> remove_directory(const std::string& path) override {
    return under_.remove_directory(path);
  }
  result<std::vector<directory_entry>> list(const std::string& path) override {
    return under_.list(path);
  }
  result<void> sync_directory(const std::string& path) override {
    return under_.sync_directory(path);
  }
  result<std::uint64_t> free_bytes(const std::string& path) override {
    return under_.free_bytes(path);
  }

private:
  file_system& under_ = posix_files();
  std::string hidden_;
};

class planner {
public:
  explicit planner(const data_directory& directory) : directory_(directory) {
    plan_.directory = directory.path();
    plan_.found = plan_.next = directory.current();
  }

  planner(const data_directory& directory, const error& manifest_damage, rebuilt_manifest rebuilt)
    : planner(directory) {
    plan_.new_manifest = true;
    plan_.damage.push_back(manifest_damage.message);
    plan_.taken = std::move(rebuilt.taken);
    plan_.lost_with_manifest = std::move(rebuilt.lost);
    for (const auto& relative : rebuilt.dropped)
      keep(relative);
  }

  result<salvage_plan> run() {
    if (auto inputs = directory_.world_files(); !inputs)
      return tl::unexpected(inputs.error()); // says which file to put back
    look_at_checkpoints();
    auto done = look_at_floor().and_then([&] { return choose_base(); }).and_then([&] {
      return look_at_journal();
    });
    if (!done)
      return tl::unexpected(done.error());
    look_at_border();
    if (!plan_.sound())
      keep(std::string(manifest_format::file_name));
    return std::move(plan_);
  }

private:
  void keep(const std::string& relative) {
    std::error_code ignored;
    bool there = std::filesystem::exists(plan_.directory + "/" + relative, ignored);
    if (there && std::ranges::find(plan_.keep, relative) == plan_.keep.end())
      plan_.keep.push_back(relative);
  }

  void look_at_checkpoints() {
    std::vector<manifest_checkpoint> good;
    for (const auto& checkpoint : directory_.current().checkpoints) {
      std::size_t before = plan_.damage.size();
      for (const auto& file : checkpoint.files) {
        auto reader = directory_.open_checkpoint(checkpoint, file, nullptr);
        auto fine = reader ? reader->verify() : result<void>(tl::unexpected(reader.error()));
        if (!fine)
          plan_.damage.push_back(fine.error().message);
      }
      if (plan_.damage.size() == before) {
        good.push_back(checkpoint);
        continue;
      }
      plan_.damaged_checkpoints.push_back(checkpoint.tick);
      for (const auto& file : checkpoint.files)
        keep("checkpoints/" + file.name);
    }
    plan_.next.checkpoints = std::move(good);
  }

  result<void> look_at_floor() {
    auto floor = read_journal_floor(posix_files(), directory_.journal_path());
    if (floor) {
      floor_ = *floor;
      return {};
    }
    if (floor.error().code != error_code::corrupt)
      return tl::unexpected(floor.error());
    plan_.damage.push_back(floor.error().message);
    plan_.new_floor = true;
    std::string relative = "journal/" + std::string(floor_name);
    files_ = std::make_unique<files_without>(plan_.directory + "/" + relative);
    keep(relative);
    return {};
  }

  result<void> choose_base() {
    if (!plan_.next.checkpoints.empty()) {
      plan_.base = plan_.next.checkpoints.back().tick;
      return {};
    }
    bool from_the_start = plan_.found.epochs.empty() || plan_.found.epochs.front().first_tick == 0;
    if (from_the_start && floor_ == 0)
      return {};
    std::string text = plan_.directory +
                       ": nothing can be saved here. No checkpoint is whole, and the "
                       "journal does not reach back to the world's start:";
    for (const auto& line : plan_.damage)
      text += "\n  " + line;
    return fail(error_code::corrupt, text + "\nrestore a backup: tessera restore BACKUP NEW_DIR");
  }

  file_system& files() { return files_ ? static_cast<file_system&>(*files_) : posix_files(); }

  result<void> look_at_journal() {
    auto survey = survey_journal(files(), directory_.journal_path(), plan_.found.identity,
                                 epochs_of(plan_.found), {.from = plan_.base});
    if (!survey)
      return tl::unexpected(survey.error());
    plan_.stands = std::max(plan_.base, survey->watermark ? *survey->watermark + 1 : 0);
    for (const auto& d : survey->needless)
      plan_.notes.push_back(d.path + ", byte " + std::to_string(d.offset) + ": " + d.what +
                            ", in ticks before the checkpoint of tick " +
                            std::to_string(plan_.base) + ", which nothing needs");
    for (const auto& t : survey->torn)
      if (!survey->corruption)
        plan_.notes.push_back(t.path + ", byte " + std::to_string(t.offset) + ": " + t.what +
                              "; nothing that was acknowledged from tick " +
                              std::to_string(plan_.base) +
                              " on needs it, and the next start sets it aside");
    if (!survey->corruption) {
      // An epoch that began and wrote nothing is known to nobody: its number is not used again.
      if (plan_.new_manifest)
        give_up_later_epochs(*survey);
      return {};
    }
    plan_.holes = survey->lost;
    for (const auto& hole : survey->lost)
      plan_.stands = std::max(plan_.base, std::min(plan_.stands, hole.from));
    find_lost(*survey);
    tell_damage(*survey);
    give_up_later_epochs(*survey);
    return {};
  }

  /// Nothing of the world needs it, so it is told and left as it is.
  void look_at_border() {
    auto survey = survey_journal(posix_files(), directory_.border_path(), plan_.found.identity,
                                 epochs_of(plan_.found), {.from = plan_.base, .synced = false});
    if (!survey) {
      if (survey.error().code != error_code::not_there)
        plan_.notes.push_back("the border log: " + survey.error().message);
      return;
    }
    for (const auto& segment : survey->segments)
      for (const auto& d : segment.damage)
        plan_.notes.push_back("the border log: " + d.path + ", byte " + std::to_string(d.offset) +
                              ": " + d.what +
                              "; the world does not need it, only the replay of one shard alone");
  }

  void find_lost(const journal_survey& survey) {
    tick_number end = plan_.stands;
    for (const auto& hole : survey.lost)
      end = std::max(end, hole.end);
    for (const auto& segment : survey.segments) {
      end = std::max(end, segment.witnessed);
      for (const auto& frame : segment.frames)
        end = std::max(end, frame.end);
    }
    if (end > plan_.stands)
      plan_.lost = tick_range{plan_.stands, end};
  }

  void tell_damage(const journal_survey& survey) {
    std::size_t before = plan_.damage.size();
    for (const auto& segment : survey.segments) {
      if (!knows(segment.name.epoch) && segment.header_state != segment_scan::state::unused)
        plan_.damage.push_back(segment.path + ": of epoch " + std::to_string(segment.name.epoch) +
                               ", of which the manifest knows nothing");
      for (const auto& d : segment.damage)
        plan_.damage.push_back(d.path + ", byte " + std::to_string(d.offset) + ": " + d.what);
    }
    if (plan_.damage.size() == before) // a file is missing
      plan_.damage.push_back(survey.corruption->message);
  }

  bool knows(std::uint64_t epoch) const {
    return std::ranges::find(plan_.found.epochs, epoch, &manifest_epoch::epoch) !=
           plan_.found.epochs.end();
  }

  /// A new epoch begins where the world stands, so whatever older ones hold from there on is void.
  void give_up_later_epochs(const journal_survey& survey) {
    std::uint64_t newest = plan_.found.epochs.empty() ? 0 : plan_.found.epochs.back().epoch;
    for (auto& epoch : plan_.next.epochs)
      epoch.first_tick = std::min(epoch.first_tick, plan_.stands);
    for (const auto& segment : survey.segments) {
      newest = std::max(newest, segment.name.epoch);
      std::string relative = "journal/" + name_of(segment.name);
      bool given_up = !segment.damage.empty();
      for (const auto& frame : segment.frames)
        given_up = given_up || frame.end > plan_.stands;
      if (given_up)
        keep(relative);
      if (!knows(segment.name.epoch)) {
        keep(relative);
        plan_.remove.push_back(relative);
      }
    }
    plan_.next.epochs.push_back({newest + 1, plan_.stands});
  }

  const data_directory& directory_;
  salvage_plan plan_;
  tick_number floor_ = 0;
  std::unique_ptr<files_without> files_;
};

/// DIR/aside/salvage-N, made.
result<std::string> make_place(const std::string& directory) {
  auto& fs = posix_files();
  std::string aside = directory + "/aside";
  if (auto ok = fs.make_directory(aside); !ok)
    return tl::unexpected(ok.error());
  for (int n = 1;; ++n) {
    std::string place = aside + "/salvage-" + std::to_string(n);
    if (fs.list(place))
      continue;
    for (const auto& made : {place, place + "/journal", place + "/checkpoints"})
      if (auto ok = fs.make_directory(made); !ok)
        return tl::unexpected(ok.error());
    return place;
  }
}

result<void> put_aside(const salvage_plan& plan, const std::string& place,
                       const std::string& words) {
  auto& fs = posix_files();
  for (const auto& relative : plan.keep)
    if (auto ok = copy_file(fs, plan.directory + "/" + relative, place + "/" + relative); !ok)
      return tl::unexpected(ok.error());
  auto text = std::as_bytes(std::span(words));
  result<void> ok = replace_file(fs, place + "/WHAT.txt", text);
  for (const auto& synced : {place + "/journal", place + "/checkpoints", place,
                             plan.directory + "/aside", plan.directory})
    ok = ok.and_then([&] { return fs.sync_directory(synced); });
  return ok;
}

result<void> replace_floor(const salvage_plan& plan, const std::string& journal) {
  if (!plan.new_floor)
    return {};
  return posix_files().remove(journal + "/" + std::string(floor_name)).and_then([&] {
    return raise_journal_floor(posix_files(), journal, plan.base);
  });
}

/// Now that the manifest says what counts, the journal is brought to it: what is void goes.
result<void> settle(const salvage_plan& plan, const data_directory& directory) {
  auto& fs = posix_files();
  for (const auto& relative : plan.remove)
    if (auto ok = fs.remove(plan.directory + "/" + relative); !ok)
      return ok;
  auto survey = survey_journal(fs, directory.journal_path(), plan.next.identity,
                               epochs_of(plan.next), {.from = plan.base});
  if (!survey)
    return tl::unexpected(survey.error());
  return settle_journal(fs, *survey);
}

} // namespace

result<salvage_plan> plan_salvage(const std::string& path) {
  auto directory = data_directory::open_to_read(posix_files(), path);
  if (directory)
    return planner{*directory}.run();
  if (directory.error().code != error_code::corrupt)
    return tl::unexpected(directory.error());
  auto rebuilt = rebuild_manifest(path);
  if (!rebuilt)
    return tl::unexpected(rebuilt.error());
  auto as_if = data_directory::with_manifest(posix_files(), path, rebuilt->what);
  return planner{as_if, directory.error(), std::move(*rebuilt)}.run();
}

result<std::string> apply_salvage(const salvage_plan& plan, const std::string& words) {
  auto lock = directory_lock::take(plan.directory + "/LOCK");
  if (!lock)
    return tl::unexpected(lock.error());
  auto directory = data_directory::with_manifest(posix_files(), plan.directory, plan.next);
  auto now = plan.new_manifest
               ? rebuild_manifest(plan.directory).map([](rebuilt_manifest r) { return r.what; })
               : read_manifest(posix_files(), plan.directory);
  if (!now || *now != plan.found)
    return fail(error_code::failure, plan.directory + " has changed meanwhile; run salvage again");
  auto place = make_place(plan.directory);
  if (!place)
    return place;
  auto done = put_aside(plan, *place, words)
                .and_then([&] { return replace_floor(plan, directory.journal_path()); })
                .and_then([&] { return write_manifest(posix_files(), plan.directory, plan.next); })
                .and_then([&] { return settle(plan, directory); });
  if (!done)
    return tl::unexpected(done.error());
  return place;
}

} // namespace tessera
