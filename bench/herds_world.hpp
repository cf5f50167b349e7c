// The default world for benchmarks, as the command opens it; `settings` as its --set takes them.
#pragma once

#include "games/games.hpp"
#include "sdk/open_world.hpp"

#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

namespace tessera::bench {

inline opened_world open_herds(std::span<const std::string> settings = {}) {
  auto config = load_world_file(TESSERA_SOURCE_DIR "/configs/worlds/herds.toml");
  for (const auto& setting : settings)
    if (auto applied = config ? apply_override(*config, setting) : result<void>{}; !applied)
      config = tl::unexpected(applied.error());
  if (config) {
    if (auto opened = open_world(*config, built_in_games()))
      return std::move(*opened);
    else
      std::fprintf(stderr, "benchmark: %s\n", opened.error().message.c_str());
  } else {
    std::fprintf(stderr, "benchmark: %s\n", config.error().message.c_str());
  }
  std::exit(1);
}

} // namespace tessera::bench
