// The default world for benchmarks, as the command opens it.
#pragma once

#include "games/games.hpp"
#include "sdk/open_world.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace tessera::bench {

inline opened_world open_herds() {
  auto config = load_world_file(TESSERA_SOURCE_DIR "/configs/worlds/herds.toml");
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
