#include "actors/kept_world.hpp"

#include "core/executor.hpp"
#include "core/hash.hpp"
#include "persistence/journal_format.hpp"
#include "persistence/journal_reader.hpp"
#include "persistence/journal_settle.hpp"
#include "shards/command_batch.hpp"
#include "shards/component_mapping.hpp"
#include "shards/conductor.hpp"
#include "shards/state_codec.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>
#include <thread>
#include <utility>

namespace tessera {

namespace {

std::uint64_t hash_of_bytes(std::span<const std::byte> bytes) {
  std::uint64_t h = hash_key_0;
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, std::min<std::size_t>(8, bytes.size() - i));
    h = hash_combine(h, word);
  }
  return h;
}

std::vector<epoch_start> epochs_of(const manifest& m) {
  std::vector<epoch_start> out;
  for (const auto& e : m.epochs)
    out.push_back({e.epoch, e.first_tick});
  return out;
}

/// The newest checkpoint not above `at`; null if there is none.
const manifest_checkpoint* newest(const manifest& m, std::optional<tick_number> at) {
  for (auto c = m.checkpoints.rbegin(); c != m.checkpoints.rend(); ++c)
    if (!at || c->tick <= *at)
      return &*c;
  return nullptr;
}

/// Reads one checkpoint, all files of it: shards' first, the conductor's last.
result<std::shared_ptr<const saved_world>> read_checkpoint(const data_directory& directory,
                                                           const manifest_checkpoint& from,
                                                           const world_setup& setup) {
  std::vector<saved_part> parts;
  saved_conductor conductor;
  for (const auto& which : from.files) {
    auto reader = directory.open_checkpoint(from, which, nullptr);
    if (!reader)
      return tl::unexpected(reader.error());
    auto named = [&](error e) {
      e.message = directory.checkpoint_path(which.name) + ": " + e.message;
      return tl::unexpected(std::move(e));
    };
    if (reader->find("conductor") != nullptr) {
      auto bytes = reader->read("conductor");
      if (!bytes)
        return tl::unexpected(bytes.error());
      auto saved_schema = reader->read("schema");
      if (!saved_schema)
        return tl::unexpected(saved_schema.error());
      auto read = read_conductor(*setup.game, *saved_schema, *bytes);
      if (!read)
        return named(read.error());
      conductor = std::move(*read);
      continue;
    }
    auto part = read_part(*setup.game, [&](const std::string& name) { return reader->read(name); });
    if (!part)
      return named(part.error());
    parts.push_back(std::move(*part));
  }
  return saved_world::make(setup, std::move(parts), std::move(conductor));
}

std::unique_ptr<executor> threads_for(std::size_t pieces) {
  constexpr std::size_t worth_it = 64;
  if (pieces < worth_it)
    return make_inline_executor();
  return make_thread_executor(std::max(1U, std::thread::hardware_concurrency()));
}

/// The commands of one tick from the journals of all shards, each of which has them in order.
class gathered_tick {
public:
  /// `cut`: by which they are placed; null: by none.
  gathered_tick(const world_setup& setup, const layout* cut) : setup_(setup), cut_(cut) {
    commands_.clear();
    begins_.clear();
  }

  result<void> take(const journal_record& record) {
    tick_ = record.tick;
    begins_.push_back(commands_.size());
    for (auto rest = record.bytes; !rest.empty();) {
      auto from = rest;
      auto c = read_command(rest);
      if (!c)
        return tl::unexpected(c.error());
      if (auto ok = check_command(setup_, *c); !ok)
        return ok;
      const auto bytes = from.first(from.size() - rest.size());
      commands_.push_back({c->session, cut_ != nullptr
                                         ? place(*cut_, *c, bytes)
                                         : placed_command{c->sequence, bytes, 0, true}});
    }
    return {};
  }

