#include "actors/shard_replay.hpp"

#include "persistence/journal_reader.hpp"
#include "shards/packet_codec.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace tessera {

namespace {

std::vector<epoch_start> epochs_of(const manifest& m) {
  std::vector<epoch_start> out;
  for (const auto& e : m.epochs)
    out.push_back({e.epoch, e.first_tick});
  return out;
}

} // namespace

result<shard_replay> replay_shard(file_system& fs, const data_directory& directory,
                                  std::shared_ptr<const world_setup> setup,
                                  std::shared_ptr<const layout> cut, shard_id shard,
                                  std::optional<tick_number> from, std::optional<tick_number> to) {
  auto world = read_kept_world(fs, directory, *setup, from);
  if (!world)
    return tl::unexpected(world.error());
  shard_replay out;
  out.from = out.to = world->state_tick();
  out.shard = std::make_unique<lone_shard>(setup, cut, shard, world->state);
  std::map<tick_number, std::vector<batch_pointer>> commands;
  for (auto& [tick, batch] : world->inputs)
    commands[tick].push_back(routed_batch::make(*setup, *cut, std::move(batch)).value());

  const manifest& m = directory.current();
  auto epochs = epochs_of(m);
  auto survey = survey_journal(fs, directory.border_path(), m.identity, epochs,
                               {.from = out.from, .synced = false});
  if (!survey)
    return tl::unexpected(survey.error());
  tick_number last = to.value_or(std::numeric_limits<tick_number>::max());
  std::optional<error> failed;
  journal_range range;
  range.from = out.from;
  range.shard = shard;
  auto visited = visit_journal(fs, *survey, range, [&](const journal_record& record) {
    if (record.tick >= last)
      return false;
    if (static_cast<record_kind>(record.kind) == record_kind::border_inputs) {
      if (record.tick != out.shard->tick())
        return false; // a gap: said below
      auto inputs = read_border_inputs(*setup, record.bytes);
      if (!inputs) {
        failed = inputs.error();
        return false;
      }
      if (inputs->after_start && record.tick != out.from) {
        failed =
          error{error_code::not_there,
                "at tick " + std::to_string(record.tick) +
                  " the world was started again from a checkpoint, and who was between two shards "
                  "then is in that checkpoint alone: replay up to there (--to), or from there on "
                  "(--from) while it is kept"};
        return false;
      }
      auto ran = out.shard->run(*inputs, commands[record.tick]);
      if (!ran) {
        failed = ran.error();
        return false;
      }
      out.to = out.shard->tick();
      out.found = ran->hash;
      return true;
    }
    if (static_cast<record_kind>(record.kind) != record_kind::shard_hash ||
        record.bytes.size() != 8 || record.tick + 1 != out.to)
      return true;
    std::memcpy(&out.expected, record.bytes.data(), 8);
    ++out.hashes_checked;
    if (out.expected != out.found)
      out.differs_at = out.to;
    return !out.differs_at;
  });
  if (!visited)
    return tl::unexpected(visited.error());
  if (failed)
    return tl::unexpected(*failed);
  if (!out.differs_at && out.to < std::min(last, world->next_tick))
    return fail(
      error_code::not_there,
      directory.border_path() + ": shard " + std::to_string(shard) + "'s border log lacks tick " +
        std::to_string(out.to) +
        "; it is written with persistence.border_log = true, and never survives a crash whole: "
        "replay the world without --shard, or a range that it has");
  return out;
}

} // namespace tessera
