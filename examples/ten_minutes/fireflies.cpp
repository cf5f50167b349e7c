// The game of docs/manual/writing-a-game.md: fireflies that see their neighbours flash and fall
// into step, though none of them knows of more than a few others.
#include "sdk/game.hpp"
#include "sdk/module.hpp"

#include <algorithm>

namespace fireflies {

// [component]
struct firefly {
  float charge = 0;          // 1: it flashes
  std::uint32_t flashes = 0; // so far
};
constexpr auto describe(tessera::of<firefly>) {
  return tessera::describe_as("firefly", tessera::marks::shared | tessera::marks::replicated,
                              tessera::field<&firefly::charge>("charge", "1"),
                              tessera::field<&firefly::flashes>("flashes"));
}
// [component]

// [event]
struct flash {
  float brightness = 0;
};
constexpr auto describe(tessera::of<flash>) {
  return tessera::describe_as("flash", tessera::field<&flash::brightness>("brightness", "1"));
}
// [event]

// [system]
struct blink {
  static constexpr const char* name = "blink";
  static constexpr float radius_m = 16;
  static constexpr float period_s = 2;
  using access =
    tessera::access<tessera::writes<firefly>, tessera::neighbours<firefly>, tessera::sends<flash>>;

  static void run(const tessera::entity<access>& self) {
    firefly& own = self.get<firefly>();
    own.charge += self.world().dt_s() / period_s;
    if (own.charge < 1)
      return;
    own.charge = 0;
    ++own.flashes;
    self.for_each_neighbour([&](const tessera::neighbour<access>& other) {
      float share = 1 - other.distance_squared() / (radius_m * radius_m);
      self.send(other, flash{share});
    });
  }
};
// [system]

// [handler]
struct see_flash {
  static constexpr const char* name = "see_flash";
  using access = tessera::access<tessera::writes<firefly>>;

  static void run(const tessera::entity<access>& self, const flash& seen, tessera::entity_id) {
    firefly& own = self.get<firefly>();
    if (own.charge > 0.1F) // just after its own flash it is blind
      own.charge = std::min(own.charge * (1 + 0.1F * seen.brightness), 1.0F);
  }
};
// [handler]

// [total]
struct dark {
  static constexpr const char* name = "dark";
  using access = tessera::access<tessera::reads<firefly>>;
  static std::int64_t value(const firefly& own) { return own.charge < 0.5F ? 1 : 0; }
};
// [total]

// [define]
void define(tessera::game_builder& game) {
  auto per_cell = static_cast<int>(
    game.parameter("fireflies_per_cell", 10, 0, 10000, "fireflies that each cell starts with"));
  float size_m = game.world().cell_size_m;
  game.component<firefly>();
  game.event<flash>();
  game.system<blink>();
  game.on<flash, see_flash>();
  game.world_value<dark>();
  game.fill([=](tessera::cell_start& cell) {
    auto random = cell.random("start");
    for (int i = 0; i < per_cell; ++i) {
      float x = random.uniform() * size_m;
      float z = random.uniform() * size_m;
      cell.spawn(x, 0, z, firefly{random.uniform(), 0});
    }
  });
}

const tessera::game_definition definition{
  "fireflies", "fireflies that see each other flash and fall into step", &define};
// [define]

} // namespace fireflies

// [module]
TESSERA_GAME_MODULE(fireflies::definition)
// [module]
