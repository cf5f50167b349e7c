// The storage, one promise at a time. Random sequences against a model are in store_model_test.cpp.
#include "shards/query.hpp"
#include "shards/store.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace tessera {
namespace {

constexpr component_id position = 0, velocity = 1, health = 2, flag = 3, rare = 4, wide = 5,
                       mark = 6;
constexpr component_mask moving = bit_of(position) | bit_of(velocity);

const std::vector<column_spec> specs{
  {12, 4, column_kind::dense}, {12, 4, column_kind::dense}, {4, 4, column_kind::dense},
  {0, 1, column_kind::tag},    {8, 8, column_kind::sparse}, {128, 64, column_kind::dense},
  {0, 1, column_kind::dense},
};

entity_id id(std::uint64_t value) {
  return {value};
}

std::vector<entity_id> ids(std::uint64_t first, std::size_t count) {
  std::vector<entity_id> made(count);
  for (std::size_t i = 0; i < count; ++i)
    made[i] = id(first + i);
  return made;
}

std::uint32_t& number(store& s, handle who, component_id component) {
  return *reinterpret_cast<std::uint32_t*>(s.get(who, component));
}

bool all_zero(const std::byte* bytes, std::size_t count) {
  return std::all_of(bytes, bytes + count, [](std::byte b) { return b == std::byte{0}; });
}

TEST(store, a_created_entity_is_found_by_handle_and_by_id) {
  store s(specs);
  handle made = s.create(s.archetype_for(moving), id(7));
  EXPECT_TRUE(s.alive(made));
  EXPECT_EQ(s.find(id(7)), made);
  EXPECT_EQ(s.id_of(made), id(7));
  EXPECT_EQ(s.locate(made), (row_ref{0, 0}));
  EXPECT_EQ(s.handle_at(0, 0), made);
  EXPECT_EQ(s.size(), 1u);
  EXPECT_FALSE(s.find(id(8)).has_value());
}

TEST(store, a_default_handle_names_nobody) {
  store s(specs);
  s.create(s.archetype_for(moving), id(1));
  EXPECT_FALSE(s.alive(handle{}));
  EXPECT_EQ(s.get(handle{}, position), nullptr);
}

TEST(store, a_handle_with_a_slot_never_handed_out_names_nobody) {
  store s(specs);
  s.create(s.archetype_for(moving), id(1));
  EXPECT_FALSE(s.alive(handle{1, 1}));
  EXPECT_FALSE(s.alive(handle{0xFFFFFFFF, 1}));
}

TEST(store, a_handle_is_stale_after_its_entity_is_destroyed_even_when_the_slot_is_used_again) {
  store s(specs);
  auto a = s.archetype_for(moving);
  handle old = s.create(a, id(1));
  EXPECT_TRUE(s.destroy(old));
  handle next = s.create(a, id(2));
  EXPECT_EQ(next.slot, old.slot);
  EXPECT_FALSE(s.alive(old));
  EXPECT_FALSE(s.destroy(old));
  EXPECT_EQ(s.get(old, position), nullptr);
  EXPECT_EQ(s.mask_of(old), 0u);
  EXPECT_FALSE(s.has(old, position));
  EXPECT_FALSE(s.try_locate(old).has_value());
  EXPECT_EQ(s.id_of(old), entity_id{});
  EXPECT_THROW(s.locate(old), broken_invariant);
  EXPECT_THROW(s.add(old, health), broken_invariant);
  EXPECT_THROW(s.set_tag(old, flag, true), broken_invariant);
}

TEST(store, a_slot_is_retired_before_a_generation_would_come_back) {
  store s(specs);
  auto a = s.archetype_for(moving);
  handle first = s.create(a, id(1));
  handle last = first;
  for (std::uint64_t i = 2; last.slot == first.slot; ++i) {
    ASSERT_LT(i, 70000u) << "the slot was never retired";
    s.destroy(last);
    last = s.create(a, id(i));
    ASSERT_TRUE(last.slot != first.slot || last.generation > first.generation);
  }
  EXPECT_FALSE(s.alive(first));
  EXPECT_EQ(s.size(), 1u);
}

TEST(store, an_id_that_is_there_already_is_a_broken_invariant) {
  store s(specs);
  auto a = s.archetype_for(moving);
  s.create(a, id(1));
  EXPECT_THROW(s.create(a, id(1)), broken_invariant);
}

TEST(store, a_row_that_is_used_again_is_zeroed) {
  store s(specs);
  auto a = s.archetype_for(moving | bit_of(wide));
  s.create_many(a, ids(1, 100));
  std::memset(s.at(a).column(position), 0xFF, 100 * 12);
  std::memset(s.at(a).column(wide), 0xFF, 100 * 128);
  for (int i = 0; i < 60; ++i)
    s.destroy_row(a, 0);
  handle one = s.create(a, id(1000));
  EXPECT_TRUE(all_zero(s.get(one, position), 12));
  auto first = s.create_many(a, ids(2000, 300));
  EXPECT_TRUE(all_zero(s.at(a).column(position) + first * 12, 300 * 12));
  EXPECT_TRUE(all_zero(s.at(a).column(wide) + first * 128, 300 * 128));
  EXPECT_FALSE(all_zero(s.at(a).column(position), 12));
}

TEST(store, the_first_rows_after_everybody_is_destroyed_are_zeroed) {
  store s(specs);
  auto a = s.archetype_for(moving);
  s.create_many(a, ids(1, 100));
  std::memset(s.at(a).column(position), 0xFF, 100 * 12);
  s.clear();
  for (std::uint32_t i = 0; i < 100; ++i)
    ASSERT_TRUE(all_zero(s.get(s.create(a, id(1000 + i)), position), 12)) << "row " << i;
}

TEST(store, a_block_that_is_said_to_be_zeroed_is) {
  block_arena arena;
  for (std::size_t wanted : {512u, 4096u, 5000u, 20'000u, 70'000u}) {
    std::size_t bytes = block_arena::block_bytes(wanted);
    auto first = arena.take(bytes);
    ASSERT_TRUE(first.zeroed);
    std::memset(first.data, 0xFF, bytes);
    arena.give(first);
    auto again = arena.take(bytes);
    EXPECT_EQ(again.data, first.data);
    EXPECT_TRUE(!again.zeroed || all_zero(again.data, bytes)) << bytes;
  }
}

TEST(store, memory_that_another_archetype_outgrew_is_zeroed) {
  store s(specs, {.id_index = false});
  auto full = s.archetype_for(bit_of(position) | bit_of(wide));
  for (std::uint32_t i = 0; i < 3000; ++i) {
    handle made = s.create(full, id(i + 1));
    std::memset(s.get(made, position), 0xFF, 12);
    std::memset(s.get(made, wide), 0xFF, 128);
  }
  auto next = s.archetype_for(moving | bit_of(wide));
  for (std::uint32_t i = 0; i < 3000; ++i) {
    handle made = s.create(next, id(10'000 + i));
    ASSERT_TRUE(all_zero(s.get(made, position), 12)) << "row " << i;
    ASSERT_TRUE(all_zero(s.get(made, velocity), 12)) << "row " << i;
    ASSERT_TRUE(all_zero(s.get(made, wide), 128)) << "row " << i;
  }
}

TEST(store, destroying_a_row_puts_the_last_row_in_its_place_and_its_handle_follows) {
  store s(specs);
  auto a = s.archetype_for(bit_of(health));
  handle first = s.create(a, id(1)), second = s.create(a, id(2)), third = s.create(a, id(3));
  number(s, third, health) = 33;
  s.destroy(first);
  EXPECT_EQ(s.locate(third), (row_ref{a, 0}));
  EXPECT_EQ(number(s, third, health), 33u);
  EXPECT_EQ(s.locate(second), (row_ref{a, 1}));
  EXPECT_EQ(s.at(a).rows(), 2u);
}

TEST(store, columns_are_aligned_and_values_survive_all_growth) {
  store s(specs);
  auto a = s.archetype_for(bit_of(health) | bit_of(wide) | bit_of(mark));
  std::vector<handle> made;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    made.push_back(s.create(a, id(i + 1)));
    number(s, made.back(), health) = i;
    s.set_tag(made.back(), flag, i % 3 == 0);
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(s.at(a).column(wide)) % 64, 0u);
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(s.at(a).column(health)) % 64, 0u);
  }
  for (std::uint32_t i = 0; i < 5000; ++i) {
    ASSERT_EQ(number(s, made[i], health), i);
    ASSERT_EQ(s.has(made[i], flag), i % 3 == 0);
    ASSERT_EQ(s.find(id(i + 1)), made[i]);
  }
}

