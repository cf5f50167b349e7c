#include "net/look_results.hpp"

#include <algorithm>
#include <tuple>

namespace tessera {

merged_points merge_points(const world_look& look, std::size_t most) {
  merged_points out;
  for (const auto& shard : look.shards) {
    out.in_view += shard->in_view;
    if (shard->in_view != 0)
      out.below = std::min(out.below, shard->points_below);
  }
  for (const auto& shard : look.shards)
    for (const auto& p : shard->points)
      if (p.place < out.below)
        out.points.push_back(p);
  std::sort(out.points.begin(), out.points.end(), [](const auto& l, const auto& r) {
    return std::tuple(l.place, l.id) < std::tuple(r.place, r.id);
  });
  if (out.points.size() > most) {
    out.below = out.points[most].place;
    out.points.resize(most);
    std::erase_if(out.points, [&](const auto& p) { return p.place >= out.below; });
  }
  return out;
}

merged_matches merge_matches(const world_look& look, std::size_t most) {
  merged_matches out;
  for (const auto& shard : look.shards) {
    out.found += shard->found;
    for (const auto& e : shard->matches)
      out.lowest.push_back(&e);
  }
  std::sort(out.lowest.begin(), out.lowest.end(),
            [](const auto* l, const auto* r) { return l->id < r->id; });
  if (out.lowest.size() > most)
    out.lowest.resize(most);
  return out;
}

} // namespace tessera
