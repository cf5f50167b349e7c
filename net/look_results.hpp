// Answers of several shards put together.
//
// Always true: the result depends on the world's state alone, not on how it is cut or on the order in which the
// shards answered.
#pragma once

#include "net/inspected_world.hpp"

namespace tessera {

struct merged_points {
  std::uint64_t in_view = 0;
  std::uint64_t below = std::uint64_t{1} << 32; ///< exactly those with places below are in it
  std::vector<seen_point> points;               ///< by place
};
/// At most `most`, thinned alike everywhere.
merged_points merge_points(const world_look& look, std::size_t most);

struct merged_matches {
  std::uint64_t found = 0;
  std::vector<const seen_entity*> lowest; ///< ids ascending; of the look
};
merged_matches merge_matches(const world_look& look, std::size_t most);

} // namespace tessera
