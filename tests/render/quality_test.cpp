#include "render/quality.hpp"

#include <gtest/gtest.h>

namespace tessera {
namespace {

/// What a frame takes on a rung: mostly its pixels, and grass.
double cost_ms(const quality_ladder& on, double load) {
  const quality& q = on.now();
  return load * double{q.scale} * double{q.scale} * (q.grass ? 1.5 : 1.0);
}

TEST(quality_ladder, where_all_is_fast_it_draws_the_finest) {
  quality_ladder ladder{33, 3};
  for (int i = 0; i < 1000; ++i)
    ladder.add(cost_ms(ladder, 5));
  EXPECT_EQ(ladder.rung(), 0u);
}

TEST(quality_ladder, within_30_frames_after_the_load_doubles_a_frame_is_short_again) {
  quality_ladder ladder{33, 1};
  for (int i = 0; i < 300; ++i)
    ladder.add(cost_ms(ladder, 30));
  EXPECT_EQ(ladder.rung(), 1u);
  for (std::size_t i = 0; i < quality_ladder::patience; ++i)
    ladder.add(cost_ms(ladder, 60));
  EXPECT_LE(cost_ms(ladder, 60), 33 * 1.15);
}

TEST(quality_ladder, between_two_rungs_it_does_not_swing) {
  // Cheap enough to try the finer one, too dear once there.
  quality_ladder ladder{33, 2};
  int changes = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto before = ladder.rung();
    ladder.add(before == 2 ? 15 : before < 2 ? 60 : 12);
    changes += ladder.rung() != before;
  }
  EXPECT_LT(changes, 30);
}

TEST(quality_ladder, one_long_frame_changes_nothing) {
  quality_ladder ladder{33, 1};
  for (int i = 0; i < 100; ++i)
    ladder.add(i == 50 ? 60 : 25);
  EXPECT_EQ(ladder.rung(), 1u);
}

TEST(quality_ladder, below_the_last_rung_there_is_none) {
  quality_ladder ladder{33, 5};
  for (int i = 0; i < 100; ++i)
    ladder.add(500);
  EXPECT_EQ(ladder.rung(), 5u);
}

} // namespace
} // namespace tessera