  /// batch(session, its commands in order), as many as fit into one at a time.
  template <class Batch>
  result<void> hand_over(Batch&& batch) {
    merge();
    run_.clear();
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < commands_.size(); ++i) {
      const auto& [session, c] = commands_[i];
      const bool same_session = i > 0 && commands_[i - 1].session == session;
      if (c.sequence == 0 || (same_session && commands_[i - 1].c.sequence >= c.sequence))
        return fail(error_code::corrupt, "the journal, tick " + std::to_string(tick_) +
                                           ": command " + std::to_string(c.sequence) +
                                           " of session " + std::to_string(session) +
                                           " where a higher number should be");
      if (!run_.empty() && (!same_session || bytes > limits::batch_bytes / 2)) {
        batch(commands_[i - 1].session, std::span<const placed_command>(run_));
        run_.clear();
        bytes = 0;
      }
      run_.push_back(c);
      bytes += c.bytes.size();
    }
    if (!run_.empty())
      batch(commands_.back().session, std::span<const placed_command>(run_));
    return {};
  }

private:
  struct of_session {
    session_id session;
    placed_command c;
  };

  /// Neighbouring runs, pair by pair, until there is one.
  void merge() {
    auto before = [](const of_session& l, const of_session& r) {
      return std::tuple(l.session, l.c.sequence) < std::tuple(r.session, r.c.sequence);
    };
    for (; begins_.size() > 1;) {
      std::size_t runs = 0;
      begins_.push_back(commands_.size());
      merged_.resize(commands_.size());
      auto at = [&](std::size_t i) { return commands_.begin() + static_cast<std::ptrdiff_t>(i); };
      for (std::size_t i = 0; i + 1 < begins_.size(); i += 2) {
        const std::size_t begin = begins_[i];
        const std::size_t middle = begins_[i + 1];
        const std::size_t end = i + 2 < begins_.size() ? begins_[i + 2] : middle;
        std::merge(at(begin), at(middle), at(middle), at(end),
                   merged_.begin() + static_cast<std::ptrdiff_t>(begin), before);
        begins_[runs++] = begin;
      }
      begins_.resize(runs);
      commands_.swap(merged_);
    }
  }

  const world_setup& setup_;
  const layout* cut_;
  tick_number tick_ = 0;
  // Of the thread, so that the memory of one tick serves the next.
  static thread_local std::vector<of_session> commands_;
  static thread_local std::vector<of_session> merged_;
  static thread_local std::vector<std::size_t> begins_; ///< of the records, which are sorted each
  static thread_local std::vector<placed_command> run_;
};

thread_local std::vector<gathered_tick::of_session> gathered_tick::commands_;
thread_local std::vector<gathered_tick::of_session> gathered_tick::merged_;
thread_local std::vector<std::size_t> gathered_tick::begins_;
thread_local std::vector<placed_command> gathered_tick::run_;

bool has_commands(const journal_record& record) {
  auto kind = static_cast<record_kind>(record.kind);
  return kind == record_kind::commands || kind == record_kind::commands_of_nobody;
}

error damaged(const journal_record& record, const std::string& what) {
  return {error_code::corrupt, "the journal of shard " + std::to_string(record.shard) + ", tick " +
                                 std::to_string(record.tick) + ": " + what};
}

/// One tick's commands, in any form: make(tick, session, commands).
template <class Form, class Make>
result<std::vector<Form>> read_tick(std::span<const journal_record> records, gathered_tick commands,
                                    const Make& make) {
  for (const auto& record : records)
    if (has_commands(record))
      if (auto ok = commands.take(record); !ok)
        return tl::unexpected(damaged(record, ok.error().message));
  std::vector<Form> out;
  auto ok = commands.hand_over([&](session_id session, std::span<const placed_command> some) {
    out.push_back(make(records.front().tick, session, some));
  });
  if (!ok)
    return tl::unexpected(ok.error());
  return out;
}

/// Ticks do not know of each other, so they are read by as many threads as there are processors.
template <class Form, class Make>
result<std::vector<Form>> read_inputs(std::span<const journal_record> records,
                                      const world_setup& setup, const layout* cut,
                                      const Make& make) {
  std::vector<std::span<const journal_record>> by_tick;
  for (std::size_t i = 0; i < records.size();) {
    std::size_t end = i;
    while (end < records.size() && records[end].tick == records[i].tick)
      ++end;
    by_tick.push_back(records.subspan(i, end - i));
    i = end;
  }
  std::vector<result<std::vector<Form>>> read(by_tick.size());
  auto workers = threads_for(by_tick.size());
  auto piece = [&](std::size_t i) {
    read[i] = read_tick<Form>(by_tick[i], gathered_tick{setup, cut}, make);
  };
  workers->for_each(by_tick.size(), workers->concurrency(), piece);
  std::vector<Form> out;
  for (auto& one : read) {
    if (!one)
      return tl::unexpected(one.error());
    std::move(one->begin(), one->end(), std::back_inserter(out));
  }
  return out;
}

