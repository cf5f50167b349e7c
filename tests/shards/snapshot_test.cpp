// A world that is saved and loaded goes on with the same hashes, here or in another object.
#include "games/flock/flock.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <gtest/gtest.h>

namespace tessera::testing {
namespace {

/// Saves at `half`, runs on, goes back twice (here and elsewhere), and compares all three.
void check_going_back(const std::shared_ptr<const world_setup>& setup, const run_options& options,
                      tick_number half) {
  for (const auto& l : layouts_of(*setup)) {
    SCOPED_TRACE(l.name);
    auto world = open(setup, l.cut, options);
    world->run_to(half);
    lockstep_snapshot saved = world->save();
    world->run_to(options.ticks);
    auto expected = world->history();
    world->load(saved);
    EXPECT_EQ(world->tick(), half);
    world->run_to(options.ticks);
    EXPECT_EQ(first_difference(expected, world->history()), "");
    lockstep_world other{setup, l.cut, options.lockstep};
    other.load(saved);
    other.run_to(options.ticks);
    EXPECT_EQ(first_difference(expected, other.history()), "");
  }
}

TEST(snapshot, of_the_wanderers_goes_on_with_the_same_hashes) {
  auto setup = make_world(wanderers::definition.define);
  run_options options;
  options.ticks = 30;
  options.commands = wanderers_commands(*setup, 5, 200, options.ticks);
  check_going_back(setup, options, 15);
  options.lockstep.order_seed = 4;
  check_going_back(setup, options, 16);
}

TEST(snapshot, of_the_flock_goes_on_with_the_same_hashes) {
  world_options square;
  square.parameters = {{"agents", 2000}};
  auto setup = make_world(flock::definition.define, square);
  run_options options;
  options.ticks = 20;
  check_going_back(setup, options, 10);
}

TEST(snapshot, taken_before_the_first_tick_is_the_start) {
  auto setup = make_world(wanderers::definition.define);
  run_options options;
  options.ticks = 6;
  check_going_back(setup, options, 0);
}

// Packets of the future that was given up must not be read in the one that is lived.
TEST(snapshot, that_is_gone_back_to_forgets_what_came_after) {
  auto setup = make_world(wanderers::definition.define);
  auto cut = grid(*setup, 3, 5);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    run_options any_order;
    any_order.lockstep.order_seed = seed;
    auto world = open(setup, cut, any_order);
    auto straight = open(setup, cut, {});
    world->run_to(8);
    straight->run_to(8);
    lockstep_snapshot saved = world->save();
    world->run_to(9);
    world->load(saved);
    for (std::uint16_t x = 0; x < 16; ++x) {
      auto c =
        stamped(set_component(*setup->game, entity_id::make(x, 7, 1), wanderers::mood{50, 9}), 1,
                x + 1u, 8);
      ASSERT_TRUE(world->submit(c));
      ASSERT_TRUE(straight->submit(c));
    }
    world->run_to(14);
    straight->run_to(14);
    EXPECT_EQ(first_difference(straight->history(), world->history()), "") << "seed " << seed;
  }
}

} // namespace
} // namespace tessera::testing
