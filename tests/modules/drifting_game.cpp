// A game that runs otherwise where the environment says so, as a build with other code under the same
// version would: from tick TESSERA_DRIFT_FROM on its one system counts by two, in tick TESSERA_DRIFT_THROWS it throws.
#include "sdk/game.hpp"
#include "sdk/module.hpp"

#include <cstdlib>
#include <stdexcept>

namespace {

struct counter {
  std::uint32_t ticks = 0;
};
constexpr auto describe(tessera::of<counter>) {
  return tessera::describe_as("counter", tessera::field<&counter::ticks>("ticks"));
}

struct count {
  static constexpr const char* name = "count";
  using access = tessera::access<tessera::writes<counter>>;
  static void run(const tessera::entity<access>& self) {
    const char* from = std::getenv("TESSERA_DRIFT_FROM");
    const char* throws = std::getenv("TESSERA_DRIFT_THROWS");
    if (throws != nullptr && self.world().tick() == std::strtoull(throws, nullptr, 10) &&
        self.id().birth_cell_x() == 3 && self.id().birth_cell_z() == 0)
      throw std::runtime_error("fell");
    bool drifts = from != nullptr && self.world().tick() >= std::strtoull(from, nullptr, 10);
    self.get<counter>().ticks += drifts && self.id().birth_cell_x() == 3 ? 2 : 1;
  }
};

void define(tessera::game_builder& game) {
  game.component<counter>();
  game.system<count>();
  game.fill([](tessera::cell_start& cell) { cell.spawn(1, 0, 1, counter{}); });
}

const tessera::game_definition definition{"drifting", "counts, in one way or another", &define};

} // namespace

TESSERA_GAME_MODULE(definition)
