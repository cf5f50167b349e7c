#include "apps/checkpoint_reading.hpp"

#include "apps/tool_output.hpp"
#include "shards/state_codec.hpp"

#include <algorithm>

namespace tessera {

namespace {

constexpr const char* conductor_section = "conductor";

result<void> check_bytes(const kept_reading& kept, const manifest_checkpoint& what) {
  for (const auto& file : what.files) {
    auto reader = kept.directory.open_checkpoint(what, file, nullptr);
    if (!reader)
      return tl::unexpected(reader.error());
    if (auto ok = reader->verify(); !ok)
      return ok;
  }
  return {};
}

result<std::shared_ptr<const saved_world>> read_state(const kept_reading& kept,
                                                      const manifest_checkpoint& what) {
  const world_setup& setup = *kept.world.setup;
  std::vector<saved_part> parts;
  saved_conductor conductor;
  for (const auto& file : what.files) {
    auto reader = kept.directory.open_checkpoint(what, file, nullptr);
    if (!reader)
      return tl::unexpected(reader.error());
    auto named = [&](error e) {
      std::string path = kept.directory.checkpoint_path(file.name);
      if (e.message.find(path) == std::string::npos)
        e.message = path + ": " + e.message;
      if (e.code == error_code::bad_bytes)
        e.code = error_code::corrupt;
      return tl::unexpected(std::move(e));
    };
    if (reader->find(conductor_section) != nullptr) {
      auto saved_schema = reader->read("schema");
      if (!saved_schema)
        return named(saved_schema.error());
      auto bytes = reader->read(conductor_section);
      if (!bytes)
        return named(bytes.error());
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
  auto made = saved_world::make(setup, std::move(parts), std::move(conductor));
  if (!made)
    return fail(error_code::corrupt, kept.directory.checkpoints_path() + ", tick " +
                                       std::to_string(what.tick) + ": " + made.error().message);
  return made;
}

bool is_still_there(const kept_reading& kept, const manifest_checkpoint& what) {
  auto now = data_directory::open_to_read(posix_files(), kept.directory.path());
  return !now ||
         std::ranges::find(now->current().checkpoints, what) != now->current().checkpoints.end();
}

} // namespace

result<checkpoint_bytes> bytes_of(const kept_reading& kept, const manifest_checkpoint& what) {
  checkpoint_bytes out;
  for (const auto& file : what.files) {
    auto reader = kept.directory.open_checkpoint(what, file, nullptr);
    if (!reader)
      return tl::unexpected(reader.error());
    for (const auto& section : reader->sections())
      out.raw += section.raw_bytes;
    out.stored += file.bytes;
  }
  return out;
}

std::size_t shards_of(const manifest_checkpoint& what) {
  return what.files.empty() ? 0 : what.files.size() - 1;
}

result<std::vector<manifest_checkpoint>> choose_checkpoints(const kept_reading& kept,
                                                            std::optional<tick_number> at) {
  const auto& all = kept.directory.current().checkpoints;
  if (!at)
    return all;
  std::string ticks;
  for (const auto& c : all) {
    if (c.tick == *at)
      return std::vector{c};
    ticks += (ticks.empty() ? "" : ", ") + std::to_string(c.tick);
  }
  return fail(error_code::failure,
              kept.directory.path() + ": no checkpoint of tick " + std::to_string(*at) +
                (ticks.empty() ? "; there is none at all yet"
                               : "; there are those of ticks " + ticks +
                                   ". `tessera export --at` runs the world to any tick"));
}

result<replayed_world> load_checkpoint(const kept_reading& kept, const manifest_checkpoint& what) {
  auto state = read_state(kept, what);
  if (!state)
    return tl::unexpected(state.error());
  recovered_world found;
  found.state = std::move(*state);
  found.state_hash = what.world_hash;
  found.next_tick = what.tick;
  auto world = replayed_world::from(kept, std::move(found));
  if (world && world->difference())
    return fail(error_code::corrupt,
                kept.directory.path() + ": the checkpoint of tick " + std::to_string(what.tick) +
                  " loads to another world hash than the manifest has (" +
                  describe(*world->difference()) +
                  "); every byte is as it was written, so this build's game differs from the one "
                  "that wrote it");
  return world;
}

std::optional<verified_checkpoint> verify_checkpoint(const kept_reading& kept,
                                                     const manifest_checkpoint& what) {
  verified_checkpoint out;
  out.tick = what.tick;
  stopwatch checking;
  auto sized = bytes_of(kept, what);
  auto checked = sized ? check_bytes(kept, what) : result<void>(tl::unexpected(sized.error()));
  out.check_s = checking.seconds();
  if (sized)
    out.bytes = *sized;
  if (checked && kept.has_game()) {
    stopwatch loading;
    auto world = load_checkpoint(kept, what);
    out.load_s = loading.seconds();
    if (world) {
      out.hash = world->hash();
      out.entities = world->history().back().entities;
    } else {
      checked = tl::unexpected(world.error());
    }
  }
  if (!checked) {
    if (!is_still_there(kept, what))
      return std::nullopt;
    out.fault = checked.error();
  }
  return out;
}

} // namespace tessera
