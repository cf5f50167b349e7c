#include "persistence/journal.hpp"

#include "core/assert.hpp"
#include "persistence/journal_floor.hpp"
#include "persistence/round_writer.hpp"

#include <algorithm>
#include <random>
#include <vector>

namespace tessera {

using namespace journal_format;

namespace {

/// A draft that grew larger than this gives its memory back.
constexpr std::size_t kept_draft_bytes = std::size_t{1} << 20;

std::uint64_t draw_salt_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

/// With a salt seed that is not 0.
journal_options salted(journal_options options) {
  while (options.salt_seed == 0)
    options.salt_seed = draw_salt_seed();
  return options;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

} // namespace

class journal::implementation {
public:
  implementation(file_system& fs, journal_options options)
    : fs_(fs), options_(salted(std::move(options))), writer_(fs, options_),
      pending_(options_.shards), next_tick_(options_.first_tick) {}

  result<void> prepare_directory();
  void append(std::uint32_t shard, tick_number tick, std::uint16_t kind,
              std::span<const std::byte> bytes);
  result<void> flush(tick_number up_to);
  result<void> close();
  result<void> remove_before(tick_number tick);

  std::optional<tick_number> durable_tick() const {
    return next_tick_ == 0 ? std::nullopt : std::optional(next_tick_ - 1);
  }
  const round_writer& writer() const { return writer_; }
  const std::optional<error>& poison() const { return poison_; }

private:
  /// What was appended to a shard and not flushed.
  struct pending_records {
    std::vector<frame_draft> drafts; ///< oldest first; only the last takes more
    tick_number last_tick = 0;
  };

  result<void> check() const {
    if (poison_)
      return tl::unexpected(*poison_);
    return {};
  }
  std::vector<outgoing_frame> take_drafts(tick_number end);
  result<void> write_round(std::span<outgoing_frame> frames, tick_number end, frame_kind kind);
  void recycle(std::vector<outgoing_frame>& frames);