/// Those from the state's tick on.
std::span<const journal_record> records_after(const journal_contents& log, tick_number state) {
  return {std::ranges::lower_bound(log.records, state, {}, &journal_record::tick),
          log.records.end()};
}

result<void> read_hash(recovered_world& into, const journal_record& record) {
  switch (static_cast<record_kind>(record.kind)) {
    case record_kind::commands:
    case record_kind::commands_of_nobody: return {};
    case record_kind::border_inputs:
    case record_kind::shard_hash:
    case record_kind::failed_commands:
    case record_kind::failed_inputs:
    case record_kind::border_layout: break; // of the border log
    case record_kind::world_hash: {
      std::uint64_t hash = 0;
      if (record.bytes.size() != sizeof hash)
        return tl::unexpected(
          damaged(record, "a hash of " + std::to_string(record.bytes.size()) + " bytes"));
      std::memcpy(&hash, record.bytes.data(), sizeof hash);
      into.hashes[record.tick + 1] = hash;
      return {};
    }
  }
  return tl::unexpected(damaged(record, "a record of unknown kind " + std::to_string(record.kind)));
}

/// All but the inputs.
result<recovered_world> read_world(const data_directory& directory, const world_setup& setup,
                                   std::optional<tick_number> at, const journal_contents& log) {
  recovered_world out;
  const manifest& m = directory.current();
  if (const auto* from = newest(m, at)) {
    auto state = read_checkpoint(directory, *from, setup);
    if (!state)
      return tl::unexpected(state.error());
    out.state = std::move(*state);
    out.state_hash = from->world_hash;
  }
  out.next_tick = std::max(out.state_tick(), log.watermark ? *log.watermark + 1 : 0);
  out.clean_stop = log.clean_stop;
  for (const auto& t : log.torn)
    out.notices.push_back(t.path + ": " + t.what + " at byte " + std::to_string(t.offset) +
                          ", above everything that was acknowledged; cut off and kept aside");
  for (const auto& record : records_after(log, out.state_tick()))
    if (auto ok = read_hash(out, record); !ok)
      return tl::unexpected(ok.error());
  return out;
}

result<journal_contents> read_log(file_system& fs, const data_directory& directory,
                                  std::optional<tick_number> at) {
  const manifest& m = directory.current();
  const auto* from = newest(m, at);
  auto epochs = epochs_of(m);
  return read_journal(fs, directory.journal_path(), m.identity, epochs, {from ? from->tick : 0});
}

/// Another build of a game may go on from a checkpoint that nothing has to be replayed upon; anything
/// else it would run differently.
result<void> check_code(const manifest& m, const log_identity& now, const recovered_world& found) {
  if (m.identity == now || found.next_tick == found.state_tick())
    return {};
  return fail(
    error_code::wrong_code,
    "this data directory was written by another version of the game, and " +
      std::to_string(found.next_tick - found.state_tick()) +
      " ticks after its last checkpoint are only in the journal, which this version would run "
      "differently: open it once with the old version and stop it cleanly, then with this one");
}

} // namespace

log_identity identity_of(const schema& game, const std::array<std::byte, 16>& world) {
  log_identity out;
  out.world = world;
  out.schema = hash_of_bytes(write_schema(game));
  out.code = game.fingerprint();
  return out;
}

result<recovered_world> read_kept_world(file_system& fs, const data_directory& directory,
                                        const world_setup& setup, std::optional<tick_number> at) {
  auto log = read_log(fs, directory, at);
  if (!log)
    return tl::unexpected(log.error());
  auto out = read_world(directory, setup, at, *log);
  if (!out)
    return out;
  auto inputs = read_inputs<stamped_commands>(
    records_after(*log, out->state_tick()), setup, nullptr,
    [](tick_number tick, session_id session, std::span<const placed_command> some) {
      stamped_commands one{tick, command_batch{session}};
      for (const auto& c : some)
        one.commands.add_encoded(c.sequence, c.bytes);
      return one;
    });
  if (!inputs)
    return tl::unexpected(inputs.error());
  out->inputs = std::move(*inputs);
  return out;
}

