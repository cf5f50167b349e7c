#include "apps/window_overlay.hpp"

#include "apps/view_option.hpp"
#include "apps/window_projection.hpp"

#include <algorithm>
#include <cmath>

namespace tessera {

namespace {

constexpr double border_reach_m = 4000;

/// One edge of a region, in cells, as a line on the ground.
struct edge {
  int x = 0, z = 0;
  int step_x = 0, step_z = 0;
  int steps = 0;
};

void add_edge(overlay_content& to, const edge& along, const shown_world& world, const camera& from,
              const projection& project) {
  const double size = double{world.cell_size_m};
  std::optional<pixel> before;
  for (int i = 0; i <= along.steps; ++i) {
    const double east = size * (along.x + along.step_x * i);
    const double south = size * (along.z + along.step_z * i);
    const double away = std::hypot(east - from.east_m, south - from.south_m);
    std::optional<pixel> now;
    if (away < border_reach_m)
      now = project(east, surface_m(world, east, south) + 0.6, south);
    if (before && now) {
      const double left = 1 - away / border_reach_m;
      to.lines.push_back({before->x,
                          before->y,
                          now->x,
                          now->y,
                          {255, 120, 60, static_cast<std::uint8_t>(30 + 200 * std::max(left, 0.0))},
                          2});
    }
    before = now;
  }
}

/// Green, yellow, red.
overlay_colour load_colour(double level, double nearness) {
  const double share = std::clamp(level, 0.0, 1.0);
  const double red = std::min(1.0, share * 2);
  const double green = std::min(1.0, 2 - share * 2);
  const double strength = 40 + 90 * share; // what does much is to be seen
  return {static_cast<std::uint8_t>(60 + 180 * red), static_cast<std::uint8_t>(50 + 160 * green),
          50, static_cast<std::uint8_t>(strength * std::clamp(nearness * 2, 0.0, 1.0))};
}

/// Whether a place is within `margin_m` of a rectangle of cells.
bool is_beside(const cell_rect& cells, double cell_m, double margin_m, double east, double south) {
  return east >= cells.x0 * cell_m - margin_m && east < cells.x1 * cell_m + margin_m &&
         south >= cells.z0 * cell_m - margin_m && south < cells.z1 * cell_m + margin_m;
}

/// The corners of cells on the ground, each projected once: four cells share it.
class corner_grid {
public:
  corner_grid(const cell_rect& cells, const shown_world& world, const projection& project)
    : cells_(cells) {
    const double size = double{world.cell_size_m};
    for (int z = cells.z0; z <= cells.z1; ++z)
      for (int x = cells.x0; x <= cells.x1; ++x)
        corners_.push_back(
          project.clip(size * x, surface_m(world, size * x, size * z) + 0.3, size * z));
  }
  bool has(cell where) const { return cells_.contains(where); }
  /// Once around.
  std::array<glm::vec4, 4> around(cell where) const {
    const auto row = static_cast<std::size_t>(cells_.width()) + 1;
    const std::size_t first = static_cast<std::size_t>(where.z - cells_.z0) * row +
                              static_cast<std::size_t>(where.x - cells_.x0);
    return {corners_[first], corners_[first + 1], corners_[first + row + 1], corners_[first + row]};
  }

private:
  cell_rect cells_;
  std::vector<glm::vec4> corners_;
};

} // namespace

cell_rect cells_near(const shown_world& world, const camera& from, double reach_m) {
  auto cell = [&](double metres) {
    return static_cast<std::int32_t>(
      std::clamp(std::floor(metres / double{world.cell_size_m}), -1.0, 65536.0));
  };
  return cell_rect{cell(from.east_m - reach_m), cell(from.south_m - reach_m),
                   cell(from.east_m + reach_m) + 1, cell(from.south_m + reach_m) + 1}
    .clipped(world.extent);
}

void add_loads(overlay_content& to, std::span<const cell_load> loads, const shown_world& world,
               const camera& from, float width, float height) {
  const projection project{from, width, height};
  const double reach_m = load_reach_m(world);
  const corner_grid corners{cells_near(world, from, reach_m), world, project};
  const double size = double{world.cell_size_m};
  for (const auto& load : loads) {
    const double away = std::hypot(size * (load.where.x + 0.5) - from.east_m,
                                   size * (load.where.z + 0.5) - from.south_m);
    if (away > reach_m || !corners.has(load.where))
      continue;
    auto area = project.area(corners.around(load.where));
    if (!area)
      continue;
    area->colour = load_colour(load.level, 1 - away / reach_m);
    to.areas.push_back(*area);
  }
}

std::vector<std::size_t> ghosts_near(const instance_columns& bodies,
                                     std::span<const instance_columns> shards, double bin_m,
                                     const shown_world& world, const camera& from) {
  const double size = double{world.cell_size_m};
  std::vector<cell_rect> beside; // the others can have none of those that are looked at
  for (const auto& shard : shards)
    if (is_beside(shard.region, size, ghost_reach_m + bin_m, from.east_m, from.south_m))
      beside.push_back(shard.region);
  std::vector<std::pair<double, std::size_t>> found;
  for (std::size_t row = 0; row < bodies.places.size() && beside.size() > 1; ++row) {
    const instance_place& p = bodies.places[row];
    const double east = east_of(p, world.cell_size_m);
    const double south = south_of(p, world.cell_size_m);
    const double away = std::hypot(east - from.east_m, south - from.south_m);
    if (away > ghost_reach_m)
      continue;
    const bool ghost = std::any_of(beside.begin(), beside.end(), [&](const cell_rect& r) {
      return !r.contains(p.cell_x, p.cell_z) && is_beside(r, size, bin_m, east, south);
    });
    if (ghost)
      found.emplace_back(away, row);
  }
  std::sort(found.begin(), found.end());
  if (found.size() > most_ghosts)
    found.resize(most_ghosts);
  std::vector<std::size_t> out;
  out.reserve(found.size());
  for (const auto& [away, row] : found)
    out.push_back(row);
  return out;
}

void add_ghosts(overlay_content& to, std::span<const std::size_t> rows,
                const instance_columns& bodies, const shown_world& world, const camera& from,
                float width, float height) {
  const projection project{from, width, height};
  constexpr float half_px = 4;
  for (std::size_t row : rows) {
    const instance_place& p = bodies.places[row];
    const auto at = project(east_of(p, world.cell_size_m), double{p.y_m} + 1.3 * double{p.scale_m},
                            south_of(p, world.cell_size_m));
    if (!at)
      continue;
    overlay_area mark;
    mark.corners = {{{at->x, at->y - half_px},
                     {at->x + half_px, at->y},
                     {at->x, at->y + half_px},
                     {at->x - half_px, at->y}}};
    mark.colour = {90, 200, 255, 220};
    to.areas.push_back(mark);
  }
}

void add_borders(overlay_content& to, std::span<const instance_columns> shards,
                 const shown_world& world, const camera& from, float width, float height) {
  const projection project{from, width, height};
  for (const auto& shard : shards) {
    const cell_rect& r = shard.region;
    // A border between two is drawn by the one south or east of it.
    add_edge(to, {r.x0, r.z0, 1, 0, r.width()}, world, from, project);
    add_edge(to, {r.x0, r.z0, 0, 1, r.depth()}, world, from, project);
    if (r.x1 == world.extent.x1)
      add_edge(to, {r.x1, r.z0, 0, 1, r.depth()}, world, from, project);
    if (r.z1 == world.extent.z1)
      add_edge(to, {r.x0, r.z1, 1, 0, r.width()}, world, from, project);
  }
}

void add_marker(overlay_content& to, const instance_columns& bodies, std::size_t row,
                const shown_world& world, const camera& from, float width, float height) {
  const instance_place& p = bodies.places[row];
  const auto at = projection{from, width, height}(east_of(p, world.cell_size_m),
                                                  double{p.y_m} + 0.45 * double{p.scale_m},
                                                  south_of(p, world.cell_size_m));
  if (!at)
    return;
  const float unit_px = height / (2 * std::tan(from.height_deg * 3.14159265F / 360));
  const float half = std::max(8.0F, 0.75F * p.scale_m * unit_px / at->away_m);
  const float corner = half * 0.4F;
  constexpr overlay_colour colour{255, 240, 120, 230};
  for (float x : {-1.0F, 1.0F})
    for (float y : {-1.0F, 1.0F}) {
      const float cx = at->x + x * half;
      const float cy = at->y + y * half;
      to.lines.push_back({cx, cy, cx - x * corner, cy, colour, 2});
      to.lines.push_back({cx, cy, cx, cy - y * corner, colour, 2});
    }
}

} // namespace tessera
