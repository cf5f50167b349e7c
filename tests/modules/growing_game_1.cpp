// The older of two versions of one game; the newer ones are growing_game_2 and growing_game_silent.
#include "sdk/game.hpp"
#include "sdk/module.hpp"

namespace {

struct tree {
  std::uint32_t height = 0;
  std::uint32_t rings = 0;
  std::uint32_t nests = 0;
};
constexpr auto describe(tessera::of<tree>) {
  return tessera::describe_as("tree", tessera::field<&tree::height>("height"),
                              tessera::field<&tree::rings>("rings"),
                              tessera::field<&tree::nests>("nests"));
}

struct grow {
  static constexpr const char* name = "grow";
  using access = tessera::access<tessera::writes<tree>>;
  static void run(const tessera::entity<access>& self) { ++self.get<tree>().height; }
};

void define(tessera::game_builder& game) {
  game.component<tree>();
  game.system<grow>();
  game.fill([](tessera::cell_start& cell) { cell.spawn(1, 0, 1, tree{0, 5, 2}); });
}

const tessera::game_definition definition{"growing", "trees", &define};

} // namespace

TESSERA_GAME_MODULE(definition)
