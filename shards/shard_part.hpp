// What the closing pass hands to what goes out; for the files that a shard is written in, and nobody else.
#pragma once

#include "shards/shard.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace tessera {

/// One unit of the closing pass: rows [first, last) of a table, and what it found there.
struct shard::part {
  std::uint32_t table = 0;
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::uint64_t hash = 0;
  std::vector<std::uint32_t> leavers;                          // rows, ascending
  std::vector<std::pair<std::uint16_t, std::uint32_t>> ghosts; // target set, row
};

} // namespace tessera
