#include "games/herds/land.hpp"

#include "sdk/game_builder.hpp"

#include <algorithm>
#include <limits>

namespace herds {

namespace {

constexpr float shore_m = 0.25F;
constexpr std::int32_t samples_per_side = 3;
/// Grass thins out with height above the water and on slopes: at these it is half of the best.
constexpr float half_height_m = 500;
constexpr float half_slope = 0.4F;
/// Pasture is patchy on this scale: between 1 - patchiness and 1 + patchiness of the mean.
constexpr float patch_m = 512;
constexpr float patchiness = 0.5F;

float fraction(std::uint64_t seed, std::int32_t x, std::int32_t z) {
  auto word =
    static_cast<std::uint64_t>(static_cast<std::uint32_t>(x)) << 32 | static_cast<std::uint32_t>(z);
  return static_cast<float>(tessera::hash_combine(seed, word) >> 40) * 0x1p-24F;
}

/// Smooth noise in [0, 1): values at the corners of squares of `side` cells, blended in between.
float patch_noise(std::uint64_t seed, std::int32_t x, std::int32_t z, std::int32_t side) {
  std::int32_t qx = x / side;
  std::int32_t qz = z / side;
  auto blend = [](float t) { return t * t * (3 - 2 * t); };
  float u = blend(static_cast<float>(x % side) / static_cast<float>(side));
  float v = blend(static_cast<float>(z % side) / static_cast<float>(side));
  float north = fraction(seed, qx, qz) * (1 - u) + fraction(seed, qx + 1, qz) * u;
  float south = fraction(seed, qx, qz + 1) * (1 - u) + fraction(seed, qx + 1, qz + 1) * u;
  return north * (1 - v) + south * v;
}

/// Cells in `metres`, at least one.
std::int32_t cells_in(float metres, float cell_size_m) {
  float n = metres / cell_size_m;
  return n < 1 ? 1 : static_cast<std::int32_t>(std::min(n, 65536.0F));
}

struct cell_survey {
  float dry = 1; ///< share of its samples above the water
  float height_m = 0;
  float slope = 0;
};

} // namespace

/// The passes over the cells, in order; each reads what the one before has left.
struct land::survey {
  land& to;
  const tessera::world_facts& world;
  const settings& set;
  std::int32_t width = to.extent_.width();
  std::int32_t depth = to.extent_.depth();
  std::vector<cell_survey> cells = {};
  std::vector<std::uint8_t> drink = {};

  std::size_t at(std::int32_t x, std::int32_t z) const {
    return static_cast<std::size_t>(z) * static_cast<std::size_t>(width) +
           static_cast<std::size_t>(x);
  }

  void walk_over() {
    cells.resize(at(0, depth));
    if (to.ground_ == nullptr)
      return;
    const double size = double{world.cell_size_m};
    for (std::int32_t z = 0; z < depth; ++z)
      for (std::int32_t x = 0; x < width; ++x)
        cells[at(x, z)] = look_at((to.extent_.x0 + x) * size, (to.extent_.z0 + z) * size);
  }

  cell_survey look_at(double west_m, double north_m) const {
    cell_survey out{0, 0, 0};
    const double step = double{world.cell_size_m} / samples_per_side;
    for (std::int32_t j = 0; j < samples_per_side; ++j) {
      for (std::int32_t i = 0; i < samples_per_side; ++i) {
        double east = west_m + (i + 0.5) * step;
        double south = north_m + (j + 0.5) * step;
        float height = to.ground_->height_m(east, south);
        out.dry += to.is_dry(height) ? 1.0F : 0.0F;
        out.height_m += height;
        out.slope += to.ground_->slope(east, south);
      }
    }
    constexpr float share = 1.0F / (samples_per_side * samples_per_side);
    return {out.dry * share, out.height_m * share, out.slope * share};
  }

  void sow() {
    to.capacity_kg_.resize(cells.size());
    const float best = set.grass_kg_per_m2 * world.cell_size_m * world.cell_size_m;
    const std::uint64_t seed = world.seed ^ tessera::hash_name("pasture");
    const std::int32_t side = cells_in(patch_m, world.cell_size_m);
    for (std::int32_t z = 0; z < depth; ++z) {
      for (std::int32_t x = 0; x < width; ++x) {
        const cell_survey& c = cells[at(x, z)];
        float above = std::max(0.0F, c.height_m - set.water_level_m) / half_height_m;
        float steep = c.slope / half_slope;
        float ground =
          to.ground_ == nullptr ? 1.0F : 1 / ((1 + above * above) * (1 + steep * steep));
        float patch = 1 + patchiness * (2 * patch_noise(seed, x, z, side) - 1);
        float capacity = best * c.dry * ground * patch;
        to.capacity_kg_[at(x, z)] = capacity;
        to.largest_capacity_kg_ = std::max(to.largest_capacity_kg_, capacity);
      }
    }
  }

