#include "games/herds/start.hpp"

#include <algorithm>
#include <optional>

namespace herds {

namespace {

using tessera::random_stream;

/// Half of a herd stands within about this times the root of its number around its centre.
constexpr float spread_m = 4.5F;
constexpr float predators_at_m = 70;
constexpr int tries_for_pasture = 100;
constexpr int tries_for_dry = 1000;
constexpr int tries_beside = 16;

struct place_m {
  double east;
  double south;
};

tessera::entity_id number(std::uint64_t n) {
  return {n};
}

/// Ages as they are where as many are born as die, so that the first deaths need no waiting for.
float draw_age(float mean_life_s, random_stream& random) {
  for (;;) {
    float age_s = 2 * mean_life_s * random.uniform();
    if (random.uniform() < survival(age_s, mean_life_s))
      return age_s;
  }
}

} // namespace

/// Puts animals down one after another; each herd draws from streams of its own number.
struct start::scatter {
  start& to;
  const tessera::world_facts& world;
  const constants& fixed;

  bool inside(const place_m& p) const {
    const world_sides& s = fixed.sides;
    return p.east >= s.west_m && p.east <= s.east_m && p.south >= s.north_m && p.south <= s.south_m;
  }

  /// A dry place of the world in engine terms; nothing for any other.
  std::optional<tessera::position> stand(const place_m& p) const {
    if (!inside(p))
      return std::nullopt;
    float height = fixed.ground.height_m(p.east, p.south);
    if (!fixed.ground.is_dry(height))
      return std::nullopt;
    const double size = double{world.cell_size_m};
    auto x = static_cast<std::uint16_t>(p.east / size);
    auto z = static_cast<std::uint16_t>(p.south / size);
    float most = world.cell_size_m * 0.999999F;
    return tessera::position{{x, z},
                             std::min(static_cast<float>(p.east - size * x), most),
                             height,
                             std::min(static_cast<float>(p.south - size * z), most)};
  }

  /// Somewhere dry, the likelier the better the pasture; nothing if hardly any ground is dry.
  std::optional<place_m> pick_centre(random_stream& random) const {
    for (int i = 0; i < tries_for_dry; ++i) {
      const world_sides& s = fixed.sides;
      place_m p{s.west_m + double{random.uniform()} * (s.east_m - s.west_m),
                s.north_m + double{random.uniform()} * (s.south_m - s.north_m)};
      float luck = random.uniform();
      auto at = stand(p);
      if (!at)
        continue;
      float good = fixed.ground.capacity_kg(at->where);
      if (i >= tries_for_pasture || luck * fixed.ground.largest_capacity_kg() < good)
        return p;
    }
    return std::nullopt;
  }

  /// Around a centre that is dry itself.
  tessera::position beside(const place_m& centre, float distance_m, random_stream& random) const {
    for (int i = 0; i < tries_beside; ++i) {
      double east = centre.east + double{random.normal(0, distance_m)};
      double south = centre.south + double{random.normal(0, distance_m)};
      if (auto at = stand({east, south}))
        return *at;
    }
    return *stand(centre);
  }

  void put_herd(std::uint64_t n, std::uint64_t size, random_stream random) {
    auto centre = pick_centre(random);
    if (!centre)
      return;
    const settings& set = fixed.set;
    auto heading = tessera::math::sincos(random.uniform() * (2 * tessera::math::pi));
    float water = random.uniform(0.5F, 1);
    float energy = random.uniform(0.4F, 0.8F);
    float spread = spread_m * tessera::math::sqrt(static_cast<float>(size));
    for (std::uint64_t i = 0; i < size; ++i) {
      random_stream own{world.seed, number(n << 32 | i), 0, "first grazer"};
      first_grazer one;
      one.place = beside(*centre, spread, own);
      one.speed = {heading.cosine * set.grazer_walk_m_per_s,
                   heading.sine * set.grazer_walk_m_per_s};
      one.own.energy = energy * own.uniform(0.9F, 1.1F);
      one.own.age_s = draw_age(set.grazer_life_s, own);
      one.own.gestation_s = pregnancy(one.own.age_s, set, own);
      one.state.water = share_of(water * own.uniform(0.9F, 1.1F), 0, 1);
      to.grazers_.push_back(one);
    }
    centres.push_back(*centre);
  }

  /// Some of the grown ones carry already, or all herds would calve at once, one gestation later.
  static float pregnancy(float age_s, const settings& set, random_stream& random) {
    float cycle_s = set.grazer_gestation_s + set.grazer_courtship_s;
    float left_s = random.uniform() * cycle_s;
    return age_s > set.grazer_maturity_s && left_s < set.grazer_gestation_s ? left_s : 0.0F;
  }

  void put_predator(std::uint64_t n) {
    random_stream own{world.seed, number(n), 0, "first predator"};
    std::optional<place_m> centre;
    if (centres.empty())
      centre = pick_centre(own);
    else
      centre = centres[n % centres.size()];
    if (!centre)
      return;
    first_predator one;
    one.place = beside(*centre, predators_at_m, own);
    one.own.energy = own.uniform(0.4F, 1);
    one.own.age_s = draw_age(fixed.set.predator_life_s, own);
    to.predators_.push_back(one);
  }

  std::vector<place_m> centres = {};
};

start::start(const tessera::world_facts& world, const constants& fixed) {
  if (world.extent.area() <= 0)
    return;
  scatter put{*this, world, fixed};
  auto left = static_cast<std::uint64_t>(fixed.set.grazers);
  for (std::uint64_t n = 1; left > 0; ++n) {
    random_stream random{world.seed, number(n), 0, "herd"};
    auto size = static_cast<std::uint64_t>(fixed.set.herd_size * random.uniform(0.5F, 1.5F));
    size = std::min(std::max<std::uint64_t>(size, 1), left);
    left -= size;
    put.put_herd(n, size, random);
  }
  for (std::uint64_t n = 0; n < static_cast<std::uint64_t>(fixed.set.predators); ++n)
    put.put_predator(n);
  auto by_cell = [](const auto& l, const auto& r) { return l.place.where < r.place.where; };
  std::stable_sort(grazers_.begin(), grazers_.end(), by_cell);
  std::stable_sort(predators_.begin(), predators_.end(), by_cell);
}

namespace {

template <class T>
std::span<const T> range_of(const std::vector<T>& all, tessera::cell c) {
  auto first =
    std::partition_point(all.begin(), all.end(), [&](const T& a) { return a.place.where < c; });
  auto last =
    std::partition_point(first, all.end(), [&](const T& a) { return a.place.where <= c; });
  return {first, last};
}

} // namespace

std::span<const first_grazer> start::grazers_of(tessera::cell c) const {
  return range_of(grazers_, c);
}

std::span<const first_predator> start::predators_of(tessera::cell c) const {
  return range_of(predators_, c);
}

} // namespace herds
