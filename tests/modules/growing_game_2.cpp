// The newer of two versions of one game: it says what became of the older one's fields.
#include "sdk/game.hpp"
#include "sdk/module.hpp"

namespace {

struct tree {
  std::uint32_t age = 0;
  std::uint32_t height = 0;
  std::uint32_t leaves = 0;
};
constexpr auto describe(tessera::of<tree>) {
  return tessera::describe_as("tree", tessera::field<&tree::age>("age"),
                              tessera::field<&tree::height>("height"),
                              tessera::field<&tree::leaves>("leaves"));
}

struct grow {
  static constexpr const char* name = "grow";
  using access = tessera::access<tessera::writes<tree>>;
  static void run(const tessera::entity<access>& self) { ++self.get<tree>().height; }
};

void define(tessera::game_builder& game) {
  game.version(2);
  game.component<tree>();
  game.system<grow>();
  game.fill([](tessera::cell_start& cell) { cell.spawn(1, 0, 1, tree{5, 0, 0}); });
#ifndef SAYS_NOTHING_OF_THE_OLDER
  game.renamed_field("tree", "rings", "age");
  game.removed_field("tree", "nests");
  game.added_field("tree", "leaves");
#endif
}

const tessera::game_definition definition{"growing", "trees", &define};

} // namespace

TESSERA_GAME_MODULE(definition)
