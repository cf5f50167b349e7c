// Re-basing: what a stored position may be after a tick, at every edge. Cells are 16 m, the world is
// 16 x 16 of them; the entity does one thing in tick 1.
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace tessera::testing {
namespace {

constexpr float size = 16;
const float largest = std::nextafterf(size, 0.0F);

class rebase : public ::testing::Test {
protected:
  /// Where an entity of `start` is after it put `x` in its position; the same under both layouts.
  position after(cell start, float x, stage::deed deed = stage::set_x) {
    stage::script s;
    s.at_tick = 1;
    s.deed = deed;
    s.x = x;
    position found[2];
    int i = 0;
    for (int n : {1, 8}) {
      run_options options;
      options.commands = {
        stamped(spawn_at(*setup_->game, {start, 8, 0, 8}, stage::diary{}, s), 1, 1, 0)};
      auto world = open(setup_, grid(*setup_, n, n), options);
      world->run_to(3);
      found[i++] = *component_of<position>(*world, *setup_, entity_id::make(start.x, start.z, 1));
    }
    EXPECT_EQ(std::memcmp(&found[0], &found[1], sizeof(position)), 0);
    return found[0];
  }

  std::shared_ptr<const world_setup> setup_ = make_world(stage::define);
};

TEST_F(rebase, keeps_a_place_inside_the_cell_to_the_bit) {
  for (float x : {0.0F, 1e-30F, 8.0F, largest}) {
    position p = after({7, 7}, x);
    EXPECT_EQ(p.where, (cell{7, 7}));
    EXPECT_EQ(p.x, x);
  }
}

TEST_F(rebase, makes_minus_zero_plus_zero) {
  position p = after({8, 8}, -0.0F);
  EXPECT_EQ(p.where, (cell{8, 8}));
  EXPECT_FALSE(std::signbit(p.x));
}

TEST_F(rebase, makes_a_place_that_rounds_to_the_size_0_of_the_next_cell) {
  // -1e-9 + 16 is 16 in float: not the west cell's last place, but this cell's first.
  position p = after({8, 8}, -1e-9F);
  EXPECT_EQ(p.where, (cell{8, 8}));
  EXPECT_EQ(p.x, 0);
  EXPECT_FALSE(std::signbit(p.x));
  EXPECT_EQ(after({8, 8}, -1e-40F).where, (cell{8, 8})) << "a denormal is no different";
}

TEST_F(rebase, carries_a_place_over_either_edge) {
  position east = after({7, 7}, size);
  EXPECT_EQ(east.where, (cell{8, 7}));
  EXPECT_EQ(east.x, 0);
  position further = after({7, 7}, 2 * size - 0.5F);
  EXPECT_EQ(further.where, (cell{8, 7}));
  EXPECT_EQ(further.x, size - 0.5F);
  position west = after({8, 7}, -size);
  EXPECT_EQ(west.where, (cell{7, 7}));
  EXPECT_EQ(west.x, 0);
}

TEST_F(rebase, holds_at_the_edge_of_the_world) {
  position west = after({0, 7}, -3);
  EXPECT_EQ(west.where, (cell{0, 7}));
  EXPECT_EQ(west.x, 0);
  position east = after({15, 7}, size + 3);
  EXPECT_EQ(east.where, (cell{15, 7}));
  EXPECT_EQ(east.x, largest);
  EXPECT_EQ(after({0, 7}, -1e-9F).where, (cell{0, 7}));
  EXPECT_EQ(after({0, 7}, -0.0F).x, 0);
}

TEST_F(rebase, stops_at_more_than_a_cell_with_tick_entity_and_system) {
  for (float x : {2 * size, -size - 0.001F, 1e30F}) {
    try {
      after({7, 7}, x);
      ADD_FAILURE() << "moved to " << x;
    } catch (const tick_failure& failure) {
      EXPECT_EQ(failure.tick(), 1u);
      EXPECT_EQ(failure.entity(), entity_id::make(7, 7, 1));
      EXPECT_NE(failure.system().find("act"), std::string::npos);
      EXPECT_NE(std::string{failure.what()}.find("more than a cell"), std::string::npos);
    }
  }
}

TEST_F(rebase, stops_at_what_is_not_finite) {
  for (auto deed : {stage::break_x, stage::break_y}) {
    try {
      after({7, 7}, 0, deed);
      ADD_FAILURE() << "went on";
    } catch (const tick_failure& failure) {
      EXPECT_EQ(failure.tick(), 1u);
      EXPECT_EQ(failure.entity(), entity_id::make(7, 7, 1));
      EXPECT_NE(std::string{failure.what()}.find("position"), std::string::npos);
      EXPECT_NE(std::string{failure.what()}.find("not finite"), std::string::npos);
    }
  }
}

} // namespace
} // namespace tessera::testing