TEST(store, addresses_do_not_change_between_2048_and_a_million_rows) {
  store s(specs);
  auto a = s.archetype_for(bit_of(health));
  s.create_many(a, ids(1, 2048));
  std::byte* address = s.at(a).column(health);
  const entity_id* id_address = s.at(a).ids();
  s.create_many(a, ids(10'000, (1u << 20) - 2048));
  EXPECT_EQ(s.at(a).column(health), address);
  EXPECT_EQ(s.at(a).ids(), id_address);
}

TEST(store, an_archetype_grows_past_a_million_rows) {
  store s(specs, {.id_index = false});
  auto a = s.archetype_for(bit_of(health));
  s.create_many(a, ids(1, 1u << 20));
  handle early = s.handle_at(a, 77);
  number(s, early, health) = 5;
  s.set_tag(early, flag, true);
  handle late = s.create(a, id(1u << 21));
  EXPECT_EQ(number(s, early, health), 5u);
  EXPECT_TRUE(s.has(early, flag));
  EXPECT_EQ(number(s, late, health), 0u);
  EXPECT_EQ(s.locate(late).row, 1u << 20);
}

TEST(store, a_thousand_archetypes_of_26_columns_can_all_grow_large) {
  std::vector<column_spec> many(36, column_spec{4, 4, column_kind::dense});
  store s(many, {.id_index = false});
  component_mask common = (component_mask{1} << 26) - 1;
  for (std::uint32_t k = 0; k < 1024; ++k)
    s.create_many(s.archetype_for(common | component_mask{k} << 26), ids(1 + 3000ull * k, 3));
  EXPECT_LT(s.memory().total(), 16u << 20);
  for (std::uint32_t k = 0; k < 1024; ++k)
    s.create_many(k, ids(4 + 3000ull * k, 2100));
  EXPECT_EQ(s.size(), 1024u * 2103u);
  EXPECT_EQ(s.at(1023).ids()[2102], id(4 + 3000ull * 1023 + 2099));
}

TEST(store, adding_a_dense_component_moves_the_row_and_keeps_everything_else) {
  store s(specs);
  auto a = s.archetype_for(bit_of(health));
  handle other = s.create(a, id(1)), who = s.create(a, id(2)), last = s.create(a, id(3));
  number(s, who, health) = 12;
  number(s, last, health) = 13;
  s.set_tag(who, flag, true);
  s.add(who, rare);
  number(s, who, rare) = 99;
  s.add(who, position);
  EXPECT_EQ(s.mask_of(who), bit_of(health) | bit_of(position) | bit_of(flag) | bit_of(rare));
  EXPECT_TRUE(all_zero(s.get(who, position), 12));
  EXPECT_EQ(number(s, who, health), 12u);
  EXPECT_EQ(number(s, who, rare), 99u);
  EXPECT_EQ(number(s, last, health), 13u);
  EXPECT_EQ(s.mask_of(other), bit_of(health));
  EXPECT_EQ(s.mask_of(last), bit_of(health));
  EXPECT_EQ(s.find(id(2)), who);
  s.remove(who, position);
  EXPECT_EQ(s.get(who, position), nullptr);
  EXPECT_EQ(s.locate(who).archetype, a);
  EXPECT_TRUE(s.has(who, flag));
}

TEST(store, adding_what_is_there_and_removing_what_is_not_change_nothing) {
  store s(specs);
  handle who = s.create(s.archetype_for(bit_of(health)), id(1));
  number(s, who, health) = 4;
  s.add(who, rare);
  number(s, who, rare) = 5;
  s.add(who, health);
  s.add(who, rare);
  s.remove(who, position);
  s.remove(who, flag);
  EXPECT_EQ(number(s, who, health), 4u);
  EXPECT_EQ(number(s, who, rare), 5u);
  EXPECT_EQ(s.archetype_count(), 1u);
}

TEST(store, a_tag_moves_no_row_and_follows_its_entity) {
  store s(specs);
  auto a = s.archetype_for(bit_of(health));
  s.create_many(a, ids(1, 200));
  handle who = s.handle_at(a, 199);
  s.set_tag(who, flag, true);
  EXPECT_EQ(s.locate(who), (row_ref{a, 199}));
  s.destroy_row(a, 3);
  EXPECT_EQ(s.locate(who), (row_ref{a, 3}));
  EXPECT_TRUE(s.has(who, flag));
  handle newborn = s.create(a, id(1000));
  EXPECT_EQ(s.locate(newborn).row, 199u);
  EXPECT_FALSE(s.has(newborn, flag));
  std::vector<std::uint32_t> found;
  for_each_tagged(s.at(a), flag, [&](std::uint32_t row) { found.push_back(row); });
  EXPECT_EQ(found, std::vector<std::uint32_t>{3});
}

TEST(store, sparse_components_can_be_iterated_with_their_owners) {
  store s(specs);
  auto a = s.archetype_for(bit_of(health));
  s.create_many(a, ids(1, 5000));
  for (std::uint32_t row : {4000u, 17u, 2500u}) {
    s.add(s.handle_at(a, row), rare);
    number(s, s.handle_at(a, row), rare) = row;
  }
  s.remove(s.handle_at(a, 4000), rare);
  s.destroy(s.handle_at(a, 17));
  const sparse_column& column = s.sparse(rare);
  ASSERT_EQ(column.size(), 1u);
  handle owner = s.handle_of_slot(column.slots()[0]);
  EXPECT_EQ(s.locate(owner).row, 2500u);
  EXPECT_EQ(*reinterpret_cast<const std::uint32_t*>(column.values()), 2500u);
}

TEST(store, permute_reorders_rows_and_every_handle_still_names_its_entity) {
  store s(specs);
  auto a = s.archetype_for(bit_of(health) | bit_of(wide));
  s.create_many(a, ids(1, 3000));
  std::vector<handle> made;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    made.push_back(s.handle_at(a, i));
    number(s, made[i], health) = i;
    s.set_tag(made[i], flag, i % 5 == 0);
  }
  std::vector<std::uint32_t> order(3000);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(1));
  s.permute(a, order);
  for (std::uint32_t i = 0; i < 3000; ++i) {
    ASSERT_EQ(s.at(a).ids()[i], id(order[i] + 1));
    ASSERT_EQ(number(s, made[i], health), i);
    ASSERT_EQ(s.has(made[i], flag), i % 5 == 0);
  }
  order[0] = order[1];
  EXPECT_THROW(s.permute(a, order), broken_invariant);
  EXPECT_THROW(s.permute(a, std::span(order).first(2)), broken_invariant);
}

