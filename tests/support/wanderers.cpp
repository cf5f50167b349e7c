// The game that uses everything; see test_games.hpp. Nothing moves further than a cell in a tick:
// handlers keep a position within 3 m of its cell, a step is at most 4 m, and a cell at least 8 m.
#include "tests/support/test_games.hpp"

#include <algorithm>
#include <stdexcept>

namespace wanderers {

namespace {

using tessera::entity_id;
using tessera::position;

struct heads {
  static constexpr const char* name = "heads";
  using access = tessera::access<tessera::reads<mood>>;
  static std::int64_t value(const mood&) { return 1; }
};

struct wealth {
  static constexpr const char* name = "wealth";
  using access = tessera::access<tessera::reads<purse>>;
  static std::int64_t value(const purse& p) { return static_cast<std::int64_t>(p.coins); }
};

/// Everybody sums up the warmth around it, and pokes whoever is nearest.
struct look {
  static constexpr const char* name = "look";
  using access =
    tessera::access<tessera::writes<mood, crowd>, tessera::neighbours<mood>, tessera::sends<poke>>;
  static constexpr float radius_m = 6;
  static void run(const tessera::entity<access>& self) {
    auto& c = self.get<crowd>();
    auto& m = self.get<mood>();
    std::optional<tessera::neighbour<access>> nearest;
    self.for_each_neighbour([&](const tessera::neighbour<access>& n) {
      c.sum += n.get<mood>().warmth / (1 + n.distance_squared());
      ++c.count;
      if (!nearest || n.distance_squared() < nearest->distance_squared())
        nearest.emplace(n);
    });
    m.warmth = 0.9F * m.warmth + 0.01F * c.sum + 0.001F * static_cast<float>(c.count);
    auto random = self.random("poke");
    if (nearest && random.chance(self.world().parameters<rates>().poke))
      self.send(*nearest, poke{random.uniform(-1, 1), nearest->dz() * 0.1F, random.below(3)});
  }
};

/// Only the armoured count here.
struct admire {
  static constexpr const char* name = "admire";
  using access =
    tessera::access<tessera::writes<mood>, tessera::neighbours<armour>, tessera::after<look>>;
  static constexpr float radius_m = 5;
  static void run(const tessera::entity<access>& self) {
    float sum = 0;
    self.for_each_neighbour(
      [&](const auto& n) { sum = sum * 0.5F + n.template get<armour>().thickness * n.dx(); });
    self.get<mood>().warmth += 0.001F * sum;
  }
};

/// Walkers align with walkers; stones among them make the neighbourhood mixed.
struct drift {
  static constexpr const char* name = "drift";
  using access = tessera::access<tessera::writes<velocity>, tessera::neighbours<velocity>>;
  using gather = tessera::gather<&velocity::x, &velocity::z>;
  static constexpr float radius_m = 6;
  static constexpr std::size_t sum_count = 4;
  static void accumulate(const tessera::lane_neighbours<gather>& n,
                         std::array<tessera::lanes, sum_count>& sums) {
    tessera::lanes weight = tessera::keep(n.near, 1.0F / (n.distance_squared + tessera::splat(1)));
    sums[0] += n.fields[0] * weight;
    sums[1] += n.fields[1] * weight;
    sums[2] -= n.dx * weight;
    sums[3] -= n.dz * weight;
  }
  static void run(const tessera::entity<access>& self, const tessera::lane_sums<sum_count>& sums) {
    auto& v = self.get<velocity>();
    v.x += 0.05F * sums[0] + sums[2];
    v.z += 0.05F * sums[1] + sums[3];
  }
};

/// Births, deaths, journeys, and everything that comes and goes on an entity.
struct live {
  static constexpr const char* name = "live";
  using access =
    tessera::access<tessera::writes<purse, mood, fever>, tessera::changes<armour, asleep, fever>,
                    tessera::spawns<velocity, mood, purse, crowd, armour, fever, asleep>,
                    tessera::totals<heads, wealth>, tessera::sends<gossip>,
                    tessera::after<look, admire>>;
  static void run(const tessera::entity<access>& self) {
    const auto& r = self.world().parameters<rates>();
    auto random = self.random("live");
    auto& p = self.get<purse>();
    auto& m = self.get<mood>();
    p.coins += static_cast<std::uint64_t>(self.total<wealth>() % 3 + 1);
    if (auto* f = self.find<fever>()) {
      f->heat = 0.5F * f->heat + m.warmth;
      if (++f->ticks > 5)
        self.remove<fever>();
    } else if (random.chance(r.ail)) {
      self.add(fever{1, m.warmth});
    }
    if (random.chance(r.doze))
      self.has<asleep>() ? self.remove<asleep>() : self.add(asleep{});
    if (random.chance(r.dress))
      self.has<armour>() ? self.remove<armour>() : self.add(armour{random.uniform()});
    if (random.chance(r.gossip) && p.friend_id)
      self.send_far(p.friend_id, gossip{self.id(), random.below(3), 1});
    bear_and_die(self, random, r, p);
  }

private:
  static void bear_and_die(const tessera::entity<access>& self, tessera::random_stream& random,
                           const rates& r, purse& p) {
    float size = self.world().cell_size_m();
    if (static_cast<float>(self.total<heads>()) < r.crowding && random.chance(r.birth)) {
      // Anywhere from half a cell outside on each side: many are born across a border.
      float x = random.uniform(-0.5F * size, 1.5F * size);
      float z = random.uniform(-0.5F * size, 1.5F * size);
      velocity v{random.uniform(-20, 20), random.uniform(-20, 20)};
      purse child{3, 0.5F, p.coins / 2, self.id()};
      p.coins -= p.coins / 2;
      switch (random.below(4)) {
        case 0: self.spawn(x, 1, z, mood{0, random.uniform()}, crowd{}); break; // a stone
        case 1: self.spawn(x, 2, z, v, mood{}, child, crowd{}, armour{0.5F}); break;
        case 2: self.spawn(x, 3, z, v, mood{}, child, crowd{}, fever{2, 1}, asleep{}); break;
        default: self.spawn(x, 0, z, child, v, crowd{}, mood{1, 0}); break;
      }
    }
    if (random.chance(r.death))
      self.despawn();
    if (random.chance(r.teleport)) {
      const auto& e = self.world().extent();
      tessera::cell to{static_cast<std::uint16_t>(random.below(static_cast<std::uint32_t>(e.x1))),
                       static_cast<std::uint16_t>(random.below(static_cast<std::uint32_t>(e.z1)))};
      self.teleport({to, random.uniform(0, size), 0, random.uniform(0, size)});
    }
  }
};

/// Eats where it stands if the grass next door was higher.
struct graze {
  static constexpr const char* name = "graze";
  using access =
    tessera::access<tessera::reads<mood>, tessera::writes<purse>, tessera::cell_reads<grass>,
                    tessera::cell_sums<grass, scent>, tessera::after<live>>;
  static void run(const tessera::entity<access>& self) {
    const grass* here = self.cell_value<grass>();
    for (auto [dx, dz] : {std::pair{1, 0}, {0, 1}, {-1, 0}, {0, -1}, {1, 1}, {-1, -1}}) {
      const grass* there = self.cell_value<grass>(dx, dz);
      if (there != nullptr && there->height > here->height)
        self.get<purse>().coins += 1;
    }
    self.add_to_cell<&grass::eaten>(1 + self.get<mood>().pokes % 2);
    self.add_to_cell<&grass::visits>(1);
    self.add_to_cell<&scent::steps>(2);
  }
};

struct walk {
  static constexpr const char* name = "walk";
  using access = tessera::access<tessera::writes<position, velocity>, tessera::after<drift>>;
  static void run(const tessera::chunk<access>& rows) {
    auto places = rows.write<position>();
    auto speeds = rows.write<velocity>();
    float dt = rows.world().dt_s();
    float fastest = rows.world().parameters<rates>().fastest;
    const auto& extent = rows.world().extent();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto& v = speeds[i];
      auto& p = places[i];
      v.x = std::clamp(v.x, -fastest, fastest);
      v.z = std::clamp(v.z, -fastest, fastest);
      p.x += v.x * dt;
      p.z += v.z * dt;
      // The world's edge holds; turn around there.
      if ((p.where().x == 0 && p.x < 1) || (p.where().x == extent.x1 - 1 && p.x > 7))
        v.x = -v.x;
      if ((p.where().z == 0 && p.z < 1) || (p.where().z == extent.z1 - 1 && p.z > 7))
        v.z = -v.z;
    }
  }
};

struct grow {
  static constexpr const char* name = "grow";
  using access = tessera::access<tessera::cell_writes<grass, scent>, tessera::totals<heads>,
                                 tessera::after<graze>>;
  static void run(const tessera::cells<access>& cells) {
    auto grasses = cells.values<grass>();
    auto scents = cells.values<scent>();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      auto random = cells.random(i, "grow");
      float eaten = static_cast<float>(grasses[i].eaten) * 0.01F;
      grasses[i].height = grasses[i].height * 0.95F + 0.1F * random.uniform() - eaten +
                          1e-5F * static_cast<float>(cells.total<heads>());
      grasses[i].eaten /= 2;
      scents[i].steps /= 3;
    }
  }
};

