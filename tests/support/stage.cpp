// Entities that follow a script, for scenarios of one sentence; see test_games.hpp.
#include "tests/support/test_games.hpp"

#include <bit>
#include <limits>
#include <stdexcept>

namespace stage {

namespace {

using tessera::entity_id;
using tessera::position;

struct actors_count {
  static constexpr const char* name = "actors";
  using access = tessera::access<tessera::reads<script>>;
  static std::int64_t value(const script&) { return 1; }
};

/// Order matters, and so do the exact differences.
template <class Entity>
std::uint64_t digest_of_neighbours(const Entity& self) {
  std::uint64_t sum = 1;
  self.for_each_neighbour([&](const auto& n) {
    sum = tessera::hash_combine(sum, n.id().value);
    sum = tessera::hash_combine(sum, std::bit_cast<std::uint32_t>(n.dx()));
    sum = tessera::hash_combine(sum, std::bit_cast<std::uint32_t>(n.dz()));
  });
  return sum;
}

struct act {
  static constexpr const char* name = "act";
  using access =
    tessera::access<tessera::reads<script>, tessera::writes<position>, tessera::neighbours<diary>,
                    tessera::sends<note>, tessera::spawns<diary, script>>;
  static constexpr float radius_m = 8;
  static void run(const tessera::entity<access>& self) {
    const auto& s = self.get<script>();
    if (self.world().tick() < s.at_tick || (self.world().tick() > s.at_tick && s.deed != walk))
      return;
    auto& p = self.get<position>();
    const auto& extent = self.world().extent();
    switch (s.deed) {
      case walk:
      case bound:
        p.x += s.x;
        p.z += s.z;
        break;
      case call_near:
        if (auto n = self.find_neighbour(s.to))
          self.send(*n, note{self.world().tick(), s.x, 0});
        break;
      case call_far: self.send_far(s.to, note{self.world().tick(), s.x, 0}); break;
      case bear: self.spawn(s.x, 0, s.z, diary{}, script{}); break;
      case die: self.despawn(); break;
      case leap:
        self.teleport(
          {{static_cast<std::uint16_t>(extent.x1 - 1), static_cast<std::uint16_t>(extent.z1 - 1)},
           s.x,
           0,
           s.z});
        break;
      case set_x: p.x = s.x; break;
      case break_x: p.x = std::numeric_limits<float>::quiet_NaN(); break;
      case break_y: p.y = std::numeric_limits<float>::infinity(); break;
      case fail: throw std::runtime_error("the script says so");
      default: break;
    }
  }
};

struct pin_up {
  static constexpr const char* name = "pin_up";
  using access = tessera::access<tessera::cell_writes<board>, tessera::totals<actors_count>>;
  static void run(const tessera::cells<access>& cells) {
    for (auto& b : cells.values<board>())
      b.lines = cells.total<actors_count>();
  }
};

struct read_note {
  static constexpr const char* name = "read_note";
  using access = tessera::access<tessera::writes<position, diary>, tessera::neighbours<diary>>;
  static void run(const tessera::entity<access>& self, const note& what, entity_id sender) {
    self.get<position>().x += what.step;
    auto& d = self.get<diary>();
    ++d.lines;
    d.digest = tessera::hash_combine(tessera::hash_combine(d.digest, sender.value), what.word);
    d.tick = self.world().tick();
    d.seen = digest_of_neighbours(self);
    if (what.fail != 0)
      throw std::runtime_error("the note says so");
  }
};

} // namespace

void define(tessera::game_builder& game) {
  game.component<diary>();
  game.component<script>();
  game.cell_component<board>();
  game.event<note>();
  game.world_value<actors_count>();
  game.system<act>();
  game.system<pin_up>();
  game.on<note, read_note>();
}

} // namespace stage
