#include "actors/kept_world.hpp"

#include "core/hash.hpp"
#include "persistence/journal_floor.hpp"
#include "persistence/journal_reader.hpp"
#include "persistence/journal_settle.hpp"
#include "shards/command_codec.hpp"
#include "shards/component_mapping.hpp"
#include "shards/conductor.hpp"
#include "shards/state_codec.hpp"

#include <algorithm>
#include <cstring>
#include <random>

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

result<void> take_record(recovered_world& into, const journal_record& record,
                         const world_setup& setup) {
  auto damaged = [&](const std::string& what) {
    return fail(error_code::corrupt, "the journal of shard " + std::to_string(record.shard) +
                                       ", tick " + std::to_string(record.tick) + ": " + what);
  };
  switch (static_cast<record_kind>(record.kind)) {
    case record_kind::commands:
    case record_kind::commands_of_nobody: {
      auto commands = read_commands(record.bytes, record.tick);
      if (!commands)
        return damaged(commands.error().message);
      for (auto& c : *commands) {
        if (auto ok = check_command(setup, c); !ok)
          return damaged(ok.error().message);
        into.inputs.push_back(std::move(c));
      }
      return {};
    }
    case record_kind::border_inputs:
    case record_kind::shard_hash:
    case record_kind::failed_commands:
    case record_kind::failed_inputs:
    case record_kind::border_layout: break; // of the border log
    case record_kind::world_hash: {
      if (record.bytes.size() != 8)
        return damaged("a hash of " + std::to_string(record.bytes.size()) + " bytes");
      std::uint64_t hash;
      std::memcpy(&hash, record.bytes.data(), 8);
      into.hashes[record.tick + 1] = hash;
      return {};
    }
  }
  return damaged("a record of unknown kind " + std::to_string(record.kind));
}

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
  for (const auto& record : log.records)
    if (record.tick >= out.state_tick())
      if (auto ok = take_record(out, record, setup); !ok)
        return tl::unexpected(ok.error());
  std::sort(out.inputs.begin(), out.inputs.end(), [](const command& l, const command& r) {
    return std::tuple(l.tick, l.order()) < std::tuple(r.tick, r.order());
  });
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
  return read_world(directory, setup, at, *log);
}

result<std::vector<tick_number>> kept_beginnings(file_system& fs, const data_directory& directory) {
  auto floor = read_journal_floor(fs, directory.journal_path());
  if (!floor)
    return tl::unexpected(floor.error());
  std::vector<tick_number> out;
  const manifest& m = directory.current();
  bool from_the_start = !m.epochs.empty() && m.epochs.front().first_tick == 0;
  if (*floor == 0 && from_the_start)
    out.push_back(0);
  for (const auto& c : m.checkpoints)
    if (out.empty() || c.tick > out.back())
      out.push_back(c.tick);
  if (out.empty())
    return fail(error_code::corrupt,
                directory.path() + ": the journal begins at tick " + std::to_string(*floor) +
                  " and there is no checkpoint to go on from; restore a backup");
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
  if (auto ok = made->open_logs(cut, 1); !ok)
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
  if (auto ok = settle_journal(*fs_, *log); !ok)
    return ok;
  recovered_ = std::move(*found);
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
  return open_logs(cut, epoch);
}

/// The border log begins where the world goes on from, not where the new ticks begin: what is replayed is
/// written again, so that this epoch's shards can be replayed from that checkpoint alone, whatever a crash
/// took of the last one's border log and whatever its layout was.
result<void> kept_world::open_logs(const layout& cut, std::uint64_t epoch) {
  journal_options log;
  log.directory = directory_->journal_path();
  log.identity = directory_->current().identity;
  log.epoch = epoch;
  log.first_tick = recovered_.next_tick;
  log.shards = static_cast<std::uint32_t>(cut.size());
  log.sync = options_.how != durability::none;
  auto opened = journal::open(*fs_, log);
  if (!opened)
    return tl::unexpected(opened.error());
  journal_ = std::move(*opened);
  log.directory = directory_->border_path();
  log.first_tick = recovered_.state_tick();
  log.sync = false;
  opened = journal::open(*fs_, log);
  if (!opened)
    return tl::unexpected(opened.error());
  border_log_ = std::move(*opened);
  return {};
}

} // namespace tessera
