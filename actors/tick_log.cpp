#include "actors/tick_log.hpp"

#include "shards/command_codec.hpp"

namespace tessera {

namespace {

constexpr std::size_t most_bytes = journal::most_record_bytes / 2;

/// As one record, or several where a journal would not take it.
void add_records(tick_log& log, shard_id shard, record_kind kind,
                 std::span<const std::byte> bytes) {
  while (bytes.size() > most_bytes) {
    auto rest = bytes;
    while (bytes.size() - rest.size() < most_bytes)
      read_command(rest).value();
    log.entries.push_back({shard, kind, bytes.first(bytes.size() - rest.size())});
    bytes = rest;
  }
  if (!bytes.empty())
    log.entries.push_back({shard, kind, bytes});
}

/// Commands whose target no shard had.
std::vector<std::byte> find_nobodys(const tick_outcomes& of) {
  std::size_t open = 0;
  for (const auto& batch : of.ran->commands)
    open += batch->size();
  for (const auto& shard : of.by_shard)
    open -= shard.list.size();
  std::vector<std::byte> out;
  if (open == 0)
    return out;
  std::vector<std::vector<bool>> known;
  for (const auto& batch : of.ran->commands)
    known.emplace_back(batch->size());
  for (const auto& shard : of.by_shard)
    for (const auto& o : shard.list)
      known[o.batch][o.place] = true;
  for (std::size_t b = 0; b < known.size(); ++b) {
    const command_batch& batch = of.ran->commands[b]->commands();
    of.ran->commands[b]->in_order([&](std::uint32_t place) {
      auto bytes = batch.bytes(place);
      if (!known[b][place] && decode_command(bytes).changes_state())
        out.insert(out.end(), bytes.begin(), bytes.end());
    });
  }
  return out;
}

} // namespace

std::shared_ptr<const tick_log> log_of(const world_summary& state) {
  auto log = std::make_shared<tick_log>();
  log->tick = state.tick - 1;
  log->hash = state.hash;
  log->outcomes = state.outcomes;
  log->of_nobody = find_nobodys(*state.outcomes);
  for (shard_id s = 0; s < state.outcomes->by_shard.size(); ++s) {
    add_records(*log, s, record_kind::commands, state.outcomes->by_shard[s].log);
    if (s == 0)
      add_records(*log, 0, record_kind::commands_of_nobody, log->of_nobody);
  }
  return log;
}

} // namespace tessera