/// Moves before it looks around, then answers whoever poked it, near or far.
struct take_poke {
  static constexpr const char* name = "take_poke";
  using access = tessera::access<tessera::writes<position, velocity>, tessera::neighbours<velocity>,
                                 tessera::sends<poke, gossip>>;
  static void run(const tessera::entity<access>& self, const poke& what, entity_id sender) {
    auto& p = self.get<position>();
    float size = self.world().cell_size_m();
    p.x = std::clamp(p.x + what.push_x, -3.0F, size + 3);
    p.z = std::clamp(p.z + what.push_z, -3.0F, size + 3);
    auto& v = self.get<velocity>();
    self.for_each_neighbour([&](const auto& n) {
      v.x += 0.01F * n.dx();
      v.z = v.z * 0.99F + 0.01F * n.template get<velocity>().z;
    });
    if (what.hops == 0)
      return;
    if (auto back = self.find_neighbour(sender))
      self.send(*back, poke{-what.push_x, what.push_z, what.hops - 1});
    else if (sender)
      self.send_far(sender, gossip{self.id(), what.hops, 1});
  }
};

/// The second handler of the same event, for stones too; scratch starts at zero here as well.
struct count_poke {
  static constexpr const char* name = "count_poke";
  using access = tessera::access<tessera::writes<mood, crowd>>;
  static void run(const tessera::entity<access>& self, const poke&, entity_id) {
    auto& c = self.get<crowd>();
    ++c.count;
    self.get<mood>().pokes += c.count;
    self.get<mood>().warmth += 0.01F * c.sum;
  }
};

