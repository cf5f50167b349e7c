#include "actors/tick_log.hpp"

#include "shards/command_codec.hpp"

namespace tessera {

tick_log log_of(const world_summary& state, std::size_t shard_count) {
  tick_log log;
  log.tick = state.tick - 1;
  log.hash = state.hash;
  const auto& commands = state.ran->commands;
  if (commands.empty())
    return log;
  std::vector<std::vector<std::byte>> by_shard(shard_count);
  std::vector<std::byte> of_nobody;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    shard_id by = state.applied_by[i];
    write_command(by == no_shard ? of_nobody : by_shard[by], commands[i]);
  }
  for (shard_id s = 0; s < shard_count; ++s) {
    if (!by_shard[s].empty())
      log.entries.push_back({s, record_kind::commands, std::move(by_shard[s])});
    if (s == 0 && !of_nobody.empty())
      log.entries.push_back({0, record_kind::commands_of_nobody, std::move(of_nobody)});
  }
  return log;
}

} // namespace tessera
