#include "shards/layout.hpp"

#include "core/limits.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace tessera {

namespace {

constexpr shard_id nobody = std::numeric_limits<shard_id>::max();

std::string describe(const cell_rect& r) {
  return "[" + std::to_string(r.x0) + ", " + std::to_string(r.x1) + ") x [" + std::to_string(r.z0) +
         ", " + std::to_string(r.z1) + ")";
}

/// Maps every cell of [from, to) to the index of its band between sorted cuts.
std::vector<std::uint16_t> bands(const std::set<std::int32_t>& cuts, std::int32_t from,
                                 std::int32_t to) {
  std::vector<std::uint16_t> out(static_cast<std::size_t>(to - from));
  std::uint16_t band = 0;
  for (std::int32_t c = from; c < to; ++c) {
    if (c != from && cuts.contains(c))
      ++band;
    out[static_cast<std::size_t>(c - from)] = band;
  }
  return out;
}

} // namespace

result<layout> layout::grid(cell_rect world, std::int32_t rows, std::int32_t columns) {
  constexpr std::int32_t least = limits::min_shard_cells;
  if (rows < 1 || columns < 1 || rows > world.depth() / least || columns > world.width() / least) {
    return fail(
      error_code::bad_world_file,
      "layout " + std::to_string(rows) + "x" + std::to_string(columns) +
        " (rows x columns) does not fit a world of " + std::to_string(world.width()) + " x " +
        std::to_string(world.depth()) + " cells: a shard is at least 2 x 2 cells; use at most " +
        std::to_string(world.depth() / least) + "x" + std::to_string(world.width() / least));
  }
  std::vector<cell_rect> shards;
  for (std::int32_t row = 0; row < rows; ++row) {
    for (std::int32_t column = 0; column < columns; ++column) {
      shards.push_back({world.x0 + world.width() * column / columns,
                        world.z0 + world.depth() * row / rows,
                        world.x0 + world.width() * (column + 1) / columns,
                        world.z0 + world.depth() * (row + 1) / rows});
    }
  }
  auto made = rectangles(world, std::move(shards));
  if (made)
    made->name_ = std::to_string(rows) + "x" + std::to_string(columns);
  return made;
}

result<layout> layout::rectangles(cell_rect world, std::vector<cell_rect> shards) {
  if (shards.empty() || shards.size() > limits::shards) {
    return fail(error_code::bad_world_file, "a layout has 1 to " + std::to_string(limits::shards) +
                                              " shards, not " + std::to_string(shards.size()));
  }
  for (const auto& r : shards) {
    if (r.width() < limits::min_shard_cells || r.depth() < limits::min_shard_cells)
      return fail(error_code::bad_world_file,
                  "shard " + describe(r) + " is smaller than 2 x 2 cells");
    if (r.clipped(world) != r)
      return fail(error_code::bad_world_file,
                  "shard " + describe(r) + " reaches out of the world " + describe(world));
  }
  layout made;
  made.world_ = world;
  made.name_ = std::to_string(shards.size()) + " rectangles";
  made.shards_ = std::move(shards);
  if (auto ok = made.index(); !ok)
    return tl::unexpected(ok.error());
  return made;
}

result<void> layout::index() {
  std::set<std::int32_t> x_cuts;
  std::set<std::int32_t> z_cuts;
  for (const auto& r : shards_) {
    x_cuts.insert({r.x0, r.x1});
    z_cuts.insert({r.z0, r.z1});
  }
  x_band_ = bands(x_cuts, world_.x0, world_.x1);
  z_band_ = bands(z_cuts, world_.z0, world_.z1);
  x_bands_ = std::size_t{x_band_.back()} + 1;
  table_.assign(x_bands_ * (std::size_t{z_band_.back()} + 1), nobody);
  auto at = [](const std::vector<std::uint16_t>& band, std::int32_t c, std::int32_t origin) {
    return std::size_t{band[static_cast<std::size_t>(c - origin)]};
  };
  for (shard_id s = 0; s < shards_.size(); ++s) {
    const auto& r = shards_[s];
    for (auto z = at(z_band_, r.z0, world_.z0); z <= at(z_band_, r.z1 - 1, world_.z0); ++z) {
      for (auto x = at(x_band_, r.x0, world_.x0); x <= at(x_band_, r.x1 - 1, world_.x0); ++x) {
        shard_id& owner = table_[z * x_bands_ + x];
        if (owner != nobody)
          return fail(error_code::bad_world_file,
                      "shards " + describe(shards_[owner]) + " and " + describe(r) + " overlap");
        owner = s;
      }
    }
  }
  if (std::find(table_.begin(), table_.end(), nobody) != table_.end())
    return fail(error_code::bad_world_file,
                "the shards leave a hole: every cell of the world needs one owner");
  neighbours_.resize(shards_.size());
  for (shard_id s = 0; s < shards_.size(); ++s) {
    cell_rect near = shards_[s].grown(limits::neighbour_cells).clipped(world_);
    std::set<shard_id> found;
    for (std::int32_t z = near.z0; z < near.z1; ++z) {
      for (std::int32_t x = near.x0; x < near.x1; ++x) {
        if (shards_[s].contains(x, z)) {
          x = shards_[s].x1 - 1; // the inside has no neighbours
          continue;
        }
        found.insert(owner({static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(z)}));
      }
    }
    neighbours_[s].assign(found.begin(), found.end());
  }
  return {};
}

void layout::owners_within(cell c, std::int32_t distance, std::vector<shard_id>& out) const {
  out.clear();
  cell_rect near = cell_rect{c.x, c.z, c.x + 1, c.z + 1}.grown(distance).clipped(world_);
  for (std::int32_t z = near.z0; z < near.z1; ++z) {
    for (std::int32_t x = near.x0; x < near.x1; ++x) {
      shard_id s = owner({static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(z)});
      if (std::find(out.begin(), out.end(), s) == out.end())
        out.push_back(s);
    }
  }
  std::sort(out.begin(), out.end());
}

} // namespace tessera
