#include "apps/kept_reading.hpp"

namespace tessera {

namespace {

result<kept_reading> open_directory(const std::string& path, const std::string& shards) {
  auto directory = data_directory::open_to_read(posix_files(), path);
  if (!directory)
    return tl::unexpected(directory.error());
  auto config = kept_config(posix_files(), *directory);
  if (!config)
    return tl::unexpected(config.error());
  if (!shards.empty())
    if (auto ok = apply_override(*config, "shards=" + shards); !ok)
      return tl::unexpected(ok.error());
  return kept_reading{std::move(*directory), std::move(*config), {}, std::nullopt};
}

} // namespace

result<kept_reading> read_kept(const std::string& path, const std::string& shards) {
  auto out = open_directory(path, shards);
  if (!out)
    return out;
  auto world = open_kept(out->config);
  if (world)
    out->world = std::move(*world);
  else
    out->game_gap = world.error();
  return out;
}

result<kept_reading> read_kept_with_game(const std::string& path, const std::string& shards) {
  auto out = read_kept(path, shards);
  if (out && out->game_gap)
    return tl::unexpected(*out->game_gap);
  return out;
}

std::vector<epoch_start> epochs_of(const manifest& from) {
  std::vector<epoch_start> out;
  out.reserve(from.epochs.size());
  for (const auto& e : from.epochs)
    out.push_back({e.epoch, e.first_tick});
  return out;
}

} // namespace tessera
