// Ids, cells and the mixing behind the hash.
#include "core/cell.hpp"
#include "core/hash.hpp"
#include "core/ids.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <unordered_set>

namespace tessera {
namespace {

TEST(entity_id, carries_its_birth_cell_and_serial) {
  constexpr std::uint16_t coordinates[] = {0, 1, 4096, 65535};
  for (std::uint16_t x : coordinates)
    for (std::uint16_t z : coordinates)
      for (std::uint32_t serial : {1u, 2u, 0xFFFFFFFFu}) {
        auto id = entity_id::make(x, z, serial);
        EXPECT_EQ(id.birth_cell_x(), x);
        EXPECT_EQ(id.birth_cell_z(), z);
        EXPECT_EQ(id.serial(), serial);
        EXPECT_TRUE(static_cast<bool>(id));
      }
}

TEST(entity_id, of_zero_names_nobody) {
  EXPECT_FALSE(static_cast<bool>(entity_id{}));
}

TEST(entity_id, is_ordered_by_cell_x_then_cell_z_then_serial) {
  EXPECT_LT(entity_id::make(1, 9, 9), entity_id::make(2, 0, 1));
  EXPECT_LT(entity_id::make(1, 1, 9), entity_id::make(1, 2, 1));
  EXPECT_LT(entity_id::make(1, 1, 1), entity_id::make(1, 1, 2));
}

TEST(entity_id, spreads_over_the_buckets_of_an_unordered_set) {
  std::unordered_set<entity_id> ids;
  for (std::uint16_t x = 0; x < 32; ++x)
    for (std::uint16_t z = 0; z < 32; ++z)
      for (std::uint32_t serial = 1; serial <= 8; ++serial)
        ids.insert(entity_id::make(x, z, serial));
  std::size_t longest = 0;
  for (std::size_t b = 0; b < ids.bucket_count(); ++b)
    longest = std::max(longest, ids.bucket_size(b));
  EXPECT_LE(longest, 12u);
}

TEST(cell_rect, holds_its_first_and_not_its_last_row_and_column) {
  cell_rect r{2, 3, 5, 7};
  EXPECT_EQ(r.width(), 3);
  EXPECT_EQ(r.depth(), 4);
  EXPECT_EQ(r.area(), 12);
  EXPECT_TRUE(r.contains(2, 3));
  EXPECT_TRUE(r.contains(4, 6));
  EXPECT_FALSE(r.contains(5, 3));
  EXPECT_FALSE(r.contains(2, 7));
  EXPECT_FALSE(r.contains(1, 3));
}

TEST(cell_rect, overlaps_only_what_shares_a_cell) {
  cell_rect r{2, 3, 5, 7};
  EXPECT_TRUE(r.overlaps({4, 6, 9, 9}));
  EXPECT_FALSE(r.overlaps({5, 3, 9, 7}));
  EXPECT_FALSE(r.overlaps({2, 7, 5, 9}));
}

TEST(cell_rect, grows_and_is_clipped) {
  cell_rect world{0, 0, 6, 6};
  EXPECT_EQ((cell_rect{1, 1, 3, 3}.grown(2).clipped(world)), (cell_rect{0, 0, 5, 5}));
  EXPECT_EQ((cell_rect{0, 0, 65536, 65536}.area()), std::int64_t{65536} * 65536);
}

TEST(cell_distance, is_the_larger_of_both_axes) {
  EXPECT_EQ(cell_distance({3, 3}, {3, 3}), 0);
  EXPECT_EQ(cell_distance({3, 3}, {4, 2}), 1);
  EXPECT_EQ(cell_distance({0, 65535}, {65535, 65534}), 65535);
}

TEST(hash, depends_on_the_order_of_words) {
  EXPECT_NE(hash_combine(1, 2), hash_combine(2, 1));
  EXPECT_NE(hash_combine(hash_combine(0, 1), 2), hash_combine(hash_combine(0, 2), 1));
}

TEST(hash, of_given_words_is_the_same_on_every_machine) {
  static_assert(hash_combine(0, 0) == fold_multiply(hash_key_0, hash_key_1));
  static_assert(fold_multiply(~0ull, ~0ull) == (1ull ^ (~0ull - 1)));
  static_assert(hash_name("position") != hash_name("positiom"));
  static_assert(hash_name("ab") != hash_name("ba"));
}

TEST(hash, changes_about_half_of_its_bits_with_any_bit_of_a_word) {
  int bits = 0;
  int rounds = 0;
  for (std::uint64_t word = 1; word < 40; ++word)
    for (int bit = 0; bit < 64; ++bit, ++rounds)
      bits += std::popcount(hash_combine(7, word) ^ hash_combine(7, word ^ 1ull << bit));
  double mean = static_cast<double>(bits) / rounds;
  EXPECT_GT(mean, 28);
  EXPECT_LT(mean, 36);
}

} // namespace
} // namespace tessera
