#include "apps/rebuilt_manifest.hpp"

#include "apps/checkpoint_reading.hpp"
#include "apps/kept_copy.hpp"
#include "apps/text.hpp"
#include "persistence/crc32c.hpp"
#include "persistence/journal_floor.hpp"
#include "persistence/journal_scan.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>

namespace tessera {

namespace {

namespace fs = std::filesystem;
using namespace journal_format;

class rebuilder {
public:
  explicit rebuilder(std::string path) : path_(std::move(path)) {}

  result<rebuilt_manifest> run() {
    auto done = take_inputs()
                  .and_then([&] { return scan_journal(); })
                  .and_then([&] { return scan_checkpoints(); })
                  .and_then([&] { return take_epochs(); })
                  .and_then([&] { return take_checkpoints(); });
    if (!done)
      return tl::unexpected(done.error());
    return std::move(out_);
  }

private:
  tl::unexpected<error> cannot(const std::string& why) const {
    return fail(error_code::corrupt,
                path_ + "/MANIFEST is lost or damaged, and no other can be made: " + why +
                  ". Keep the directory as it is and restore a backup: tessera restore BACKUP "
                  "NEW_DIR");
  }

  /// As they are now: only the manifest knew how they were.
  result<void> take_inputs() {
    std::vector<std::string> names;
    std::error_code why;
    for (const auto& entry : fs::recursive_directory_iterator(path_ + "/world", why))
      if (entry.is_regular_file())
        names.push_back(fs::relative(entry.path(), path_ + "/world").string());
    if (why || names.empty())
      return cannot("the world's files, " + path_ + "/world, are not there");
    std::ranges::sort(names);
    std::string all;
    for (const auto& name : names) {
      auto bytes = read_file(posix_files(), path_ + "/world/" + name, most_input_bytes);
      if (!bytes)
        return tl::unexpected(bytes.error());
      out_.what.inputs.push_back({name, bytes->size(), crc32c(*bytes)});
      all += " world/" + name;
    }
    out_.lost.push_back("the checksums of the world's files, which are taken as they are now:" +
                        all);
    return {};
  }

  result<void> scan_journal() {
    const std::string journal = path_ + "/journal";
    auto entries = posix_files().list(journal);
    if (!entries)
      return tl::unexpected(entries.error());
    for (const auto& entry : *entries)
      if (auto name = parse_name(entry.name)) {
        auto scanned = scan_segment(posix_files(), journal, *name, std::nullopt, false);
        if (!scanned)
          return tl::unexpected(scanned.error());
        if (scanned->header_state != segment_scan::state::unused)
          segments_.push_back(std::move(*scanned));
      }
    const segment_scan* newest = nullptr;
    for (const auto& s : segments_)
      if (s.header_state == segment_scan::state::sound &&
          (newest == nullptr || newest->name.epoch <= s.name.epoch))
        newest = &s;
    if (newest != nullptr)
      out_.what.identity = {newest->header.world, newest->header.schema, newest->header.code};
    return {};
  }

  /// Those of which all files are there and whole: the conductor's has the highest number.
  result<void> scan_checkpoints() {
    auto entries = posix_files().list(path_ + "/checkpoints");
    if (!entries)
      return tl::unexpected(entries.error());
    for (const auto& entry : *entries) {
      const std::string relative = "checkpoints/" + entry.name;
      auto reader = checkpoint_reader::open(posix_files(), path_ + "/" + relative, nullptr);
      auto whole = reader ? reader->verify() : result<void>(tl::unexpected(reader.error()));
      if (!whole && whole.error().code != error_code::corrupt)
        return whole;
      out_.dropped.push_back(relative); // until it is taken
      if (!whole)
        continue;
      const auto& h = reader->header();
      auto& set = found_[h.tick];
      set.files.push_back({h.shard, entry.name, reader->written().bytes, reader->written().crc});
      set.whole = set.whole || reader->find("conductor") != nullptr;
      if (segments_.empty())
        out_.what.identity = h.identity;
    }
    for (auto& [tick, set] : found_)
      std::ranges::sort(set.files, {}, &checkpoint_file::shard);
    std::erase_if(found_, [](const auto& of_tick) {
      const file_set& set = of_tick.second;
      return !set.whole || set.files.back().shard + 1 != set.files.size();
    });
    if (segments_.empty() && found_.empty())
      return cannot("there is neither a checkpoint nor a journal");
    return {};
  }

