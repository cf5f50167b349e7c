// A game whose one system, in tick 5 and for one entity, spins for stall_ms milliseconds, and then crashes
// the process if crash says so: 1 writes where nothing is, 2 aborts.
#include "sdk/game.hpp"
#include "sdk/module.hpp"

#include <chrono>
#include <cstdlib>
#include <memory>

namespace {

struct counter {
  std::uint32_t ticks = 0;
};
constexpr auto describe(tessera::of<counter>) {
  return tessera::describe_as("counter", tessera::field<&counter::ticks>("ticks"));
}

struct faults {
  int stall_ms = 0;
  int crash = 0;
};

int* volatile nowhere = nullptr;

/// In a stack that a stall shows.
[[gnu::noinline]] void spin_for_long(int ms) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
  while (std::chrono::steady_clock::now() < until)
    ;
}

struct misbehave {
  static constexpr const char* name = "misbehave";
  using access = tessera::access<tessera::writes<counter>>;
  static void run(const tessera::entity<access>& self) {
    ++self.get<counter>().ticks;
    if (self.world().tick() != 5 || self.id().birth_cell_x() != 3 || self.id().birth_cell_z() != 2)
      return;
    const auto& wanted = self.world().parameters<faults>();
    spin_for_long(wanted.stall_ms);
    if (wanted.crash == 1)
      *nowhere = 1;
    if (wanted.crash == 2)
      std::abort();
  }
};

void define(tessera::game_builder& game) {
  auto wanted = std::make_shared<faults>();
  wanted->stall_ms = static_cast<int>(game.parameter("stall_ms", 0, 0, 60000, "spins so long"));
  wanted->crash = static_cast<int>(game.parameter("crash", 0, 0, 2, "how it crashes; 0: not"));
  game.parameters(std::shared_ptr<const faults>(wanted));
  game.component<counter>();
  game.system<misbehave>();
  game.fill([](tessera::cell_start& cell) { cell.spawn(1, 0, 1, counter{}); });
}

const tessera::game_definition definition{"misbehaving", "stalls or crashes in tick 5", &define};

} // namespace

TESSERA_GAME_MODULE(definition)
