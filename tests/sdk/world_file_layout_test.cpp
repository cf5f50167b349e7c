#include "tests/sdk/world_file_sample.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tessera::testing {
namespace {

TEST(world_file_layout, a_grid_with_a_shard_below_2_x_2_cells_is_refused) {
  EXPECT_EQ(refusal(with("2x4", "5x10")), "");
  EXPECT_EQ(
    refusal(with("2x4", "6x4")),
    "worlds/v.toml:8: shards: found \"6x4\" for a world of 20 x 10 cells; allowed: at most 5 "
    "rows and 10 columns, 16384 shards in all, so that no shard is below 2 x 2 cells");
  EXPECT_NE(refusal(with("2x4", "1x11")), "");
}

std::string with_rectangles(const std::string& tables) {
  return with("shards = \"2x4\"\n", "") + tables;
}

TEST(world_file_layout, rectangles_keep_their_order) {
  const auto world = parse_world_file(
    with_rectangles(table(12, 4, 8, 6) + table(0, 0, 12, 10) + table(12, 0, 8, 4)), "v.toml");
  ASSERT_TRUE(world) << world.error().message;
  EXPECT_EQ(world->shards, (layout_spec{0, 0, {{12, 4, 20, 10}, {0, 0, 12, 10}, {12, 0, 20, 4}}}));
}

TEST(world_file_layout, rectangles_that_overlap_leave_holes_or_leave_the_world_are_refused) {
  const std::string hole = refusal(with_rectangles(table(0, 0, 12, 10) + table(12, 0, 8, 4)));
  EXPECT_EQ(hole.find("worlds/v.toml:"), 0u) << hole;
  EXPECT_NE(hole.find("hole"), std::string::npos) << hole;
  const std::string overlap = refusal(with_rectangles(table(0, 0, 12, 10) + table(11, 0, 9, 10)));
  EXPECT_NE(overlap.find("overlap"), std::string::npos) << overlap;
  // The line is the one of the table to blame, the second.
  const std::string thin = refusal(with_rectangles(table(0, 0, 19, 10) + table(19, 0, 1, 10)));
  EXPECT_EQ(thin, "worlds/v.toml:27: shard number 1: found { depth = 10 width = 1 x = 19 z = 0 }" +
                    allowed("shard") + " (20 x 10)");
  EXPECT_NE(refusal(with_rectangles(table(0, 0, 21, 10))), "");
  EXPECT_NE(refusal(with_rectangles(table(-1, 0, 21, 10))), "");
  EXPECT_NE(refusal(with_rectangles(table(0, 0, 20, 10) + "color = 1\n")), "");
  EXPECT_NE(refusal(with_rectangles("[[shard]]\nx = 0\nz = 0\nwidth = 20\n")), "");
  EXPECT_NE(refusal("shard = []\n" + with_rectangles("")), "");
  EXPECT_NE(refusal("shard = 5\n" + with_rectangles("")), "");
  const std::string both = refusal(whole + table(0, 0, 20, 10));
  EXPECT_NE(both.find("shard: found beside shards"), std::string::npos) << both;
}

TEST(world_file_layout, layouts_are_rows_x_columns) {
  const auto layout = parse_layout("3x5");
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->rows, 3);
  EXPECT_EQ(layout->columns, 5);
  for (const char* bad : {"", "x", "3x", "x5", "3X5", " 3x5", "3x5 ", "-3x5", "3x-5", "0x5",
                          "129x128", "2147483648x1", "+3x5"})
    EXPECT_EQ(parse_layout(bad).error().code, error_code::bad_world_file) << bad;
  EXPECT_TRUE(parse_layout("128x128"));
  EXPECT_TRUE(check_layout({3, 5, {}}, 10, 6));
  EXPECT_FALSE(check_layout({3, 5, {}}, 10, 5));
  EXPECT_FALSE(check_layout({3, 5, {}}, 9, 6));
}

} // namespace
} // namespace tessera::testing
