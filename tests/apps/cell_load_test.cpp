#include "apps/cell_load.hpp"

#include <gtest/gtest.h>

namespace tessera {
namespace {

void add_body(instance_columns& to, int x, int z) {
  instance_place p;
  p.cell_x = static_cast<std::uint16_t>(x);
  p.cell_z = static_cast<std::uint16_t>(z);
  to.places.push_back(p);
}

TEST(cell_load, a_shards_time_is_shared_out_by_bodies) {
  instance_columns bodies;
  for (int i = 0; i < 3; ++i)
    add_body(bodies, 1, 0);
  add_body(bodies, 0, 1);
  add_body(bodies, 5, 1); // of the other shard
  std::vector<instance_columns> regions(2);
  regions[0].region = {0, 0, 4, 2};
  regions[1].region = {4, 0, 8, 2};
  shard_figures figures;
  figures.shards.resize(2);
  figures.shards[0].busy_ns = 8'000'000;
  figures.shards[0].entities = 4;
  figures.shards[1].busy_ns = 1'000'000;
  figures.shards[1].entities = 2; // one of them has no body
  const auto all = loads_of(bodies, regions, figures, 50, {0, 0, 8, 2});
  ASSERT_EQ(all.size(), 16u);
  auto at = [&](int x, int z) {
    for (const auto& load : all)
      if (load.where == cell{static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(z)})
        return load;
    return cell_load{};
  };
  EXPECT_EQ(at(1, 0).bodies, 3u);
  EXPECT_DOUBLE_EQ(at(1, 0).ms, 6);
  EXPECT_DOUBLE_EQ(at(1, 0).level, 6.0 * 8 / 50) << "8 such cells in a tick of 50 ms";
  EXPECT_DOUBLE_EQ(at(0, 1).ms, 2);
  EXPECT_DOUBLE_EQ(at(3, 1).ms, 0);
  EXPECT_DOUBLE_EQ(at(5, 1).ms, 0.5);
}

TEST(cell_load, only_what_is_near_is_given) {
  instance_columns bodies;
  add_body(bodies, 1, 1);
  add_body(bodies, 3, 1);
  std::vector<instance_columns> regions(1);
  regions[0].region = {0, 0, 4, 4};
  shard_figures figures;
  figures.shards.resize(1);
  figures.shards[0].busy_ns = 1'000'000;
  figures.shards[0].entities = 2;
  const auto some = loads_of(bodies, regions, figures, 50, {1, 1, 3, 2});
  ASSERT_EQ(some.size(), 2u);
  EXPECT_EQ(some[0].bodies, 1u);
  EXPECT_EQ(some[1].bodies, 0u);
  EXPECT_TRUE(loads_of(bodies, regions, figures, 50, {3, 1, 3, 2}).empty());
  figures.shards.resize(2);
  EXPECT_TRUE(loads_of(bodies, regions, figures, 50, {1, 1, 3, 2}).empty())
    << "figures of another layout say nothing";
}

} // namespace
} // namespace tessera
