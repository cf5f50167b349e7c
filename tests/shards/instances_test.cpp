#include "shards/instances.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <map>

namespace tessera {
namespace {

using testing::layouts_of;
using testing::make_world;

/// What is shown of a whole world, in the order of ids.
instance_columns shown(const lockstep_world& world, const world_setup& setup) {
  const appearance looks = appearance_of(*setup.game);
  instance_columns all;
  for (std::size_t s = 0; s < world.shard_count(); ++s) {
    instance_columns one;
    write_instances(world.at(s), world.sent_packets(s), looks, setup.cell_size_m, one);
    all.tick = one.tick;
    all.places.insert(all.places.end(), one.places.begin(), one.places.end());
    all.turns.insert(all.turns.end(), one.turns.begin(), one.turns.end());
    all.materials.insert(all.materials.end(), one.materials.begin(), one.materials.end());
    all.ids.insert(all.ids.end(), one.ids.begin(), one.ids.end());
  }
  order_by_id(all);
  return all;
}

template <class T>
bool same_bits(const std::pmr::vector<T>& l, const std::pmr::vector<T>& r) {
  return l.size() == r.size() && std::memcmp(l.data(), r.data(), l.size() * sizeof(T)) == 0;
}

TEST(instances, are_the_same_to_the_bit_under_every_layout) {
  auto setup = make_world(wanderers::definition.define);
  const auto layouts = layouts_of(*setup);
  std::map<tick_number, instance_columns> first;
  for (const auto& [name, cut] : layouts) {
    lockstep_world world{setup, cut};
    for (tick_number tick : {0u, 1u, 7u, 40u}) {
      world.run_to(tick);
      auto now = shown(world, *setup);
      ASSERT_FALSE(now.ids.empty());
      EXPECT_EQ(now.tick, tick);
      auto [known, is_new] = first.try_emplace(tick, now);
      EXPECT_TRUE(same_bits(now.places, known->second.places)) << name << ", tick " << tick;
      EXPECT_TRUE(same_bits(now.turns, known->second.turns)) << name << ", tick " << tick;
      EXPECT_TRUE(same_bits(now.materials, known->second.materials)) << name << ", tick " << tick;
      EXPECT_TRUE(same_bits(now.ids, known->second.ids)) << name << ", tick " << tick;
      (void)is_new;
    }
  }
}

TEST(instances, who_is_on_the_way_to_a_neighbour_is_drawn_once) {
  auto setup = make_world(wanderers::definition.define);
  lockstep_world world{setup, testing::grid(*setup, 8, 8)};
  std::uint64_t crossed = 0;
  for (tick_number tick = 1; tick <= 30; ++tick) {
    world.run_to(tick);
    auto now = shown(world, *setup);
    EXPECT_EQ(std::adjacent_find(now.ids.begin(), now.ids.end()), now.ids.end());
    std::uint64_t owned = 0;
    for (std::size_t s = 0; s < world.shard_count(); ++s)
      owned += world.at(s).entities().size();
    crossed += now.ids.size() - owned;
  }
  EXPECT_GT(crossed, 0u) << "nobody crossed a border, so nothing was tested";
}

TEST(instances, a_row_says_where_its_entity_stands_and_goes) {
  auto setup = make_world(wanderers::definition.define);
  const appearance looks = appearance_of(*setup->game);
  const kind_appearance& look = looks.kinds.at(0);
  ASSERT_TRUE(look.velocity_east && look.velocity_south);
  lockstep_world world{setup, testing::grid(*setup, 1, 1)};
  world.run_to(12);
  instance_columns rows;
  write_instances(world.at(0), {}, looks, setup->cell_size_m, rows);
  const store& all = world.at(0).entities();
  std::size_t row = 0;
  std::size_t still = 0;
  for (std::uint32_t t = 0; t < all.archetype_count(); ++t) {
    if (kind_of(looks, all.at(t).mask()) != 0)
      continue;
    for (std::size_t i = 0; i < all.at(t).rows(); ++i, ++row) {
      const position& p = all.at(t).column_as<position>(position_component)[i];
      ASSERT_EQ(rows.ids[row], all.at(t).ids()[i]);
      EXPECT_EQ(rows.places[row].cell_x, p.where.x);
      EXPECT_EQ(rows.places[row].cell_z, p.where.z);
      EXPECT_EQ(rows.places[row].x, static_cast<std::uint16_t>(p.x * 65536 / setup->cell_size_m));
      EXPECT_EQ(rows.places[row].z, static_cast<std::uint16_t>(p.z * 65536 / setup->cell_size_m));
      EXPECT_EQ(rows.places[row].y_m, p.y);
      auto field = [&](const field_place& of) {
        float value = 0;
        if (all.at(t).column(of.component) == nullptr)
          return value; // stands still
        std::memcpy(&value,
                    all.at(t).column(of.component) +
                      i * setup->game->components[of.component].size + of.offset,
                    sizeof value);
        return value;
      };
      const float east = field(*look.velocity_east);
      const float south = field(*look.velocity_south);
      const float speed = std::sqrt(east * east + south * south);
      const instance_turn& turn = rows.turns[row];
      EXPECT_NEAR(std::hypot(turn.east, turn.south), 32767, 2);
      if (speed > 0.02F) {
        EXPECT_NEAR(turn.east, 32767 * east / speed, 1.5);
        EXPECT_NEAR(turn.south, 32767 * south / speed, 1.5);
        EXPECT_NEAR(turn.speed_cm_s, speed * 100, 1.01);
      } else {
        EXPECT_EQ(turn.speed_cm_s, 0);
        ++still;
      }
    }
  }
  EXPECT_EQ(row, rows.ids.size());
  EXPECT_GT(row, 100u);
  EXPECT_LT(still, row);
}

TEST(instances, of_a_silent_game_everybody_who_has_a_speed_is_an_arrow) {
  auto setup = make_world(wanderers::definition.define);
  const appearance looks = appearance_of(*setup->game);
  ASSERT_EQ(looks.kinds.size(), 1u);
  EXPECT_EQ(looks.kinds[0].shape, body_shape::arrow);
  EXPECT_EQ(kind_of(looks, 1), 0u);
}

TEST(instances, a_world_that_is_looked_at_hashes_as_one_that_is_not) {
  auto setup = make_world(wanderers::definition.define);
  lockstep_world looked{setup, testing::grid(*setup, 3, 5)};
  lockstep_world alone{setup, testing::grid(*setup, 3, 5)};
  for (tick_number tick = 1; tick <= 20; ++tick) {
    looked.run_to(tick);
    (void)shown(looked, *setup);
  }
  alone.run_to(20);
  EXPECT_EQ(looked.hash(), alone.hash());
}

TEST(instances, the_looks_are_no_part_of_the_fingerprint) {
  auto setup = make_world(wanderers::definition.define);
  schema other = *setup->game;
  other.looks.water_level_m = 12.0F;
  other.looks.kinds.push_back({});
  EXPECT_EQ(other.fingerprint(), setup->game->fingerprint());
}

} // namespace
} // namespace tessera
