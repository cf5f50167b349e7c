#include "apps/replayed_world.hpp"

#include "apps/text.hpp"
#include "persistence/journal_floor.hpp"
#include "sdk/kept_world.hpp"
#include "shards/entity_record.hpp"
#include "shards/state_codec.hpp"

#include <algorithm>
#include <cstring>

namespace tessera {

namespace {

result<void> check_components(const kept_reading& kept, const recovered_world& what) {
  const auto& written = kept.directory.current().identity;
  auto now = identity_of(*kept.world.setup->game, written.world);
  if (now.schema == written.schema || what.next_tick == what.state_tick())
    return {};
  return fail(
    error_code::wrong_code,
    kept.directory.path() +
      ": written by a version of the game with other components, so the commands of ticks " +
      std::to_string(what.state_tick()) + " to " + std::to_string(what.next_tick - 1) +
      " cannot be read; use the version that wrote them, or --from " +
      std::to_string(what.next_tick) + " if a checkpoint stands there");
}

/// Whether the checkpoint was written with other components, so that what is loaded hashes otherwise.
bool was_converted(const kept_reading& kept, tick_number tick) {
  const auto& m = kept.directory.current();
  auto now = identity_of(*kept.world.setup->game, m.identity.world);
  for (const auto& c : m.checkpoints) {
    if (c.tick != tick || c.files.empty())
      continue;
    auto reader = kept.directory.open_checkpoint(c, c.files.front(), nullptr);
    return reader && reader->header().identity.schema != now.schema;
  }
  return false;
}

/// Of one entity among records one behind the other; nothing if it is not there.
std::optional<replayed_entity> find_record(const world_setup& setup,
                                           const std::vector<std::byte>& records, entity_id id) {
  auto columns = setup.game->columns();
  store scratch{columns};
  byte_reader from{records};
  while (from.remaining() != 0) {
    auto who = read_entity(*setup.game, scratch, from);
    if (!who)
      return std::nullopt;
    if (scratch.id_of(*who) == id)
      return read_entity_out(setup, scratch, *who);
  }
  return std::nullopt;
}

} // namespace

replayed_entity read_entity_out(const world_setup& setup, const store& from, handle who) {
  const schema& s = *setup.game;
  replayed_entity out;
  out.id = from.id_of(who);
  out.mask = from.mask_of(who);
  out.values.resize(s.components.size());
  for (std::size_t c = 0; c < s.components.size(); ++c) {
    const std::byte* bytes = s.components[c].size == 0 || !contains(out.mask, component_id(c))
                               ? nullptr
                               : from.get(who, static_cast<component_id>(c));
    if (bytes != nullptr)
      out.values[c].assign(bytes, bytes + s.components[c].size);
  }
  std::memcpy(&out.place, out.values[position_component].data(), sizeof out.place);
  return out;
}

std::string describe(const hash_difference& what) {
  return "tick " + std::to_string(what.tick) + " was replayed to world hash " +
         hex_text(what.replayed) + ", but " + hex_text(what.logged) + " was logged";
}

bool same_code(const kept_reading& kept) {
  const auto& written = kept.directory.current().identity;
  return identity_of(*kept.world.setup->game, written.world) == written;
}

result<std::vector<tick_number>> replayed_world::beginnings(const kept_reading& kept) {
  auto floor = read_journal_floor(posix_files(), kept.directory.journal_path());
  if (!floor)
    return tl::unexpected(floor.error());
  std::vector<tick_number> out;
  const auto& m = kept.directory.current();
  bool from_the_start = !m.epochs.empty() && m.epochs.front().first_tick == 0;
  if (*floor == 0 && from_the_start)
    out.push_back(0);
  for (const auto& c : m.checkpoints)
    if (out.empty() || c.tick > out.back())
      out.push_back(c.tick);
  if (out.empty())
    return fail(error_code::corrupt,
                kept.directory.path() + ": the journal begins at tick " + std::to_string(*floor) +
                  " and there is no checkpoint to go on from; restore a backup");
  return out;
}

result<replayed_world> replayed_world::open(kept_reading& kept, std::optional<tick_number> at,
                                            std::shared_ptr<const layout> cut) {
  auto begin = beginnings(kept);
  if (!begin)
    return tl::unexpected(begin.error());
  if (at && *at < begin->front())
    return fail(error_code::failure,
                kept.directory.path() + ": tick " + std::to_string(*at) +
                  " is not kept any more; what can be replayed begins at tick " +
                  std::to_string(begin->front()));
  auto read = read_steadily(kept, [&](const kept_reading& from) {
    return read_kept_world(posix_files(), from.directory, *from.world.setup, at);
  });
  if (!read)
    return tl::unexpected(read.error());
  if (at && *at > read->next_tick)
    return fail(error_code::failure, kept.directory.path() + ": the world stands at tick " +
                                       std::to_string(read->next_tick) + ", before tick " +
                                       std::to_string(*at));
  return from(kept, std::move(*read), std::move(cut));
}

result<void> replayed_world::add_failed_tick(const kept_reading& kept) {
  auto failed = read_failed_tick(posix_files(), kept.directory, *setup_, end_tick());
  if (!failed)
    return tl::unexpected(failed.error());
  if (!*failed)
    return {};
  for (auto& c : (*failed)->commands)
    if (auto ok = world_->submit(std::move(c)); !ok)
      return tl::unexpected(ok.error());
  (*failed)->commands.clear();
  failed_tick_ = std::move(*failed);
  return {};
}

result<replayed_world> replayed_world::open_earliest(kept_reading& kept,
                                                     std::shared_ptr<const layout> cut) {
  auto begin = beginnings(kept);
  if (!begin)
    return tl::unexpected(begin.error());
  std::vector<std::string> passed_over;
  for (std::size_t i = 0;; ++i) {
    auto opened = open(kept, (*begin)[i], cut);
    bool older_code = !opened && opened.error().code == error_code::wrong_code;
    if (older_code && i + 1 < begin->size()) {
      passed_over.push_back("ticks before " + std::to_string((*begin)[i + 1]) +
                            " were run by another version of the game and are not replayed");
      continue;
    }
    if (opened)
      opened->notes_.insert(opened->notes_.begin(), passed_over.begin(), passed_over.end());
    return opened;
  }
}

result<replayed_world> replayed_world::from(const kept_reading& kept, recovered_world what,
                                            std::shared_ptr<const layout> cut) {
  if (auto ok = check_components(kept, what); !ok)
    return tl::unexpected(ok.error());
  replayed_world out;
  out.setup_ = kept.world.setup;
  out.cut_ = cut ? std::move(cut) : kept.world.cut;
  out.kept_ = std::move(what);
  out.first_ = out.kept_.state_tick();
  for (const auto& c : kept.directory.current().checkpoints)
    out.checkpoint_ticks_.insert(c.tick);
  if (out.kept_.state) {
    if (!was_converted(kept, out.first_))
      out.kept_.hashes[out.first_] = out.kept_.state_hash;
    out.world_ = std::make_unique<lockstep_world>(*out.kept_.state, out.setup_, out.cut_);
  } else {
    out.world_ = std::make_unique<lockstep_world>(out.setup_, out.cut_);
  }
  for (const auto& [tick, commands] : out.kept_.inputs)
    if (auto ok = out.world_->submit(commands, tick); !ok)
      return fail(error_code::corrupt,
                  kept.directory.journal_path() + ": the commands of session " +
                    std::to_string(commands.session()) + " of tick " + std::to_string(tick) +
                    " cannot be replayed: " + ok.error().message);
  if (!same_code(kept))
    out.notes_.push_back("this build's game is another version than the one that wrote the world; "
                         "its replay may differ");
  out.check(out.world_->history().back());
  return out;
}

void replayed_world::check(const world_summary& state) {
  auto logged = kept_.hashes.find(state.tick);
  if (logged == kept_.hashes.end())
    return;
  ++checked_;
  if (logged->second == state.hash)
    return;
  difference_ = hash_difference{state.tick, logged->second, state.hash};
  failed_ = error{error_code::corrupt,
                  describe(*difference_) +
                    ": the game's code or the machine differs from the one that wrote it"};
}

result<void> replayed_world::run_to(tick_number to) {
  if (failed_)
    return tl::unexpected(*failed_);
  if (to < tick() || to > last_tick())
    return fail(error_code::failure,
                "tick " + std::to_string(to) + " cannot be replayed: " +
                  (to < tick() ? "the replay is at tick " : "the log ends at tick ") +
                  std::to_string(to < tick() ? tick() : last_tick()));
  try {
    while (tick() < to && !failed_) {
      world_->run(1);
      check(world_->history().back());
    }
  } catch (const tick_failure& e) {
    failed_ =
      error{error_code::system_failure,
            "tick " + std::to_string(e.tick()) + " failed in " + e.system() +
              (e.entity() ? ", entity " + hex_text(e.entity().value) : "") + ": " + e.what()};
  } catch (const std::exception& e) {
    failed_ =
      error{error_code::system_failure, "tick " + std::to_string(tick()) + " failed: " + e.what()};
  }
  if (failed_)
    return tl::unexpected(*failed_);
  return {};
}

std::optional<replayed_entity> replayed_world::find(entity_id id) const {
  for (std::size_t s = 0; s < world_->shard_count(); ++s) {
    const store& entities = world_->at(s).entities();
    if (auto who = entities.find(id)) {
      auto out = read_entity_out(*setup_, entities, *who);
      out.shard = static_cast<shard_id>(s);
      return out;
    }
  }
  for (std::size_t s = 0; s < world_->shard_count(); ++s) {
    for (const auto& packet : world_->waiting_packets(s)) {
      if (!packet || packet->arrival_count == 0)
        continue;
      if (auto out = find_record(*setup_, packet->arrivals, id)) {
        out->at = replayed_entity::whereabouts::crossing;
        out->shard = static_cast<shard_id>(s);
        return out;
      }
    }
  }
  for (const auto& [due, letters] : world_->known().letters_in_flight()) {
    for (const auto& mail : letters) {
      if (mail.kind != letter_kind::teleport || mail.who != id)
        continue;
      if (auto out = find_record(*setup_, mail.entity, id)) {
        out->at = replayed_entity::whereabouts::travelling;
        out->place = mail.place;
        out->shard = cut_->owner(mail.place.where);
        return out;
      }
    }
  }
  return std::nullopt;
}

result<std::shared_ptr<const saved_world>> replayed_world::state() const {
  std::vector<saved_part> parts;
  for (const auto& shard : world_->take_states()) {
    auto sections = write_sections(*setup_->game, shard);
    auto source = [&](const std::string& name) -> result<std::vector<std::byte>> {
      auto found = std::find_if(sections.begin(), sections.end(),
                                [&](const state_section& s) { return s.name == name; });
      if (found == sections.end())
        return fail(error_code::bad_bytes, "no section " + name);
      return std::vector<std::byte>(found->bytes.begin(), found->bytes.end());
    };
    auto part = read_part(*setup_->game, source);
    if (!part)
      return tl::unexpected(part.error());
    parts.push_back(std::move(*part));
  }
  return saved_world::make(*setup_, std::move(parts), world_->known().save());
}

} // namespace tessera
