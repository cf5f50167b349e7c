#include "render/motion.hpp"

#include <gtest/gtest.h>

namespace tessera {
namespace {

void put(instance_columns& to, std::uint64_t id, instance_place place,
         instance_turn turn = {32767, 0, 100, 7}) {
  to.places.push_back(place);
  to.turns.push_back(turn);
  to.materials.push_back(0);
  to.ids.push_back(entity_id{id});
}

void take(motion& by, const instance_columns& columns) {
  const instance_columns* one[] = {&columns};
  by.take(one);
}

TEST(motion, a_body_goes_straight_from_its_old_place_to_its_new_one_across_a_cells_border) {
  instance_columns before;
  before.tick = 4;
  put(before, 9, {5, 7, 65000, 100, 10, 1});
  instance_columns after;
  after.tick = 5;
  put(after, 9, {6, 6, 464, 65436, 20, 3}); // 1000 east and 200 north
  motion m;
  take(m, before);
  take(m, after);
  EXPECT_EQ(m.newest(), 5u);
  const auto start = m.at(0).places[0];
  EXPECT_EQ(start.cell_x, 5);
  EXPECT_EQ(start.x, 65000);
  const auto half = m.at(0.5F).places[0];
  EXPECT_EQ(half.cell_x, 5);
  EXPECT_EQ(half.x, 65500);
  EXPECT_EQ(half.cell_z, 7);
  EXPECT_EQ(half.z, 0);
  EXPECT_FLOAT_EQ(half.y_m, 15);
  EXPECT_FLOAT_EQ(half.scale_m, 2);
  const auto end = m.at(1).places[0];
  EXPECT_EQ(end.cell_x, 6);
  EXPECT_EQ(end.x, 464);
  EXPECT_EQ(end.cell_z, 6);
  EXPECT_EQ(end.z, 65436);
}

TEST(motion, who_is_new_stands_where_the_newer_tick_has_it_and_who_is_gone_is_not_there) {
  instance_columns before;
  put(before, 1, {1, 1, 0, 0, 0, 1});
  put(before, 3, {1, 1, 100, 0, 0, 1});
  instance_columns after;
  put(after, 4, {2, 2, 5, 5, 0, 1});
  put(after, 3, {1, 1, 200, 0, 0, 1}); // rows come in any order
  motion m;
  take(m, before);
  take(m, after);
  const auto& shown = m.at(0.5F);
  ASSERT_EQ(shown.ids.size(), 2u);
  EXPECT_EQ(shown.places[0].x, 150);
  EXPECT_EQ(shown.places[1].x, 5);
  EXPECT_EQ(m.row_of(entity_id{4}), 1u);
  EXPECT_FALSE(m.row_of(entity_id{1}));
}

TEST(motion, a_teleport_is_no_slide_over_the_map) {
  instance_columns before;
  put(before, 1, {1, 1, 0, 0, 0, 1});
  instance_columns after;
  put(after, 1, {9, 1, 0, 0, 0, 1});
  motion m;
  take(m, before);
  take(m, after);
  EXPECT_EQ(m.at(0.1F).places[0].cell_x, 9);
}

TEST(motion, a_turn_passes_through_the_directions_between) {
  instance_columns before;
  put(before, 1, {}, {32767, 0, 100, 7});
  instance_columns after;
  put(after, 1, {}, {0, 32767, 300, 7});
  motion m;
  take(m, before);
  take(m, after);
  const auto half = m.at(0.5F).turns[0];
  EXPECT_NEAR(half.east, 23170, 2);
  EXPECT_NEAR(half.south, 23170, 2);
  EXPECT_EQ(half.speed_cm_s, 200);
}

} // namespace
} // namespace tessera