  file_system& fs_;
  journal_options options_;
  round_writer writer_;
  std::vector<pending_records> pending_; ///< by shard
  std::vector<std::uint32_t> busy_;      ///< shards with drafts
  std::vector<frame_draft> spare_;
  tick_number next_tick_; ///< all before it is durable
  bool closed_ = false;
  std::optional<error> poison_;
  std::vector<std::string> older_; ///< segments of older epochs
};

result<void> journal::implementation::prepare_directory() {
  if (auto made = fs_.make_directory(options_.directory); !made)
    return made;
  if (options_.sync)
    if (auto synced = fs_.sync_directory(parent_of(options_.directory)); !synced)
      return synced;
  const auto entries = fs_.list(options_.directory);
  if (!entries)
    return tl::unexpected(entries.error());
  for (const directory_entry& entry : *entries) {
    const auto name = parse_name(entry.name);
    if (!name)
      continue;
    if (name->epoch >= options_.epoch)
      return fail(error_code::failure, options_.directory + "/" + entry.name + " is there: epoch " +
                                         std::to_string(options_.epoch) +
                                         " cannot begin; begin a later one");
    older_.push_back(options_.directory + "/" + entry.name);
  }
  return {};
}

void journal::implementation::append(std::uint32_t shard, tick_number tick, std::uint16_t kind,
                                     std::span<const std::byte> bytes) {
  if (poison_)
    return;
  TESSERA_ASSERT(shard < pending_.size(), "a record names a shard of its journal");
  TESSERA_ASSERT(!closed_, "a closed journal takes no records");
  TESSERA_ASSERT(bytes.size() <= most_record_bytes, "a record fits a frame");
  pending_records& pending = pending_[shard];
  TESSERA_ASSERT(tick >= next_tick_ && tick >= pending.last_tick,
                 "a tick's records come before it is durable, in the order of ticks");
  pending.last_tick = tick;
  if (pending.drafts.empty())
    busy_.push_back(shard);
  if (pending.drafts.empty() || !pending.drafts.back().takes(tick, bytes.size())) {
    if (spare_.empty())
      spare_.emplace_back();
    pending.drafts.push_back(std::move(spare_.back()));
    spare_.pop_back();
  }
  pending.drafts.back().add(tick, kind, bytes);
}

/// Everything of ticks below `end`, by shard and age.
std::vector<outgoing_frame> journal::implementation::take_drafts(tick_number end) {
  std::vector<outgoing_frame> frames;
  std::vector<std::uint32_t> still_busy;
  std::ranges::sort(busy_);
  for (const std::uint32_t shard : busy_) {
    auto& drafts = pending_[shard].drafts;
    auto next = drafts.begin();
    for (; next != drafts.end() && next->first_tick() < end; ++next) {
      frame_draft later;
      if (next->last_tick() >= end)
        next->split(end, later);
      frames.push_back({shard, std::move(*next)});
      if (!later.empty()) {
        *next = std::move(later);
        break;
      }
    }
    drafts.erase(drafts.begin(), next);
    if (!drafts.empty())
      still_busy.push_back(shard);
  }
  busy_ = std::move(still_busy);
  return frames;
}

/// Remembers the first error for good.
result<void> journal::implementation::write_round(std::span<outgoing_frame> frames, tick_number end,
                                                  frame_kind kind) {
  auto written = writer_.write(frames, next_tick_, end, kind);
  if (written)
    next_tick_ = end;
  else
    poison_ = error{written.error().code,
                    "the journal takes nothing more after: " + written.error().message};
  return written;
}

void journal::implementation::recycle(std::vector<outgoing_frame>& frames) {
  for (outgoing_frame& frame : frames)
    if (frame.draft.capacity() <= kept_draft_bytes && spare_.size() < pending_.size()) {
      frame.draft.clear();
      spare_.push_back(std::move(frame.draft));
    }
}

result<void> journal::implementation::flush(tick_number up_to) {
  if (auto fine = check(); !fine)
    return fine;
  TESSERA_ASSERT(!closed_, "a closed journal is not flushed");
  const tick_number end = up_to + 1;
  if (end <= next_tick_)
    return {};
  auto frames = take_drafts(end);
  auto kind = frame_kind::records;
  if (frames.empty()) {
    frames.emplace_back();
    kind = frame_kind::empty_round;
  }
  if (auto written = write_round(frames, end, kind); !written)
    return written;
  writer_.prepare(frames);
  recycle(frames);
  return {};
}

result<void> journal::implementation::close() {
  if (auto fine = check(); !fine)
    return fine;
  if (closed_)
    return {};
  closed_ = true;
  outgoing_frame witness;
  auto written = write_round(std::span(&witness, 1), next_tick_, frame_kind::clean_stop);
  writer_.close_files();
  return written;
}

result<void> journal::implementation::remove_before(tick_number tick) {
  if (auto fine = check(); !fine)
    return fine;
  tick = std::min(tick, next_tick_);
  auto gone = writer_.full_below(tick);
  // What counts of an older epoch is below the first tick of this one.
  const bool older_too = tick >= options_.first_tick;
  if (older_too)
    gone.insert(gone.end(), older_.begin(), older_.end());
  if (gone.empty())
    return {};
  if (auto raised = raise_journal_floor(fs_, options_.directory, tick); !raised)
    return raised;
  for (const std::string& path : gone)
    if (auto removed = fs_.remove(path); !removed && removed.error().code != error_code::not_there)
      return removed;
  if (older_too)
    older_.clear();
  writer_.forget_below(tick);
  return fs_.sync_directory(options_.directory);
}

journal::journal(std::unique_ptr<implementation> inside) : inside_(std::move(inside)) {}
journal::~journal() = default;

result<std::unique_ptr<journal>> journal::open(file_system& fs, journal_options options) {
  TESSERA_ASSERT(options.shards > 0, "a journal has a shard");
  auto inside = std::make_unique<implementation>(fs, std::move(options));
  if (auto prepared = inside->prepare_directory(); !prepared)
    return tl::unexpected(prepared.error());
  return std::unique_ptr<journal>(new journal(std::move(inside)));
}

void journal::append(std::uint32_t shard, tick_number tick, std::uint16_t kind,
                     std::span<const std::byte> bytes) {
  inside_->append(shard, tick, kind, bytes);
}

result<void> journal::flush(tick_number up_to) {
  return inside_->flush(up_to);
}
result<void> journal::close() {
  return inside_->close();
}
result<void> journal::remove_before(tick_number tick) {
  return inside_->remove_before(tick);
}

std::optional<tick_number> journal::durable_tick() const {
  return inside_->durable_tick();
}

const journal_statistics& journal::statistics() const {
  return inside_->writer().statistics();
}
const std::optional<error>& journal::poison() const {
  return inside_->poison();
}
std::string_view journal::writer_name() const {
  return inside_->writer().name();
}

} // namespace tessera
