#include "games/store/store_game.hpp"

#include "sdk/game.hpp"

namespace store_game {

namespace {

void define(tessera::game_builder& game) {
  auto entities = static_cast<std::uint64_t>(
    game.parameter("entities", 10000, 0, 50e6, "entities, spread evenly over the cells"));
  game.component<value>();
  const auto extent = game.world().extent;
  const auto cell_size_m = game.world().cell_size_m;
  game.fill([=](tessera::cell_start& cell) {
    auto area = static_cast<std::uint64_t>(extent.area());
    auto index =
      static_cast<std::uint64_t>(cell.where().z) * static_cast<std::uint64_t>(extent.width()) +
      cell.where().x;
    // Cell i of n gets the entities whose share of the line falls into it.
    std::uint64_t first = entities * index / area;
    std::uint64_t last = entities * (index + 1) / area;
    auto random = cell.random("place");
    for (std::uint64_t i = first; i < last; ++i) {
      float x = random.uniform() * cell_size_m;
      float z = random.uniform() * cell_size_m;
      cell.spawn(x, 0, z, value{i, 0, 0, 0});
    }
  });
}

} // namespace

const tessera::game_definition definition{
  "store", "n entities with a 32-byte value and no systems, driven by commands alone", &define};

} // namespace store_game