TEST(store, a_snapshot_loads_into_an_equal_store_and_old_handles_are_stale) {
  store s(specs);
  auto a = s.archetype_for(bit_of(health)), b = s.archetype_for(moving);
  s.create_many(a, ids(1, 2000));
  s.create_many(b, ids(5000, 10));
  handle who = s.handle_at(a, 1234);
  number(s, who, health) = 77;
  s.set_tag(who, flag, true);
  s.add(who, rare);
  number(s, who, rare) = 88;
  store_snapshot saved = s.snapshot();
  s.destroy(who);
  s.create(b, id(9000));

  store other(specs);
  other.create(other.archetype_for(moving), id(424242));
  for (store* restored : {&s, &other}) {
    handle before = restored->handle_at(restored->archetype_for(moving), 0);
    restored->load(saved);
    EXPECT_FALSE(restored->alive(before));
    EXPECT_EQ(restored->size(), 2010u);
    handle again = *restored->find(id(1235));
    EXPECT_EQ(restored->locate(again).row, 1234u);
    EXPECT_EQ(number(*restored, again, health), 77u);
    EXPECT_EQ(number(*restored, again, rare), 88u);
    EXPECT_TRUE(restored->has(again, flag));
    EXPECT_FALSE(restored->find(id(9000)).has_value());
    EXPECT_FALSE(restored->find(id(424242)).has_value());
  }
}

