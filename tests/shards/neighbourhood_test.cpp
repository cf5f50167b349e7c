// The neighbourhood against brute force: the same set of others, in canonical order, with the same
// differences to the bit, under every layout; and lane sums over exactly that set.
#include "shards/neighbourhood.hpp"

#include "shards/entity_record.hpp"
#include "tests/support/worlds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <random>

namespace tessera::testing {
namespace {

/// What an onlooker saw in the last tick.
struct view {
  std::uint64_t digest = 0;
  float count = 0; ///< by lanes
  float wood = 0;  ///< sum of the timber of those that have some, by lanes
};
constexpr auto describe(of<view>) {
  return describe_as("view", field<&view::digest>("digest"), field<&view::count>("count"),
                     field<&view::wood>("wood"));
}
/// Whole numbers, so that sums in any order are exact. Every other entity has some.
struct timber {
  float pieces = 0;
};
constexpr auto describe(of<timber>) {
  return describe_as("timber", marks::shared, field<&timber::pieces>("pieces"));
}
struct step {
  float x = 0;
  float z = 0;
};
constexpr auto describe(of<step>) {
  return describe_as("step", marks::shared, field<&step::x>("x", "m"), field<&step::z>("z", "m"));
}

constexpr float look_radius_m = 5;
constexpr float lane_radius_m = 7.5F;

std::uint64_t digest(std::uint64_t before, entity_id id, float dx, float dz) {
  std::uint64_t h = hash_combine(before, id.value);
  return hash_combine(h, std::uint64_t{std::bit_cast<std::uint32_t>(dx)} << 32 |
                           std::bit_cast<std::uint32_t>(dz));
}

struct look {
  static constexpr const char* name = "look";
  using access = tessera::access<writes<view>, neighbours<step>>;
  static constexpr float radius_m = look_radius_m;
  static void run(const entity<access>& self) {
    std::uint64_t sum = 0;
    self.for_each_neighbour(
      [&](const neighbour<access>& n) { sum = digest(sum, n.id(), n.dx(), n.dz()); });
    self.get<view>().digest = sum;
  }
};
struct count_wood {
  static constexpr const char* name = "count_wood";
  using access = tessera::access<writes<view>, neighbours<timber>, after<look>>;
  using gather = tessera::gather<&timber::pieces>;
  static constexpr float radius_m = lane_radius_m;
  static constexpr std::size_t sum_count = 2;
  static void accumulate(const lane_neighbours<gather>& n, std::array<lanes, 2>& sums) {
    sums[0] += keep(n.near, splat(1));
    sums[1] += keep(n.near, n.fields[0]);
  }
  static void run(const entity<access>& self, const lane_sums<2>& sums) {
    self.get<view>().count = sums[0];
    self.get<view>().wood = sums[1];
  }
};
struct go {
  static constexpr const char* name = "go";
  using access = tessera::access<writes<position>, reads<step>>;
  static void run(const entity<access>& self) {
    auto& p = self.get<position>();
    p.x += self.get<step>().x;
    p.z += self.get<step>().z;
  }
};

void define(game_builder& g) {
  g.component<view>();
  g.component<timber>();
  g.component<step>();
  g.system<look>();
  g.system<count_wood>();
  g.system<go>();
  g.fill([](cell_start& c) {
    auto random = c.random("fill");
    for (int i = 0; i < 6; ++i) {
      float x = random.uniform(0, 16);
      float z = random.uniform(0, 16);
      // Some exactly on the edges of cells and bins, where comparisons go wrong.
      if (random.chance(0.2F))
        x = static_cast<float>(8 * random.below(2));
      if (random.chance(0.2F))
        z = static_cast<float>(8 * random.below(2));
      step s{random.uniform(-3, 3), random.uniform(-3, 3)};
      if (random.chance(0.5F))
        c.spawn(x, 0, z, view{}, s, timber{static_cast<float>(1 + random.below(9))});
      else
        c.spawn(x, 0, z, view{}, s);
    }
  });
}

struct somebody {
  entity_id id;
  position place;
  float timber = 0;
};

/// Calls f(id, get), where get gives the bytes of a component of that entity or null.
template <class F>
void for_each_entity(const lockstep_world& world, const world_setup& setup, F&& f) {
  store all{setup.game->columns()};
  for (const auto& [id, bytes] : entities_of(world, setup)) {
    byte_reader reader{bytes};
    handle h = *read_entity(*setup.game, all, reader);
    f(id, [&](const char* component) {
      component_id c = 0;
      setup.game->find_component(component, &c);
      return all.get(h, c);
    });
  }
}

/// Everybody, in global order of bins of 8 m and ids within.
std::vector<somebody> everybody(const lockstep_world& world, const world_setup& setup) {
  EXPECT_EQ(setup.bin_size_m, 8);
  std::vector<somebody> all;
  for_each_entity(world, setup, [&](entity_id id, auto&& get) {
    somebody one{id, *reinterpret_cast<const position*>(get("position")), 0};
    if (const auto* t = reinterpret_cast<const timber*>(get("timber")))
      one.timber = t->pieces;
    all.push_back(one);
  });
  auto key = [](const somebody& s) {
    int bin_x = s.place.where.x * 2 + static_cast<int>(s.place.x / 8);
    int bin_z = s.place.where.z * 2 + static_cast<int>(s.place.z / 8);
    return std::tuple(bin_z, bin_x, s.id);
  };
  std::sort(all.begin(), all.end(),
            [&](const somebody& l, const somebody& r) { return key(l) < key(r); });
  return all;
}

view expected_view(const std::vector<somebody>& all, const somebody& me) {
  view v;
  for (const auto& other : all) {
    if (other.id == me.id)
      continue;
    float shift_x = static_cast<float>(other.place.where.x - me.place.where.x) * 16;
    float shift_z = static_cast<float>(other.place.where.z - me.place.where.z) * 16;
    float dx = (other.place.x + shift_x) - me.place.x;
    float dz = (other.place.z + shift_z) - me.place.z;
    float squared = dx * dx + dz * dz;
    if (squared <= look_radius_m * look_radius_m)
      v.digest = digest(v.digest, other.id, dx, dz);
    if (squared <= lane_radius_m * lane_radius_m && other.timber > 0) {
      v.count += 1;
      v.wood += other.timber;
    }
  }
  return v;
}

TEST(neighbourhood, is_what_brute_force_finds_in_the_same_order_under_every_layout) {
  auto setup = make_world(define);
  for (const auto& l : layouts_of(*setup)) {
    SCOPED_TRACE(l.name);
    auto world = open(setup, l.cut);
    std::size_t seen = 0;
    for (tick_number t = 1; t <= 4; ++t) {
      auto before = everybody(*world, *setup);
      world->run_to(t);
      std::map<entity_id, view> now;
      for_each_entity(*world, *setup, [&](entity_id id, auto&& get) {
        now[id] = *reinterpret_cast<const view*>(get("view"));
      });
      for (const auto& me : before) {
        const view& found = now.at(me.id);
        view expected = expected_view(before, me);
        ASSERT_EQ(found.digest, expected.digest) << std::hex << me.id.value << " tick " << t;
        ASSERT_EQ(found.count, expected.count) << std::hex << me.id.value << " tick " << t;
        ASSERT_EQ(found.wood, expected.wood) << std::hex << me.id.value << " tick " << t;
        seen += found.digest != 0 ? 1 : 0;
      }
    }
    EXPECT_GT(seen, 3000u);
  }
}

TEST(bin_size, is_the_smallest_power_of_two_part_of_a_cell_that_holds_the_radius) {
  EXPECT_EQ(bin_size_for(0, 64), 0);
  EXPECT_EQ(bin_size_for(8, 64), 8);
  EXPECT_EQ(bin_size_for(8.01F, 64), 16);
  EXPECT_EQ(bin_size_for(64, 64), 64);
  EXPECT_EQ(bin_size_for(0.001F, 64), 1);
}

TEST(neighbourhood, knows_the_bins_of_eight_places_as_it_knows_each) {
  const auto game = *register_game(define);
  const cell_rect region{3, 1, 40, 9};
  const neighbourhood around{*game, region, 64, 8};
  std::mt19937 random(5);
  std::uniform_real_distribution<float> local(0, 64);
  for (int round = 0; round < 5'000; ++round) {
    std::array<position, lane_count> places;
    lane_ints cells{};
    lanes x{}, z{};
    for (std::size_t i = 0; i < lane_count; ++i) {
      position& p = places[i];
      p.where = {static_cast<std::uint16_t>(3 + random() % 37),
                 static_cast<std::uint16_t>(1 + random() % 8)};
      auto anywhere = [&] {
        const auto edge = random() % 8;
        return edge == 0   ? 0.0F
               : edge == 1 ? std::nextafterf(64, 0)
                           : std::min(local(random), 63.9F);
      };
      p.x = anywhere();
      p.z = anywhere();
      cells[i] = static_cast<std::int32_t>(std::uint32_t{p.where.z} << 16 | p.where.x);
      x[i] = p.x;
      z[i] = p.z;
    }
    const lane_ints all = around.bins_of(cells, x, z);
    for (std::size_t i = 0; i < lane_count; ++i)
      ASSERT_EQ(all[i], around.bin_of(places[i])) << places[i].x << " " << places[i].z;
  }
}

TEST(neighbourhood, is_built_alike_by_one_thread_and_by_many) {
  auto game = *register_game(define);
  constexpr std::size_t n = 40000;
  cell_rect region{4, 4, 12, 12};
  std::mt19937 random{5};
  std::vector<entity_id> ids(n);
  std::vector<position> places(n);
  std::vector<component_mask> masks(n);
  std::vector<float> wood(n);
  std::vector<step> steps(n);
  std::uniform_real_distribution<float> inside{0, 16};
  for (std::size_t i = 0; i < n; ++i) {
    ids[i] = entity_id{1 + (i * 7919) % n};
    // Some outside the region and its ring: not taken in.
    places[i] = {{static_cast<std::uint16_t>(3 + random() % 10),
                  static_cast<std::uint16_t>(3 + random() % 10)},
                 std::min(inside(random), 15.999F),
                 1,
                 std::min(inside(random), 15.999F)};
    masks[i] = random() % 4;
    wood[i] = static_cast<float>(random() % 100);
    steps[i] = {wood[i] + 1, wood[i] + 2};
  }
  std::map<entity_id, std::size_t> source_of;
  for (std::size_t i = 0; i < n; ++i)
    source_of[ids[i]] = i;
  std::vector<shared_rows> sources(3);
  for (std::size_t s = 0; s < 3; ++s) { // two tables of the shard's own, and a neighbour's rows
    std::size_t from = n * s / 3;
    sources[s].count = n * (s + 1) / 3 - from;
    sources[s].ids = ids.data() + from;
    sources[s].places = places.data() + from;
    sources[s].mask = s;
    sources[s].masks = s == 2 ? masks.data() + from : nullptr;
    sources[s].columns = {s == 1 ? nullptr : reinterpret_cast<std::byte*>(wood.data() + from),
                          reinterpret_cast<std::byte*>(steps.data() + from)};
  }
  auto workers = make_thread_executor(4);
  auto in_line = make_inline_executor();
  neighbourhood one{*game, region, 16, 8};
  neighbourhood many{*game, region, 16, 8};
  for (int round = 0; round < 2; ++round) { // again in memory that was used
    one.build(sources, 2, *in_line, 1);
    many.build(sources, 2, *workers, 4);
  }
  std::size_t taken = 0;
  for (const auto& p : places)
    taken += one.bin_of(p) >= 0 ? 1 : 0;
  ASSERT_LT(taken, n);
  ASSERT_EQ(one.size(), taken);
  ASSERT_EQ(many.size(), taken);
  component_id step_id = 0;
  game->find_component("step", &step_id);
  const auto* z_one = reinterpret_cast<const float*>(one.field(step_id, 4));
  const auto* z_many = reinterpret_cast<const float*>(many.field(step_id, 4));
  for (std::int32_t bin = 0; bin < one.columns() * one.rows(); ++bin) {
    ASSERT_EQ(one.begin(bin), many.begin(bin));
    for (std::uint32_t k = one.begin(bin); k < one.end(bin); ++k) {
      ASSERT_EQ(z_one[k], steps[source_of.at(one.at(k).id)].z);
      ASSERT_EQ(one.at(k).id, many.at(k).id);
      ASSERT_TRUE(k == one.begin(bin) || one.at(k - 1).id < one.at(k).id);
      ASSERT_EQ(one.at(k).own(), many.at(k).own());
      if (one.at(k).own()) {
        ASSERT_EQ(one.at(k).row, many.at(k).row);
        ASSERT_EQ(sources[one.at(k).table].ids[one.at(k).row], one.at(k).id);
      }
      ASSERT_EQ(one.mask(k), many.mask(k));
      ASSERT_EQ(one.x()[k], many.x()[k]);
      ASSERT_EQ(one.z()[k], many.z()[k]);
      ASSERT_EQ(z_one[k], z_many[k]);
    }
  }
}

} // namespace
} // namespace tessera::testing