/// Passes it on, may bear a child and dress, and leaves its scent.
struct take_gossip {
  static constexpr const char* name = "take_gossip";
  using access =
    tessera::access<tessera::writes<purse>, tessera::sends<gossip>, tessera::cell_sums<scent>,
                    tessera::changes<armour>, tessera::spawns<mood, crowd>>;
  static void run(const tessera::entity<access>& self, const gossip& what, entity_id sender) {
    auto& p = self.get<purse>();
    p.coins += what.hops;
    p.friend_id = what.about;
    self.add_to_cell<&scent::steps>(5);
    if (what.hops > 0 && sender)
      self.send_far(sender, gossip{self.id(), what.hops - 1, 1});
    auto random = self.random("gossip");
    if (random.chance(0.1F))
      self.spawn(-1, 0, self.world().cell_size_m() + 1, mood{7, 0}, crowd{});
    if (random.chance(0.2F))
      self.add(armour{random.uniform()});
  }
};

struct obey {
  static constexpr const char* name = "obey";
  using access = tessera::access<tessera::writes<mood>>;
  static void run(const tessera::entity<access>& self, const banish& what, entity_id) {
    self.get<mood>().pokes += 100;
    if (what.how == 2)
      throw std::runtime_error("it does not obey");
    if (what.how == 1)
      self.despawn();
    else
      self.teleport({tessera::cell{3, 1}, 2, 0, 3});
  }
};

void fill(tessera::cell_start& cell) {
  auto random = cell.random("fill");
  float size = cell.world().cell_size_m();
  cell.value<grass>().height = random.uniform();
  std::uint32_t count = 2 + random.below(3);
  for (std::uint32_t i = 0; i < count; ++i) {
    float x = random.uniform(0, size);
    float z = random.uniform(0, size);
    velocity v{random.uniform(-20, 20), random.uniform(-20, 20)};
    purse p{1, 1, random.below(10), entity_id::make(cell.where().x, cell.where().z, 1)};
    switch (random.below(4)) {
      case 0: cell.spawn(x, 0, z, mood{0, random.uniform()}, crowd{}); break;
      case 1: cell.spawn(x, 0, z, v, mood{}, p, crowd{}, armour{random.uniform()}); break;
      case 2: cell.spawn(x, 0, z, v, mood{}, p, crowd{}, fever{0, 1}, asleep{}); break;
      default: cell.spawn(x, 0, z, mood{}, crowd{}, p, v); break;
    }
  }
}

void define(tessera::game_builder& game) {
  bool wild = game.parameter("wild", 0, 0, 1, "rates come from the seed") != 0;
  game.component<velocity>();
  game.component<mood>();
  game.component<purse>();
  game.component<armour>();
  game.component<asleep>();
  game.component<fever>();
  game.component<crowd>();
  game.cell_component<grass>();
  game.cell_component<scent>();
  game.event<poke>();
  game.event<gossip>();
  game.event<banish>();
  game.world_value<heads>();
  game.world_value<wealth>();
  game.system<walk>(); // the order of registration is not the order of running
  game.system<look>();
  game.system<admire>();
  game.system<drift>();
  game.system<live>();
  game.system<graze>();
  game.system<grow>();
  game.on<poke, take_poke>();
  game.on<poke, count_poke>();
  game.on<gossip, take_gossip>();
  game.on<banish, obey>();
  game.parameters<rates>(
    std::make_shared<const rates>(wild ? rates_from(game.world().seed) : rates{}));
  game.fill(fill);
}

} // namespace

rates rates_from(std::uint64_t seed) {
  tessera::random_stream random{seed, {}, 0, "rates"};
  // Cubed, so that most are small and some are not.
  auto some = [&](float most) {
    float u = random.uniform();
    return most * u * u * u;
  };
  rates r;
  r.birth = some(0.2F);
  r.death = some(0.2F);
  r.teleport = some(0.1F);
  r.poke = some(1);
  r.gossip = some(0.5F);
  r.dress = some(0.5F);
  r.doze = some(0.5F);
  r.ail = some(0.5F);
  r.fastest = random.uniform(0, 80);
  r.crowding = random.uniform(50, 1200);
  return r;
}

const tessera::game_definition definition{"wanderers", "everything the SDK offers, all the time",
                                          &define};

} // namespace wanderers