  /// The first tick of an epoch is where its first round begins; where segments were removed, all that later ones have
  /// is above the floor.
  result<void> take_epochs() {
    auto floor = read_journal_floor(posix_files(), path_ + "/journal");
    if (!floor)
      return cannot(floor.error().message);
    std::map<std::uint64_t, std::optional<tick_number>> first;
    for (const auto& s : segments_) {
      auto& tick = first[s.name.epoch];
      for (const auto& frame : s.frames)
        if (frame.round == 1)
          tick = frame.from;
      if (!tick && s.name.shard == 0 && s.name.number == 1 &&
          s.header_state == segment_scan::state::sound)
        tick = s.header.first_tick;
    }
    for (const auto& [epoch, tick] : first) {
      bool begin_removed = std::ranges::none_of(segments_, [&](const segment_scan& s) {
        return s.name.epoch == epoch && s.name.shard == 0 && s.name.number == 1;
      });
      if (!tick && !(begin_removed && *floor > 0))
        return cannot("the beginning of epoch " + std::to_string(epoch) +
                      " in the journal is damaged too, so it cannot be known which ticks of "
                      "earlier epochs it made void");
      auto& epochs = out_.what.epochs;
      epochs.push_back({epoch, tick.value_or(*floor)});
      if (epochs.size() > 1 && epochs.back().first_tick < (epochs.end() - 2)->first_tick)
        return cannot("epoch " + std::to_string(epoch) + " begins at tick " +
                      std::to_string(epochs.back().first_tick) + ", before the one before it");
      out_.taken.push_back("epoch " + std::to_string(epoch) + " from tick " +
                           std::to_string(epochs.back().first_tick) +
                           (tick ? ", as its log says" : ", where the journal begins now"));
    }
    if (out_.what.epochs.empty())
      out_.what.epochs = {{1, found_.rbegin()->first}};
    return {};
  }

  result<void> take_checkpoints() {
    auto kept = read_kept_with_game(data_directory::with_manifest(posix_files(), path_, out_.what));
    if (!kept)
      return tl::unexpected(kept.error());
    for (auto& [tick, set] : found_) {
      manifest_checkpoint one{tick, 0, set.files};
      bool begins_history = tick == out_.what.epochs.front().first_tick;
      auto logged = logged_hash(tick);
      auto loaded = load_checkpoint(*kept, one);
      std::string why =
        !loaded                               ? loaded.error().message
        : !logged && !begins_history          ? "the journal does not have the tick before it"
        : logged && *logged != loaded->hash() ? "it is not the state that the journal logged"
                                              : "";
      const std::string name = "the checkpoint of tick " + std::to_string(tick);
      if (!why.empty()) {
        out_.lost.push_back(name + ": " + why);
        continue;
      }
      one.world_hash = loaded->hash();
      for (const auto& file : one.files)
        std::erase(out_.dropped, "checkpoints/" + file.name);
      out_.taken.push_back(
        name + ", which loads to world hash " + hex_text(one.world_hash) +
        (logged ? ", as the journal has it" : ", with which the history begins"));
      out_.what.checkpoints.push_back(std::move(one));
    }
    return {};
  }

  /// Of the state after `tick` ticks, where the journal has the tick before it whole.
  std::optional<std::uint64_t> logged_hash(tick_number tick) const {
    if (tick == 0)
      return std::nullopt;
    const auto& m = out_.what;
    auto survey = survey_journal(posix_files(), path_ + "/journal", m.identity, epochs_of(m),
                                 {.from = tick - 1, .synced = false});
    std::optional<std::uint64_t> out;
    if (!survey)
      return out;
    journal_range range;
    range.from = range.to = tick - 1;
    range.shard = 0;
    (void)visit_journal(posix_files(), *survey, range, [&](const journal_record& record) {
      if (record.kind == static_cast<std::uint16_t>(record_kind::world_hash) &&
          record.bytes.size() == sizeof(std::uint64_t))
        std::memcpy(&out.emplace(), record.bytes.data(), sizeof(std::uint64_t));
      return true;
    });
    return out;
  }

  static constexpr std::uint64_t most_input_bytes = std::uint64_t{4} << 30;
  struct file_set {
    std::vector<checkpoint_file> files;
    bool whole = false; ///< the conductor's file is there
  };

  std::string path_;
  rebuilt_manifest out_;
  std::vector<segment_scan> segments_;
  std::map<tick_number, file_set> found_;
};

} // namespace

result<rebuilt_manifest> rebuild_manifest(const std::string& directory) {
  return rebuilder{directory}.run();
}

} // namespace tessera