TEST(store, a_snapshot_does_not_change_when_the_store_does) {
  store s(specs);
  auto a = s.archetype_for(bit_of(health));
  handle who = s.create(a, id(1));
  number(s, who, health) = 1;
  store_snapshot saved = s.snapshot();
  number(s, who, health) = 2;
  EXPECT_EQ(*reinterpret_cast<const std::uint32_t*>(saved.at(saved.parts[0].columns[0].offset)),
            1u);
}

TEST(store, a_snapshot_of_other_components_is_refused) {
  store s(specs);
  std::vector<column_spec> fewer(specs.begin(), specs.end() - 1);
  store other(fewer);
  EXPECT_THROW(other.load(s.snapshot()), broken_invariant);
}

TEST(store, dirty_versions_are_kept_per_page_and_component) {
  store s(specs);
  auto a = s.archetype_for(moving);
  s.create_many(a, ids(1, 3 * limits::page_rows));
  archetype& of = s.at(a);
  ASSERT_EQ(of.pages(), 3u);
  of.mark_dirty(position, limits::page_rows - 1, 2, 9);
  EXPECT_EQ(of.dirty_version(position, 0), 9u);
  EXPECT_EQ(of.dirty_version(position, 1), 9u);
  EXPECT_EQ(of.dirty_version(position, 2), 0u);
  EXPECT_EQ(of.dirty_version(velocity, 0), 0u);
  of.mark_dirty(flag, 2 * limits::page_rows, limits::page_rows, 11);
  EXPECT_EQ(of.dirty_version(flag, 2), 11u);
  EXPECT_EQ(of.dirty_version(flag, 1), 0u);
  EXPECT_THROW(of.mark_dirty(health, 0, 1, 1), broken_invariant);
  EXPECT_THROW(of.mark_dirty(position, 0, 3 * limits::page_rows + 1, 1), broken_invariant);
}

