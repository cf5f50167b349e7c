#include "core/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <set>
#include <vector>

namespace tessera {
namespace {

constexpr entity_id someone = entity_id::make(3, 7, 11);

random_stream wander(std::uint64_t seed = 1, entity_id entity = someone, tick_number tick = 5) {
  return {seed, entity, tick, "wander"};
}

TEST(random, philox_gives_the_known_answers_of_random123) {
  // From Random123's tests/kat_vectors, philox4x32 with 10 rounds.
  using philox = r123::Philox4x32;
  struct answer {
    philox::ctr_type counter;
    philox::key_type key;
    philox::ctr_type expected;
  };
  const std::array<answer, 3> answers = {{
    {{{0, 0, 0, 0}}, {{0, 0}}, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
    {{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}},
     {{0xffffffff, 0xffffffff}},
     {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
    {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
     {{0xa4093822, 0x299f31d0}},
     {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}},
  }};
  for (const auto& a : answers)
    EXPECT_EQ(philox{}(a.counter, a.key), a.expected);
}

TEST(random, counter_and_key_are_laid_out_as_documented) {
  const std::uint64_t seed = 0x0123456789ABCDEFull;
  const tick_number tick = 0x0000000300000007ull;
  const stream_name name = "wander";
  const std::uint64_t key = seed ^ name.value ^ 3 * hash_key_0;
  const auto expected =
    r123::Philox4x32{}({{11u, 0x00030007u, 7u, 2u}},
                       {{static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)}});
  const auto got = draw_block(seed, someone, tick, name, 2);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(got[i], expected[i]);
}

TEST(random, values_are_golden_on_every_machine) {
  auto random = wander();
  EXPECT_EQ(random.next_u32(), 1811849478u);
  EXPECT_EQ(random.next_u64(), 5484441311256247408ull);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(random.uniform()), 1064401100u);
  EXPECT_EQ(random.below(1000), 487u);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(random.normal()), 3215220798u);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(random.uniform(-3, 9)), 3215994482u);
}

TEST(random, a_draw_depends_on_its_number_and_not_on_who_else_drew) {
  std::vector<std::uint32_t> alone;
  for (auto random = wander(); alone.size() < 41;)
    alone.push_back(random.next_u32());

  auto first = wander();
  auto other = wander(1, entity_id::make(9, 9, 9));
  for (std::uint32_t expected : alone) {
    other.next_u64();
    random_stream noise(1, someone, 5, "noise");
    noise.next_u32();
    EXPECT_EQ(first.next_u32(), expected);
  }
  for (std::uint32_t draw = 41; draw-- > 0;) // any word, in any order
    EXPECT_EQ(draw_block(1, someone, 5, "wander", draw / 4)[draw % 4], alone[draw]);
}

TEST(random, every_part_of_the_key_gives_another_stream) {
  std::set<std::uint64_t> seen;
  std::size_t made = 0;
  auto add = [&](random_stream random) {
    seen.insert(random.next_u64());
    ++made;
  };
  for (std::uint64_t i = 0; i < 1000; ++i) {
    add(wander(i + 2));
    add(wander(1, {i << 32 | 7777}));
    add(wander(1, {i + 1}));
    add(wander(1, someone, i));
    add(wander(1, someone, (i + 1) << 32));
    add({1, someone, i, "graze"});
  }
  EXPECT_EQ(seen.size(), made);
}

/// Sum of (observed - expected)^2 / expected over equally likely buckets.
double chi_square(const std::vector<std::uint32_t>& counts) {
  double total = 0;
  for (auto count : counts)
    total += count;
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (auto count : counts)
    sum += (count - expected) * (count - expected) / expected;
  return sum;
}

// 255 degrees of freedom: mean 255, deviation 22.6; the bounds are five deviations away. The draws
// are fixed, so this cannot fail by chance.
void expect_even(const std::vector<std::uint32_t>& counts) {
  EXPECT_GT(chi_square(counts), 142);
  EXPECT_LT(chi_square(counts), 368);
}

