#include "apps/kept_branch.hpp"

#include "persistence/checkpoint_writer.hpp"
#include "sdk/kept_world.hpp"
#include "shards/component_mapping.hpp"
#include "shards/state_codec.hpp"

#include <array>
#include <random>

namespace tessera {

namespace {

/// As the checkpoint coordinator chooses it.
column_filter filter_of(const state_section& section) {
  if (section.name.ends_with("/id"))
    return column_filter::delta_shuffle;
  return section.element_bytes == 1 ? column_filter::none : column_filter::shuffle;
}

class checkpoint_files {
public:
  checkpoint_files(const data_directory& to, tick_number tick) : to_(to) { made_.tick = tick; }

  result<void> add(std::span<const checkpoint_section> sections) {
    auto shard = static_cast<shard_id>(made_.files.size());
    auto name = data_directory::checkpoint_file_name(made_.tick, shard);
    auto written = write_checkpoint(posix_files(), to_.checkpoint_path(name),
                                    {to_.current().identity, made_.tick, shard}, sections);
    if (!written)
      return tl::unexpected(written.error());
    made_.files.push_back({shard, name, written->bytes, written->crc});
    return {};
  }

  manifest_checkpoint finish(std::uint64_t world_hash) {
    made_.world_hash = world_hash;
    return std::move(made_);
  }

private:
  const data_directory& to_;
  manifest_checkpoint made_;
};

std::array<std::byte, 16> new_world_id() {
  std::array<std::byte, 16> id{};
  std::random_device random; // names the world; never part of its state
  for (auto& b : id)
    b = static_cast<std::byte>(random());
  return id;
}

/// Loads what was written, as a run would.
result<void> read_back(const std::string& path, const replayed_world& world) {
  auto kept = read_kept_with_game(path);
  if (!kept)
    return tl::unexpected(kept.error());
  auto again = replayed_world::open(*kept);
  if (!again)
    return tl::unexpected(again.error());
  if (again->tick() != world.tick() || again->end_tick() != world.tick() ||
      again->hash() != world.hash())
    return fail(error_code::io_failure, path + ": read back, the copy is not what was written; is "
                                               "the disk sound?");
  return {};
}

} // namespace

result<manifest_checkpoint> write_checkpoint_of(const replayed_world& world,
                                                const data_directory& to) {
  checkpoint_files files(to, world.tick());
  for (const auto& state : world.world().take_states()) {
    auto sections = write_sections(*world.setup().game, state);
    std::vector<checkpoint_section> to_write;
    to_write.reserve(sections.size());
    for (const auto& s : sections)
      to_write.push_back({s.name, s.element_bytes, s.bytes, filter_of(s)});
    if (auto ok = files.add(to_write); !ok)
      return tl::unexpected(ok.error());
  }
  // The conductor's part stands beside the shards' as that of one shard more.
  auto bytes = write_conductor(world.world().known().save());
  auto schema_bytes = write_schema(*world.setup().game);
  std::array<checkpoint_section, 2> conductor{{{"conductor", 1, bytes, column_filter::none},
                                               {"schema", 1, schema_bytes, column_filter::none}}};
  if (auto ok = files.add(conductor); !ok)
    return tl::unexpected(ok.error());
  if (auto ok = posix_files().sync_directory(to.checkpoints_path()); !ok)
    return tl::unexpected(ok.error());
  return files.finish(world.hash());
}

result<void> write_branch(const kept_reading& from, const replayed_world& world,
                          const new_directory& to) {
  auto inputs = from.directory.world_files();
  if (!inputs)
    return tl::unexpected(inputs.error());
  manifest first;
  first.identity = identity_of(*world.setup().game, new_world_id());
  first.layout = world.world().cut().name();
  first.epochs = {{1, world.tick()}};
  {
    auto made = data_directory::create(posix_files(), to.building(), *inputs, std::move(first));
    if (!made)
      return tl::unexpected(made.error());
    auto checkpoint = write_checkpoint_of(world, *made);
    if (!checkpoint)
      return tl::unexpected(checkpoint.error());
    if (auto ok = made->commit_checkpoint(std::move(*checkpoint)); !ok)
      return ok;
  }
  return read_back(to.building(), world);
}

} // namespace tessera
