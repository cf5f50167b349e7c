// Nothing is lost and nothing is doubled, in random worlds, at every tick.
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include "shards/entity_record.hpp"

#include <gtest/gtest.h>

namespace tessera::testing {
namespace {

struct census {
  std::map<entity_id, int> found;
  std::uint64_t in_shards = 0;
  std::uint64_t in_packets = 0;
  std::uint64_t in_letters = 0;
};

census count(const lockstep_world& world, const world_setup& setup) {
  census out;
  for (std::size_t s = 0; s < world.shard_count(); ++s) {
    const store& own = world.at(s).entities();
    for (std::uint32_t t = 0; t < own.archetype_count(); ++t)
      for (std::uint32_t row = 0; row < own.at(t).rows(); ++row, ++out.in_shards)
        ++out.found[own.at(t).ids()[row]];
    for (const auto& packet : world.waiting_packets(s)) {
      store travellers{setup.game->columns()};
      byte_reader reader{packet->arrivals};
      for (std::uint32_t i = 0; i < packet->arrival_count; ++i, ++out.in_packets) {
        auto who = read_entity(*setup.game, travellers, reader);
        if (who)
          ++out.found[travellers.id_of(*who)];
      }
    }
  }
  for (const auto& [tick, letters] : world.known().letters_in_flight())
    for (const auto& mail : letters)
      if (mail.kind == letter_kind::teleport) {
        ++out.found[mail.who];
        ++out.in_letters;
      }
  return out;
}

/// Every entity stands in the shard that owns its cell, at a place as stored positions must be.
void check_places(const lockstep_world& world, const world_setup& setup) {
  for (std::size_t s = 0; s < world.shard_count(); ++s) {
    const store& own = world.at(s).entities();
    for (std::uint32_t t = 0; t < own.archetype_count(); ++t) {
      const auto* places = own.at(t).column_as<position>(position_component);
      for (std::uint32_t row = 0; row < own.at(t).rows(); ++row) {
        const position& p = places[row];
        ASSERT_EQ(world.cut().owner(p.where), s);
        ASSERT_TRUE(p.x >= 0 && p.x < setup.cell_size_m && !std::signbit(p.x)) << p.x;
        ASSERT_TRUE(p.z >= 0 && p.z < setup.cell_size_m && !std::signbit(p.z)) << p.z;
      }
    }
  }
}

class conservation : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(conservation, of_every_entity_at_every_tick) {
  std::uint64_t seed = GetParam();
  world_options options;
  options.seed = 100 + seed;
  options.cell_size_m = seed % 2 == 0 ? 8.0F : 16.0F;
  options.parameters = {{"wild", 1}};
  auto setup = make_world(wanderers::definition.define, options);
  run_options run_it;
  run_it.ticks = 40;
  run_it.commands = wanderers_commands(*setup, seed, 300, run_it.ticks);
  run_it.lockstep.order_seed = seed;
  auto layouts = layouts_of(*setup);
  auto world = open(setup, layouts[seed % layouts.size()].cut, run_it);
  std::uint64_t expected = world->history().front().entities;
  std::set<entity_id> gone;
  std::map<entity_id, int> before = count(*world, *setup).found;
  for (tick_number t = 0; t <= run_it.ticks; ++t) {
    world->run_to(t);
    const auto& now = world->history()[t];
    if (t > 0)
      expected = expected + now.born - now.died;
    census c = count(*world, *setup);
    ASSERT_EQ(now.entities, expected) << "seed " << seed << " tick " << t;
    ASSERT_EQ(c.found.size(), expected);
    ASSERT_EQ(c.in_shards + c.in_packets + c.in_letters, expected);
    ASSERT_EQ(c.in_letters, now.travelling);
    ASSERT_EQ(c.in_packets, now.migrations);
    for (const auto& [id, times] : c.found) {
      ASSERT_EQ(times, 1) << std::hex << id.value << " is in more than one place";
      ASSERT_FALSE(gone.contains(id)) << std::hex << id.value << " came back from the dead";
    }
    check_places(*world, *setup);
    std::uint64_t died = 0;
    for (const auto& [id, times] : before)
      if (!c.found.contains(id)) {
        gone.insert(id);
        ++died;
      }
    ASSERT_LE(died, now.died); // the born that died in the same tick were never seen
    before = std::move(c.found);
  }
}

INSTANTIATE_TEST_SUITE_P(random_worlds, conservation, ::testing::Range<std::uint64_t>(1, 16));

} // namespace
} // namespace tessera::testing