result<std::unique_ptr<kept_world>> kept_world::create(file_system& fs, const std::string& path,
                                                       std::span<const world_input> files,
                                                       const world_setup& setup, const layout& cut,
                                                       const keep_options& options) {
  std::array<std::byte, 16> id{};
  std::random_device random; // names the world; never part of its state
  for (auto& b : id)
    b = static_cast<std::byte>(random());
  manifest first;
  first.identity = identity_of(*setup.game, id);
  first.layout = cut.name();
  first.epochs = {{1, 0}};
  auto directory = data_directory::create(fs, path, files, std::move(first));
  if (!directory)
    return tl::unexpected(directory.error());
  std::unique_ptr<kept_world> made(new kept_world(fs, std::move(*directory), options));
  if (auto ok = made->open_logs(cut, 1, 0); !ok)
    return tl::unexpected(ok.error());
  return made;
}

result<std::unique_ptr<kept_world>> kept_world::open(file_system& fs, const std::string& path,
                                                     const world_setup& setup, const layout& cut,
                                                     const keep_options& options) {
  auto directory = data_directory::open(fs, path);
  if (!directory)
    return tl::unexpected(directory.error());
  std::unique_ptr<kept_world> made(new kept_world(fs, std::move(*directory), options));
  if (auto ok = made->recover(setup, cut); !ok)
    return tl::unexpected(ok.error());
  return made;
}

result<void> kept_world::recover(const world_setup& setup, const layout& cut) {
  const manifest& m = directory_->current();
  auto now = identity_of(*setup.game, m.identity.world);
  auto log = read_log(*fs_, *directory_, std::nullopt);
  if (!log)
    return tl::unexpected(log.error());
  auto found = read_world(*directory_, setup, std::nullopt, *log);
  if (!found)
    return tl::unexpected(found.error());
  if (auto ok = check_code(m, now, *found); !ok)
    return ok;
  auto inputs = read_inputs<stamped_batch>(
    records_after(*log, found->state_tick()), setup, &cut,
    [&](tick_number tick, session_id session, std::span<const placed_command> some) {
      return stamped_batch{tick, routed_batch::of_placed(cut, session, some)};
    });
  if (!inputs)
    return tl::unexpected(inputs.error());
  if (m.identity.schema != now.schema)
    found->state_hash = 0; // the manifest's is that of the components as they were
  if (auto ok = settle_journal(*fs_, *log); !ok)
    return ok;
  // Those of a world that goes back would be in the way of the same ticks' checkpoints.
  if (auto ok = directory_->remove_strays(); !ok)
    return ok;
  recovered_ = std::move(*found);
  inputs_ = std::move(*inputs);
  return begin_epoch(cut, now);
}

/// The manifest says first that an epoch begins, so that no older tail can ever count again.
result<void> kept_world::begin_epoch(const layout& cut, const log_identity& identity) {
  manifest next = directory_->current();
  std::uint64_t epoch = next.epochs.back().epoch + 1;
  next.epochs.push_back({epoch, recovered_.next_tick});
  next.layout = cut.name();
  next.identity = identity;
  if (auto ok = directory_->commit(std::move(next)); !ok)
    return ok;
  return open_logs(cut, epoch, recovered_.next_tick);
}

result<void> kept_world::open_logs(const layout& cut, std::uint64_t epoch, tick_number first_tick) {
  journal_options log;
  log.directory = directory_->journal_path();
  log.identity = directory_->current().identity;
  log.epoch = epoch;
  log.first_tick = first_tick;
  log.shards = static_cast<std::uint32_t>(cut.size());
  log.sync = options_.how != durability::none;
  // Only whole segments can be deleted: of both logs together they hold back no more than is written between two
  // checkpoints.
  std::uint64_t share = options_.log_bytes_per_checkpoint / 2 / cut.size();
  log.largest_segment_bytes = std::clamp(std::bit_floor(share), journal_format::first_segment_bytes,
                                         journal_format::largest_segment_bytes);
  auto opened = journal::open(*fs_, log);
  if (!opened)
    return tl::unexpected(opened.error());
  journal_ = std::move(*opened);
  log.directory = directory_->border_path();
  log.sync = false;
  opened = journal::open(*fs_, log);
  if (!opened)
    return tl::unexpected(opened.error());
  border_log_ = std::move(*opened);
  return {};
}

} // namespace tessera
