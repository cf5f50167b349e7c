// Batches: routes, order, repeats, reads, and one world whatever the way commands came in.
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <gtest/gtest.h>

namespace tessera::testing {
namespace {

using wanderers::mood;

component_id component_of(const schema& s, const char* name) {
  component_id id = 0;
  if (s.find_component(name, &id) == nullptr)
    throw std::logic_error(name);
  return id;
}

std::span<const std::byte> bytes_of(const mood& m) {
  return std::as_bytes(std::span(&m, 1));
}

mood mood_in(const command_answer& a) {
  mood out;
  if (a.value.size() != sizeof out)
    throw std::runtime_error("no mood was read");
  std::memcpy(&out, a.value.data(), sizeof out);
  return out;
}

struct command_batches : ::testing::Test {
  std::shared_ptr<const world_setup> setup = make_world(wanderers::definition.define);
  const schema& game = *setup->game;
  component_id mood_id = component_of(game, "mood");

  /// Somebody who stays where it was born for a tick: a newborn of tick 0.
  entity_id spawn(lockstep_world& world, position place) {
    auto c = stamped(spawn_at(game, place, mood{1, 2}), 77, ++spawned_, world.tick());
    if (!world.submit(c))
      throw std::runtime_error("spawn");
    world.run(1);
    return world.history().back().answers().front().entity;
  }
  std::uint64_t spawned_ = 0;
};

TEST_F(command_batches, go_to_the_owners_of_the_cells_they_name_and_to_all_where_none_is_named) {
  auto cut = grid(*setup, 4, 4);
  command_batch batch{1};
  for (std::uint16_t i = 0; i < 16; ++i) {
    auto who = entity_id::make(i, 3, 1);
    if (i % 3 == 0)
      batch.add_get(i + 1, who, std::nullopt, mood_id);
    else
      batch.add_set(i + 1, who, cell{i, 3}, mood_id, bytes_of({}));
  }
  auto made = routed_batch::make(*setup, *cut, std::move(batch));
  ASSERT_TRUE(made) << made.error().message;
  std::size_t visits = 0;
  for (shard_id s = 0; s < cut->size(); ++s) {
    std::uint64_t last = 0;
    std::set<std::uint64_t> seen;
    (*made)->for_shard(s, [&](std::uint32_t place) {
      std::uint64_t sequence = (*made)->commands().sequence(place);
      EXPECT_GT(sequence, last) << "out of order";
      last = sequence;
      seen.insert(sequence - 1);
    });
    for (std::uint16_t i = 0; i < 16; ++i)
      EXPECT_EQ(seen.contains(i), i % 3 == 0 || cut->owner({i, 3}) == s) << "shard " << s;
    visits += seen.size();
  }
  EXPECT_EQ(visits, 6U * 16 + 10);
  std::uint64_t next = 0;
  (*made)->in_order(
    [&](std::uint32_t place) { EXPECT_EQ((*made)->commands().sequence(place), ++next); });
  EXPECT_EQ(next, 16U);
}

TEST_F(command_batches, say_which_command_is_bad_and_none_of_them_is_taken) {
  auto cut = grid(*setup, 2, 2);
  auto refusal = [&](auto&& add_third) {
    command_batch batch{4};
    batch.add_get(11, {1}, std::nullopt, mood_id);
    batch.add_set(12, {1}, std::nullopt, mood_id, bytes_of({}));
    add_third(batch);
    auto made = routed_batch::make(*setup, *cut, std::move(batch));
    return made ? std::string{"accepted"} : made.error().message;
  };
  const std::string third = "command 3 of 3 (session 4, sequence 13): ";
  EXPECT_EQ(refusal([&](auto& b) {
              b.add_set(13, {1}, cell{16, 0}, mood_id, bytes_of({}));
            }),
            third + "cell [16, 0] is not in the world: cells run from 0 to 15 east and 15 south");
  EXPECT_EQ(refusal([&](auto& b) { b.add_get(13, {1}, std::nullopt, 63); }),
            third + "no such component");
  EXPECT_EQ(
    refusal([&](auto& b) { b.add_get(13, {1}, std::nullopt, component_of(game, "asleep")); }),
    third + "asleep has no fields to get");
  EXPECT_EQ(refusal([&](auto& b) { b.add_set(13, {1}, std::nullopt, mood_id, {}); }),
            third + "mood has 8 bytes, not 0");
  EXPECT_EQ(
    refusal([&](auto& b) { b.add_get(12, {1}, std::nullopt, mood_id); }),
    "command 3 of 3 (session 4, sequence 12): sequence numbers begin at 1 and rise within a "
    "batch");
  EXPECT_EQ(refusal([&](auto& b) { b.add_get(13, {1}, std::nullopt, mood_id); }), "accepted");
  EXPECT_FALSE(routed_batch::make(*setup, *cut, command_batch{1}));
}

TEST_F(command_batches, one_with_an_expected_cell_is_applied_only_there) {
  for (const auto& [name, cut] : layouts_of(*setup)) {
    lockstep_world world{setup, cut};
    auto who = spawn(world, {{5, 9}, 3, 0, 3});
    command_batch batch{1};
    batch.add_set(1, who, cell{5, 10}, mood_id, bytes_of({7, 7}));
    batch.add_get(2, who, cell{5, 9}, mood_id);
    batch.add_set(3, who, cell{5, 9}, mood_id, bytes_of({8, 8}));
    batch.add_get(4, who, cell{4, 9}, mood_id);
    batch.add_get(5, who, std::nullopt, mood_id);
    ASSERT_TRUE(world.submit(std::move(batch), world.tick()));
    world.run(1);
    auto answers = world.history().back().answers();
    ASSERT_EQ(answers.size(), 5U) << name;
    EXPECT_EQ(answers[0].result, command_result::no_such_entity) << name;
    EXPECT_NE(mood_in(answers[1]).pokes, 7) << name;
    EXPECT_EQ(answers[2].result, command_result::applied) << name;
    EXPECT_EQ(answers[3].result, command_result::no_such_entity) << name;
    EXPECT_EQ(mood_in(answers[4]).pokes, 8) << name << ": it sees what came before it in the tick";
  }
}

TEST_F(command_batches, reading_changes_nothing_and_is_never_a_repeat) {
  auto cut = grid(*setup, 3, 5);
  lockstep_world plain{setup, cut};
  lockstep_world read{setup, cut};
  for (tick_number t = 0; t < 12; ++t) {
    command_batch batch{9};
    for (std::uint16_t x = 0; x < 16; ++x)
      batch.add_get(x + 1, entity_id::make(x, 2, 1), std::nullopt, mood_id);
    ASSERT_TRUE(read.submit(std::move(batch), t));
  }
  plain.run_to(12);
  read.run_to(12);
  std::size_t values = 0;
  for (tick_number t = 1; t <= 12; ++t) {
    EXPECT_EQ(read.history()[t].hash, plain.history()[t].hash) << t;
    auto answers = read.history()[t].answers();
    ASSERT_EQ(answers.size(), 16U);
    for (const auto& a : answers) {
      EXPECT_NE(a.result, command_result::repeated);
      values += a.result == command_result::applied && a.value.size() == sizeof(mood);
    }
    for (const auto& shard : read.history()[t].outcomes->by_shard)
      EXPECT_TRUE(shard.log.empty()) << "what is read is not logged";
  }
  EXPECT_GT(values, 100U);
  EXPECT_FALSE(read.known().save().sequence.contains(9));
}

TEST_F(command_batches, that_overlap_or_repeat_give_what_their_commands_one_by_one_give) {
  auto cut = grid(*setup, 2, 2);
  lockstep_world together{setup, cut};
  lockstep_world apart{setup, cut};
  auto give = [&](std::vector<std::uint64_t> sequences, tick_number at) {
    command_batch batch{3};
    for (std::uint64_t n : sequences) {
      auto who = entity_id::make(static_cast<std::uint16_t>(n % 16), 4, 1);
      mood value{static_cast<std::int32_t>(n), 0};
      batch.add_set(n, who, std::nullopt, mood_id, bytes_of(value));
      ASSERT_TRUE(apart.submit(stamped(set_component(game, who, value), 3, n, at)));
    }
    ASSERT_TRUE(together.submit(std::move(batch), at));
  };
  give({2, 4, 6, 20}, 1);
  give({1, 3, 6, 9}, 1);
  give({30, 31}, 1);
  give({5, 31, 32}, 2); // 5 was not seen and is too late: a session's numbers rise
  give({40, 41}, 3);
  give({42, 43}, 3);
  together.run_to(5);
  apart.run_to(5);
  EXPECT_EQ(first_difference(together.history(), apart.history()), "");
  std::map<command_result, int> count;
  for (const auto& state : together.history())
    for (const auto& a : state.answers())
      ++count[a.result];
  EXPECT_EQ(count[command_result::repeated], 3);
}

/// Commands of all kinds in batches, with cells that are right and wrong, and reads among them.
std::vector<stamped_commands> batches_of_everything(const world_setup& setup, component_id read) {
  std::vector<stamped_commands> out;
  std::map<session_id, std::uint64_t> last;
  std::size_t i = 0;
  for (auto c : wanderers_commands(setup, 21, 900, 60)) {
    std::uint64_t& n = last[c.session];
    if (out.empty() || out.back().tick != c.tick || out.back().commands.session() != c.session)
      out.push_back({c.tick, command_batch{c.session}});
    auto& batch = out.back().commands;
    if (c.op != command_op::spawn && ++i % 2 == 0)
      c.expected = cell{c.target.birth_cell_x(), c.target.birth_cell_z()};
    auto who = c.target;
    auto expected = c.expected;
    c.sequence = ++n;
    batch.add(std::move(c));
    if (i % 3 == 0)
      batch.add_get(++n, who, expected, read);
  }
  return out;
}

TEST_F(command_batches, that_a_recovery_places_are_those_that_a_client_sends) {
  for (const auto& [name, cut] : layouts_of(*setup)) {
    for (const auto& [tick, batch] : batches_of_everything(*setup, mood_id)) {
      std::vector<placed_command> placed;
      for (std::size_t i = 0; i < batch.size(); ++i)
        placed.push_back(place(*cut, batch.at(i), batch.bytes(i)));
      const auto recovered = routed_batch::of_placed(*cut, batch.session(), placed);
      const auto sent = *routed_batch::make(*setup, *cut, batch);
      ASSERT_EQ(recovered->size(), sent->size());
      EXPECT_EQ(recovered->first_sequence(), sent->first_sequence());
      EXPECT_EQ(recovered->last_sequence(), sent->last_sequence());
      EXPECT_EQ(recovered->first_change(), sent->first_change());
      EXPECT_EQ(recovered->last_change(), sent->last_change());
      for (std::size_t i = 0; i < sent->size(); ++i) {
        EXPECT_EQ(recovered->commands().sequence(i), sent->commands().sequence(i));
        EXPECT_TRUE(std::ranges::equal(recovered->commands().bytes(i), sent->commands().bytes(i)));
      }
      auto places = [](const routed_batch& of, shard_id shard) {
        std::vector<std::uint32_t> out;
        of.for_shard(shard, [&](std::uint32_t at) { out.push_back(at); });
        return out;
      };
      for (shard_id shard = 0; shard < cut->size(); ++shard)
        EXPECT_EQ(places(*recovered, shard), places(*sent, shard)) << name;
    }
  }
}

TEST_F(command_batches, give_one_world_and_the_same_answers_under_every_layout) {
  auto batches = batches_of_everything(*setup, mood_id);
  std::vector<world_summary> reference;
  std::map<std::pair<command_op, command_result>, int> seen;
  for (const auto& [name, cut] : layouts_of(*setup)) {
    for (std::uint64_t order_seed : {0, 5}) {
      lockstep_world world{setup, cut, {order_seed, {}}};
      for (const auto& [tick, batch] : batches)
        ASSERT_TRUE(world.submit(batch, tick));
      world.run_to(60);
      if (reference.empty())
        reference = world.history();
      EXPECT_EQ(first_difference(world.history(), reference), "") << name;
    }
  }
  for (const auto& state : reference) {
    if (!state.outcomes)
      continue;
    auto answers = state.answers();
    auto commands = commands_of(*state.outcomes->ran);
    for (std::size_t i = 0; i < commands.size(); ++i)
      ++seen[{commands[i].op, answers[i].result}];
  }
  for (auto op : {command_op::set, command_op::event, command_op::get, command_op::despawn}) {
    EXPECT_GT((seen[{op, command_result::applied}]), 3);
    EXPECT_GT((seen[{op, command_result::no_such_entity}]), 3);
  }
}

} // namespace
} // namespace tessera::testing
