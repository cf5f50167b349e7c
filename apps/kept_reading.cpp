#include "apps/kept_reading.hpp"

namespace tessera {

namespace {

result<kept_reading> read(data_directory directory, const std::string& shards) {
  auto config = kept_config(posix_files(), directory);
  if (!config)
    return tl::unexpected(config.error());
  if (!shards.empty())
    if (auto ok = apply_override(*config, "shards=" + shards); !ok)
      return tl::unexpected(ok.error());
  kept_reading out{std::move(directory), std::move(*config), {}, std::nullopt};
  auto world = open_kept(out.config);
  if (world)
    out.world = std::move(*world);
  else
    out.game_gap = world.error();
  return out;
}

result<kept_reading> with_game(result<kept_reading> out) {
  if (out && out->game_gap)
    return tl::unexpected(*out->game_gap);
  return out;
}

} // namespace

result<kept_reading> read_kept(const std::string& path, const std::string& shards) {
  auto directory = data_directory::open_to_read(posix_files(), path);
  if (!directory)
    return tl::unexpected(directory.error());
  return read(std::move(*directory), shards);
}

result<kept_reading> read_kept_with_game(const std::string& path, const std::string& shards) {
  return with_game(read_kept(path, shards));
}

result<kept_reading> read_kept_with_game(data_directory directory) {
  return with_game(read(std::move(directory), ""));
}

std::vector<epoch_start> epochs_of(const manifest& from) {
  std::vector<epoch_start> out;
  out.reserve(from.epochs.size());
  for (const auto& e : from.epochs)
    out.push_back({e.epoch, e.first_tick});
  return out;
}

} // namespace tessera
