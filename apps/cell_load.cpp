#include "apps/cell_load.hpp"

#include <algorithm>

namespace tessera {

std::vector<cell_load> loads_of(const instance_columns& bodies,
                                std::span<const instance_columns> regions,
                                const shard_figures& figures, double tick_ms,
                                const cell_rect& near) {
  std::vector<cell_load> out;
  if (near.x0 >= near.x1 || near.z0 >= near.z1 || figures.shards.size() != regions.size())
    return out; // the layout is about to be known
  const auto width = static_cast<std::size_t>(near.width());
  std::vector<std::uint32_t> counts(width * static_cast<std::size_t>(near.depth()));
  for (const auto& p : bodies.places)
    if (p.cell_x >= near.x0 && p.cell_x < near.x1 && p.cell_z >= near.z0 && p.cell_z < near.z1)
      ++counts[static_cast<std::size_t>(p.cell_z - near.z0) * width +
               static_cast<std::size_t>(p.cell_x - near.x0)];
  for (std::size_t s = 0; s < regions.size(); ++s) {
    const cell_rect& r = regions[s].region;
    const auto& of = figures.shards[s];
    const double ms_per_body = static_cast<double>(of.busy_ns) * 1e-6 /
                               static_cast<double>(std::max<std::uint64_t>(of.entities, 1));
    const auto cells = static_cast<double>(r.area());
    const cell_rect both = r.clipped(near);
    for (int z = both.z0; z < both.z1; ++z)
      for (int x = both.x0; x < both.x1; ++x) {
        cell_load one;
        one.where = {static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(z)};
        one.bodies = counts[static_cast<std::size_t>(z - near.z0) * width +
                            static_cast<std::size_t>(x - near.x0)];
        one.ms = ms_per_body * one.bodies;
        one.level = one.ms * cells / tick_ms;
        out.push_back(one);
      }
  }
  return out;
}

} // namespace tessera
