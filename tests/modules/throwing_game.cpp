// A game whose one system throws: for one entity, in tick 7.
#include "sdk/game.hpp"
#include "sdk/module.hpp"

#include <stdexcept>

namespace {

struct counter {
  std::uint32_t ticks = 0;
};
constexpr auto describe(tessera::of<counter>) {
  return tessera::describe_as("counter", tessera::field<&counter::ticks>("ticks"));
}

struct trip {
  static constexpr const char* name = "trip";
  using access = tessera::access<tessera::writes<counter>>;
  static void run(const tessera::entity<access>& self) {
    if (self.world().tick() == 7 && self.id().birth_cell_x() == 3 && self.id().birth_cell_z() == 2)
      throw std::runtime_error("tripped over a root");
    ++self.get<counter>().ticks;
  }
};

void define(tessera::game_builder& game) {
  game.component<counter>();
  game.system<trip>();
  game.fill([](tessera::cell_start& cell) { cell.spawn(1, 0, 1, counter{}); });
}

const tessera::game_definition definition{"throwing", "one system, which throws in tick 7",
                                          &define};

} // namespace

TESSERA_GAME_MODULE(definition)