TEST(store, structure_versions_grow_with_every_structural_change_and_only_then) {
  store s(specs);
  auto a = s.archetype_for(moving);
  auto version = [&] { return s.structure_version(); };
  auto before = version();
  handle who = s.create(a, id(1));
  EXPECT_GT(version(), before);
  before = version();
  s.set_tag(who, flag, true);
  s.add(who, rare);
  EXPECT_EQ(version(), before);
  s.destroy(who);
  EXPECT_GT(version(), before);
}

TEST(store, a_query_finds_archetypes_made_after_it) {
  store s(specs);
  archetype_query query(bit_of(position), bit_of(health));
  auto a = s.archetype_for(moving);
  s.archetype_for(moving | bit_of(health));
  ASSERT_EQ(query.matches(s).size(), 1u);
  auto b = s.archetype_for(bit_of(position) | bit_of(wide));
  ASSERT_EQ(query.matches(s).size(), 2u);
  s.create_many(b, ids(1, 5));
  std::vector<std::uint32_t> visited;
  query.for_each(s, [&](const row_run& run) { visited.push_back(run.archetype); });
  EXPECT_EQ(visited, std::vector<std::uint32_t>{b});
  EXPECT_EQ(s.archetype_for(moving), a);
}

TEST(store, runs_of_a_query_follow_rows_that_come_go_and_move) {
  store s(specs);
  auto a = s.archetype_for(moving), b = s.archetype_for(moving | bit_of(health));
  archetype_query query(moving, 0, {velocity, health});
  auto agrees = [&] {
    std::size_t rows = 0;
    for (const row_run& run : query.runs(s)) {
      rows += run.rows;
      EXPECT_NE(run.rows, 0u);
      const archetype& owner = s.at(run.archetype);
      EXPECT_EQ(run.rows, owner.rows());
      EXPECT_EQ(run.columns[0], owner.column(velocity));
      EXPECT_EQ(run.columns[1], owner.column(health));
    }
    EXPECT_EQ(rows, s.size());
  };
  agrees();
  handle who = s.create(a, id(1));
  agrees();
  s.create_many(a, ids(2, 5000));
  agrees();
  s.add(who, health);
  agrees();
  s.destroy_row(b, 0);
  agrees();
  s.load(s.snapshot());
  agrees();
  s.clear();
  agrees();
}

TEST(store, an_archetype_of_anything_but_dense_components_is_refused) {
  store s(specs);
  EXPECT_THROW(s.archetype_for(bit_of(flag)), broken_invariant);
  EXPECT_THROW(s.archetype_for(bit_of(rare) | moving), broken_invariant);
  EXPECT_THROW(s.archetype_for(bit_of(60)), broken_invariant);
  EXPECT_EQ(s.archetype_count(), 0u);
}

TEST(store, impossible_columns_are_refused) {
  EXPECT_THROW(store(std::vector<column_spec>{{12, 8, column_kind::dense}}), broken_invariant);
  EXPECT_THROW(store(std::vector<column_spec>{{128, 128, column_kind::dense}}), broken_invariant);
  EXPECT_THROW(store(std::vector<column_spec>{{1, 1, column_kind::tag}}), broken_invariant);
  EXPECT_THROW(store(std::vector<column_spec>(65)), broken_invariant);
}

TEST(store, a_store_without_index_knows_no_ids_but_everything_else) {
  store s(specs, {.id_index = false});
  handle who = s.create(s.archetype_for(moving), id(1));
  EXPECT_EQ(s.id_of(who), id(1));
  EXPECT_EQ(s.memory().index, 0u);
  EXPECT_THROW((void)s.find(id(1)), broken_invariant);
  EXPECT_TRUE(s.destroy(who));
}

TEST(store, a_big_store_costs_at_most_42_bytes_per_entity_with_24_of_payload) {
  store s(specs);
  auto a = s.archetype_for(moving);
  for (std::uint64_t i = 1; i <= 300'000; ++i)
    s.create(a, id(i));
  auto held = s.memory();
  EXPECT_LE(static_cast<double>(held.total() - held.index) / 300'000, 42.0);
  EXPECT_LE(static_cast<double>(held.index) / 300'000, 16.0);
}

} // namespace
} // namespace tessera
