// Layouts: every cell of the world has one owner, and neighbours are exactly those within two cells.
#include "shards/layout.hpp"

#include "core/limits.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace tessera {
namespace {

constexpr cell_rect world{0, 0, 16, 12};

cell at(std::int32_t x, std::int32_t z) {
  return {static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(z)};
}

/// Cuts a rectangle at random until its parts are small.
void cut_at_random(cell_rect r, std::mt19937& random, std::vector<cell_rect>& out) {
  bool wide = r.width() >= 4 && (r.depth() < 4 || random() % 2 == 0);
  if (random() % 5 == 0 || (r.width() < 4 && r.depth() < 4)) {
    out.push_back(r);
    return;
  }
  cell_rect a = r;
  cell_rect b = r;
  if (wide)
    a.x1 = b.x0 =
      r.x0 + 2 + static_cast<std::int32_t>(random() % static_cast<unsigned>(r.width() - 3));
  else
    a.z1 = b.z0 =
      r.z0 + 2 + static_cast<std::int32_t>(random() % static_cast<unsigned>(r.depth() - 3));
  cut_at_random(a, random, out);
  cut_at_random(b, random, out);
}

/// Owner, neighbours and owners_within against their definitions, cell by cell.
void check(const layout& cut) {
  std::vector<std::set<shard_id>> near(cut.size());
  const cell_rect& w = cut.world();
  for (std::int32_t z = w.z0; z < w.z1; ++z) {
    for (std::int32_t x = w.x0; x < w.x1; ++x) {
      shard_id owner = cut.owner(at(x, z));
      std::size_t owners = 0;
      for (shard_id s = 0; s < cut.size(); ++s)
        owners += cut.rect(s).contains(x, z) ? 1 : 0;
      ASSERT_EQ(owners, 1u);
      ASSERT_TRUE(cut.rect(owner).contains(x, z));
      std::set<shard_id> within;
      for (std::int32_t dz = -2; dz <= 2; ++dz) {
        for (std::int32_t dx = -2; dx <= 2; ++dx) {
          if (!w.contains(x + dx, z + dz))
            continue;
          shard_id other = cut.owner(at(x + dx, z + dz));
          if (other != owner)
            near[owner].insert(other);
          if (std::abs(dx) <= 1 && std::abs(dz) <= 1)
            within.insert(other);
        }
      }
      std::vector<shard_id> found;
      cut.owners_within(at(x, z), 1, found);
      ASSERT_EQ(found, std::vector<shard_id>(within.begin(), within.end()));
    }
  }
  for (shard_id s = 0; s < cut.size(); ++s)
    EXPECT_EQ(cut.neighbours(s), std::vector<shard_id>(near[s].begin(), near[s].end()));
}

TEST(layout, of_a_grid_is_numbered_west_to_east_then_north_to_south) {
  auto made = layout::grid(world, 2, 4);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->size(), 8u);
  EXPECT_EQ(made->name(), "2x4");
  EXPECT_EQ(made->owner(at(0, 0)), 0u);
  EXPECT_EQ(made->owner(at(15, 0)), 3u);
  EXPECT_EQ(made->owner(at(0, 11)), 4u);
  EXPECT_EQ(made->rect(5), (cell_rect{4, 6, 8, 12}));
}

TEST(layout, of_every_grid_that_fits_owns_each_cell_once) {
  for (std::int32_t rows = 1; rows <= 6; ++rows)
    for (std::int32_t columns = 1; columns <= 8; ++columns)
      check(*layout::grid(world, rows, columns));
}

TEST(layout, of_random_rectangles_agrees_with_brute_force) {
  std::mt19937 random{1};
  for (int i = 0; i < 60; ++i) {
    std::vector<cell_rect> cuts;
    cut_at_random(world, random, cuts);
    auto made = layout::rectangles(world, cuts);
    ASSERT_TRUE(made) << made.error().message;
    check(*made);
  }
}

TEST(layout, with_too_many_rows_says_how_many_fit) {
  auto made = layout::grid(world, 7, 4);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("7x4"), std::string::npos);
  EXPECT_NE(made.error().message.find("6x8"), std::string::npos);
  EXPECT_EQ(made.error().code, error_code::bad_world_file);
  EXPECT_FALSE(layout::grid(world, 0, 1));
  EXPECT_FALSE(layout::grid(world, 1, -1));
}

TEST(layout, with_a_hole_is_refused) {
  auto made = layout::rectangles(world, {{0, 0, 8, 12}, {8, 0, 16, 10}});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("hole"), std::string::npos);
}

TEST(layout, with_a_hole_at_the_world_s_edge_is_refused) {
  EXPECT_FALSE(layout::rectangles(world, {{2, 0, 16, 12}}));
  EXPECT_FALSE(layout::rectangles(world, {{0, 0, 16, 10}}));
}

TEST(layout, with_an_overlap_names_both_rectangles) {
  auto made = layout::rectangles(world, {{0, 0, 9, 12}, {8, 0, 16, 12}});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("[0, 9)"), std::string::npos);
  EXPECT_NE(made.error().message.find("[8, 16)"), std::string::npos);
  EXPECT_NE(made.error().message.find("overlap"), std::string::npos);
}

TEST(layout, with_a_shard_narrower_than_two_cells_is_refused) {
  auto made = layout::rectangles(world, {{0, 0, 15, 12}, {15, 0, 16, 12}});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("smaller than 2 x 2"), std::string::npos);
}

TEST(layout, that_reaches_out_of_the_world_is_refused) {
  EXPECT_FALSE(layout::rectangles(world, {{0, 0, 17, 12}}));
  EXPECT_FALSE(layout::rectangles(world, {{-1, 0, 16, 12}}));
  EXPECT_FALSE(layout::rectangles(world, {}));
}

TEST(layout, may_span_the_largest_world) {
  cell_rect largest{0, 0, limits::cells_per_axis, 4};
  auto made = layout::grid(largest, 2, 3);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->owner(at(65535, 3)), 5u);
  EXPECT_EQ(made->owner(at(0, 0)), 0u);
}

} // namespace
} // namespace tessera