TEST(random, values_are_even_along_draws_entities_ticks_and_seeds) {
  constexpr std::uint32_t draws = 1u << 17;
  std::vector<std::vector<std::uint32_t>> counts(6, std::vector<std::uint32_t>(256));
  auto along = wander();
  for (std::uint32_t i = 0; i < draws; ++i) {
    const std::uint32_t word = along.next_u32();
    ++counts[0][word >> 24];
    ++counts[1][word & 255u];
    ++counts[2][wander(1, entity_id::make(1, 2, i)).next_u32() >> 24];
    ++counts[3][wander(1, someone, i).next_u32() >> 24];
    ++counts[4][wander(i).next_u32() >> 24];
    // The first words of neighbours in id and tick do not go together.
    const std::uint32_t a = wander(1, entity_id::make(1, 2, i), 8).next_u32() >> 28;
    const std::uint32_t b = wander(1, entity_id::make(1, 2, i + 1), 9).next_u32() >> 28;
    ++counts[5][a * 16 + b];
  }
  for (const auto& c : counts)
    expect_even(c);
}

TEST(random, uniform_has_24_exact_bits_and_never_reaches_1) {
  auto random = wander();
  double sum = 0;
  std::vector<std::uint32_t> low_bits(256);
  constexpr int draws = 1 << 17;
  for (int i = 0; i < draws; ++i) {
    const float u = random.uniform();
    ASSERT_GE(u, 0.0f);
    ASSERT_LT(u, 1.0f);
    const float scaled = u * 0x1p+24f;
    ASSERT_EQ(scaled, std::floor(scaled));
    ++low_bits[static_cast<std::uint32_t>(scaled) & 255u];
    sum += u;
  }
  EXPECT_NEAR(sum / draws, 0.5, 0.004);
  expect_even(low_bits);
}

TEST(random, uniform_between_bounds_stays_below_the_upper_one) {
  auto random = wander();
  const float from = 16777214.0f; // two floats below the bound: rounding up would reach it
  for (int i = 0; i < 10000; ++i) {
    const float value = random.uniform(from, 16777216.0f);
    ASSERT_GE(value, from);
    ASSERT_LT(value, 16777216.0f);
  }
  EXPECT_EQ(random.uniform(2, 2), 2.0f);
  EXPECT_EQ(random.uniform(2, 1), 2.0f);
}

TEST(random, below_reaches_every_value_evenly_and_nothing_else) {
  auto random = wander();
  std::vector<std::uint32_t> counts(256);
  for (int i = 0; i < 1 << 17; ++i)
    ++counts.at(random.below(256));
  expect_even(counts);
  std::set<std::uint32_t> thirds;
  for (int i = 0; i < 300; ++i)
    thirds.insert(random.below(3));
  EXPECT_EQ(thirds, (std::set<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(random.below(1), 0u);
  EXPECT_EQ(random.below(0), 0u);
  // With 32 bits instead of 64, multiples of 3 would come twice as often as others from this range.
  int multiples = 0;
  for (int i = 0; i < 30000; ++i)
    multiples += random.below(3221225472u) % 3 == 0 ? 1 : 0;
  EXPECT_NEAR(multiples, 10000, 410);
}

TEST(random, normal_has_the_moments_and_tails_of_a_normal) {
  auto random = wander();
  constexpr int draws = 1 << 18;
  double first = 0;
  double second = 0;
  double fourth = 0;
  int beyond_two = 0;
  for (int i = 0; i < draws; ++i) {
    const double x = random.normal();
    ASSERT_LT(std::abs(x), 6.67);
    first += x;
    second += x * x;
    fourth += x * x * x * x;
    beyond_two += std::abs(x) > 2 ? 1 : 0;
  }
  EXPECT_NEAR(first / draws, 0, 0.01);
  EXPECT_NEAR(second / draws, 1, 0.014);
  EXPECT_NEAR(fourth / draws, 3, 0.1);
  EXPECT_NEAR(static_cast<double>(beyond_two) / draws, 0.0455, 0.002);
}

TEST(random, chance_is_never_at_0_and_always_at_1) {
  auto random = wander();
  int happened = 0;
  for (int i = 0; i < 40000; ++i) {
    ASSERT_FALSE(random.chance(0));
    ASSERT_FALSE(random.chance(-1));
    ASSERT_FALSE(random.chance(std::numeric_limits<float>::quiet_NaN()));
    ASSERT_TRUE(random.chance(1));
    happened += random.chance(0.25f) ? 1 : 0;
  }
  EXPECT_NEAR(happened, 10000, 433);
}

} // namespace
} // namespace tessera
