#include "games/flock/flock.hpp"

#include "games/flock/fly.hpp"

#include <algorithm>

namespace flock {

namespace {

constexpr double agents_per_square_metre = 0.06;

struct agent {
  tessera::cell where;
  float x;
  float z;
  velocity speed;
};

/// Fractions in [0, 1) with 24 bits, hashed from an agent's number: x, z, and the two speeds.
tessera::random_stream start_of(std::uint64_t seed, std::uint64_t number) {
  return {seed, tessera::entity_id{number}, 0, "start"};
}

/// Where every agent starts, sorted by cell: agent i from a hash of its number, so that the start
/// depends on nothing else.
std::vector<agent> place_agents(std::uint64_t seed, std::uint64_t count, double side_m,
                                float cell_size_m) {
  std::vector<agent> agents;
  agents.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    auto random = start_of(seed, i);
    double east = double{random.uniform()} * side_m;
    double south = double{random.uniform()} * side_m;
    auto cell_x = static_cast<std::uint16_t>(east / double{cell_size_m});
    auto cell_z = static_cast<std::uint16_t>(south / double{cell_size_m});
    // A fraction has 24 bits, so the rest of the cell is below its size in float too.
    float x =
      std::min(static_cast<float>(east - double{cell_size_m} * cell_x), cell_size_m * 0.999999F);
    float z =
      std::min(static_cast<float>(south - double{cell_size_m} * cell_z), cell_size_m * 0.999999F);
    float speed_x = random.uniform(-1, 1);
    float speed_z = random.uniform(-1, 1);
    velocity speed{speed_x, speed_z};
    agents.push_back({{cell_x, cell_z}, x, z, speed});
  }
  std::stable_sort(agents.begin(), agents.end(),
                   [](const agent& l, const agent& r) { return l.where < r.where; });
  return agents;
}

void define(tessera::game_builder& game) {
  auto count =
    static_cast<std::uint64_t>(game.parameter("agents", 100000, 0, 20e6, "agents in the flock"));
  double side_m = static_cast<double>(
    tessera::math::sqrt(static_cast<float>(static_cast<double>(count) / agents_per_square_metre)));
  const auto& world = game.world();
  side_m = std::min({side_m, double{world.cell_size_m} * world.extent.width(),
                     double{world.cell_size_m} * world.extent.depth()});
  game.component<velocity>();
  game.system<fly>();
  tessera::kind_appearance look;
  look.name = "agent";
  look.shape = tessera::body_shape::arrow;
  look.colour = {0.86F, 0.42F, 0.22F};
  look.colour_spread = 0.3F;
  look.length_m = 1.2F;
  look.velocity_east = game.field_of<velocity>("x");
  look.velocity_south = game.field_of<velocity>("z");
  game.shown<velocity>(look);
  game.parameters<constants>(std::make_shared<const constants>(
    constants{side_m, static_cast<std::uint16_t>(side_m / double{world.cell_size_m})}));
  auto agents = std::make_shared<const std::vector<agent>>(
    place_agents(world.seed, count, side_m, world.cell_size_m));
  game.fill([agents](tessera::cell_start& cell) {
    agent key{cell.where(), 0, 0, {}};
    auto [first, last] =
      std::equal_range(agents->begin(), agents->end(), key,
                       [](const agent& l, const agent& r) { return l.where < r.where; });
    for (auto a = first; a != last; ++a)
      cell.spawn(a->x, 0, a->z, a->speed);
  });
}

} // namespace

const tessera::game_definition definition{
  "flock", "n agents on a flat square that push, align and gather: the yardstick", &define};

} // namespace flock