  /// A drink: beside water, and around springs. A spring rises at the lowest place of each square that
  /// has no water of its own; in a flat world, anywhere in it.
  void find_drinks() {
    drink.assign(cells.size(), 0);
    const std::int32_t side = cells_in(set.spring_spacing_m, world.cell_size_m);
    for (std::int32_t z = 0; z < depth; z += side)
      for (std::int32_t x = 0; x < width; x += side)
        open_spring(x, z, std::min(x + side, width), std::min(z + side, depth));
    for (std::int32_t z = 0; z < depth; ++z)
      for (std::int32_t x = 0; x < width; ++x)
        if (cells[at(x, z)].dry < 1)
          wet_around(x, z);
  }

  void open_spring(std::int32_t x0, std::int32_t z0, std::int32_t x1, std::int32_t z1) {
    std::int32_t best_x = x0;
    std::int32_t best_z = z0;
    float lowest = std::numeric_limits<float>::max();
    for (std::int32_t z = z0; z < z1; ++z) {
      for (std::int32_t x = x0; x < x1; ++x) {
        const cell_survey& c = cells[at(x, z)];
        if (c.dry < 1)
          return;
        float low = to.ground_ != nullptr ? c.height_m : fraction(world.seed, x, z);
        if (low < lowest) {
          lowest = low;
          best_x = x;
          best_z = z;
        }
      }
    }
    wet_around(best_x, best_z);
  }

  void wet_around(std::int32_t x, std::int32_t z) {
    for (std::int32_t j = std::max(z - 1, 0); j <= std::min(z + 1, depth - 1); ++j)
      for (std::int32_t i = std::max(x - 1, 0); i <= std::min(x + 1, width - 1); ++i)
        drink[at(i, j)] = 1;
  }

  /// Vector distance transform in two sweeps (Danielsson, "Euclidean distance mapping", 1980).
  void lay_ways() {
    constexpr std::int16_t far = 16000;
    to.ways_.resize(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i)
      to.ways_[i] = drink[i] != 0 ? way_to_water{0, 0} : way_to_water{far, far};
    for (std::int32_t z = 0; z < depth; ++z) {
      for (std::int32_t x = 0; x < width; ++x)
        consider(x, z, {{-1, 0}, {-1, -1}, {0, -1}, {1, -1}});
      for (std::int32_t x = width - 1; x >= 0; --x)
        consider(x, z, {{1, 0}});
    }
    for (std::int32_t z = depth - 1; z >= 0; --z) {
      for (std::int32_t x = width - 1; x >= 0; --x)
        consider(x, z, {{1, 0}, {1, 1}, {0, 1}, {-1, 1}});
      for (std::int32_t x = 0; x < width; ++x)
        consider(x, z, {{-1, 0}});
    }
  }

  void consider(std::int32_t x, std::int32_t z, std::initializer_list<way_to_water> sides) {
    auto squared = [](way_to_water w) {
      return std::int64_t{w.dx} * w.dx + std::int64_t{w.dz} * w.dz;
    };
    way_to_water& mine = to.ways_[at(x, z)];
    for (way_to_water side : sides) {
      std::int32_t nx = x + side.dx;
      std::int32_t nz = z + side.dz;
      if (nx < 0 || nz < 0 || nx >= width || nz >= depth)
        continue;
      way_to_water through = to.ways_[at(nx, nz)];
      through.dx = static_cast<std::int16_t>(std::min(through.dx + side.dx, 16000));
      through.dz = static_cast<std::int16_t>(std::min(through.dz + side.dz, 16000));
      if (squared(through) < squared(mine))
        mine = through;
    }
  }
};

land::land(const tessera::world_facts& world, const settings& set)
  : extent_(world.extent), ground_(world.ground), dry_from_m_(set.water_level_m + shore_m) {
  survey passes{*this, world, set};
  passes.walk_over();
  passes.sow();
  passes.find_drinks();
  passes.lay_ways();
}

} // namespace herds
