// One world, same bits: whatever cuts, orders, shuffles or spreads the work, every tick's hash is the
// same, and so is every figure that speaks of the world.
#include "games/flock/flock.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tessera::testing {
namespace {

constexpr tick_number ticks = 60;

struct variant {
  std::string name;
  std::shared_ptr<const world_setup> setup;
  std::shared_ptr<const layout> cut;
  run_options options;
};

/// A world and what it must equal: itself under the first layout, in order, in line.
class one_hash : public ::testing::Test {
protected:
  void compare_all(const std::vector<variant>& variants, const run_options& plain) {
    auto expected = run(setup_, layouts_of(*setup_).front().cut, plain);
    for (const auto& v : variants) {
      auto found = run(v.setup, v.cut, v.options);
      std::string difference = first_difference(expected, found);
      EXPECT_EQ(difference, "") << v.name << ": "
                                << explain(setup_, layouts_of(*setup_).front().cut, v.setup, v.cut,
                                           plain, v.options);
    }
  }

  std::vector<variant> every_layout(const run_options& options) {
    std::vector<variant> out;
    for (const auto& l : layouts_of(*setup_))
      out.push_back({l.name, setup_, l.cut, options});
    return out;
  }

  static world_options seeded(std::uint64_t seed) {
    world_options options;
    options.seed = seed;
    return options;
  }

  world_options options_ = seeded(7);
  std::shared_ptr<const world_setup> setup_ = make_world(wanderers::definition.define, options_);
};

TEST_F(one_hash, the_wanderers_really_do_everything) {
  auto cut = layouts_of(*setup_).back().cut;
  run_options options;
  options.ticks = ticks;
  options.commands = wanderers_commands(*setup_, 3, 400, ticks);
  world_summary all;
  std::map<command_result, int> answers;
  for (const auto& s : run(setup_, cut, options)) {
    all.born += s.born;
    all.died += s.died;
    all.migrations += s.migrations;
    all.events_sent += s.events_sent;
    all.events_crossing += s.events_crossing;
    all.events_refused += s.events_refused;
    all.far_mail += s.far_mail;
    all.travelling += s.travelling;
    for (const auto& a : s.answers())
      ++answers[a.result];
  }
  EXPECT_GT(all.born, 500u);
  EXPECT_GT(all.died, 500u);
  EXPECT_GT(all.migrations, 300u);
  EXPECT_GT(all.events_sent, 5000u);
  EXPECT_GT(all.events_crossing, 500u);
  EXPECT_GT(all.events_refused, 100u);
  EXPECT_GT(all.far_mail, 1000u);
  EXPECT_GT(all.travelling, 300u);
  EXPECT_GT(answers[command_result::applied], 50);
  EXPECT_GT(answers[command_result::no_such_entity], 50);
  EXPECT_GT(answers[command_result::repeated], 10);
  EXPECT_GT(answers[command_result::rejected], 5);
}

TEST_F(one_hash, under_every_layout) {
  run_options options;
  options.ticks = ticks;
  compare_all(every_layout(options), options);
}

TEST_F(one_hash, with_commands_of_every_kind) {
  run_options options;
  options.ticks = ticks;
  options.commands = wanderers_commands(*setup_, 11, 600, ticks);
  compare_all(every_layout(options), options);
}

TEST_F(one_hash, in_any_order_of_steps) {
  run_options options;
  options.ticks = ticks;
  options.commands = wanderers_commands(*setup_, 12, 200, ticks);
  std::vector<variant> variants;
  for (std::uint64_t seed : {1, 2, 3}) {
    run_options any_order = options;
    any_order.lockstep.order_seed = seed;
    for (const auto& v : every_layout(any_order))
      if (v.name != "1x1")
        variants.push_back({v.name + " order " + std::to_string(seed), v.setup, v.cut, v.options});
  }
  compare_all(variants, options);
}

TEST_F(one_hash, whatever_the_order_in_which_commands_arrive) {
  run_options options;
  options.ticks = ticks;
  options.commands = wanderers_commands(*setup_, 13, 300, ticks);
  // Without repeats: which of two commands with one number came first is for the sender to know.
  std::map<std::tuple<session_id, std::uint64_t>, int> count;
  for (const auto& c : options.commands)
    ++count[c.order()];
  std::erase_if(options.commands, [&](const command& c) { return count[c.order()] > 1; });
  run_options backwards = options;
  std::reverse(backwards.commands.begin(), backwards.commands.end());
  auto cut = layouts_of(*setup_).back().cut;
  EXPECT_EQ(first_difference(run(setup_, cut, options), run(setup_, cut, backwards)), "");
}

TEST_F(one_hash, with_rows_shuffled_on_load) {
  run_options options;
  options.ticks = ticks;
  options.commands = wanderers_commands(*setup_, 14, 200, ticks);
  std::vector<variant> variants;
  for (std::uint64_t seed : {1, 2}) {
    world_options shuffled = options_;
    shuffled.shuffle_rows_seed = seed;
    auto setup = make_world(wanderers::definition.define, shuffled);
    for (const char* name : {"1x1", "3x5", "uneven"})
      for (const auto& l : layouts_of(*setup))
        if (l.name == name)
          variants.push_back({l.name + " shuffled", setup, l.cut, options});
  }
  compare_all(variants, options);
}

TEST_F(one_hash, with_any_number_of_threads) {
  run_options options;
  options.ticks = ticks;
  options.commands = wanderers_commands(*setup_, 15, 200, ticks);
  std::vector<std::unique_ptr<executor>> executors;
  std::vector<variant> variants;
  for (unsigned threads : {1u, 2u, 4u}) {
    executors.push_back(make_thread_executor(threads));
    run_options spread = options;
    spread.lockstep.resources = {executors.back().get(), threads, 0};
    for (const auto& v : every_layout(spread))
      if (v.name == "1x1" || v.name == "2x2" || v.name == "uneven")
        variants.push_back(
          {v.name + " on " + std::to_string(threads) + " threads", v.setup, v.cut, v.options});
  }
  auto in_line = make_inline_executor();
  run_options options_in_line = options;
  options_in_line.lockstep.resources = {in_line.get(), 4, 0};
  variants.push_back({"cut for four but in line", setup_, grid(*setup_, 2, 2), options_in_line});
  compare_all(variants, options);
}

TEST_F(one_hash, of_random_worlds) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    world_options options = options_;
    options.seed = seed;
    options.parameters = {{"wild", 1}};
    // Cells of 8 m make borders of everything; with 16 m a bin is half a cell.
    options.cell_size_m = seed % 2 == 0 ? 8.0F : 16.0F;
    auto setup = make_world(wanderers::definition.define, options);
    auto layouts = layouts_of(*setup);
    run_options run_it;
    run_it.ticks = 40;
    run_it.commands = wanderers_commands(*setup, seed, 200, run_it.ticks);
    auto expected = run(setup, layouts.front().cut, run_it);
    run_options any_order = run_it;
    any_order.lockstep.order_seed = seed;
    for (std::size_t l : {1 + seed % 4, 1 + (seed + 1) % 4}) {
      auto found = run(setup, layouts[l].cut, any_order);
      EXPECT_EQ(first_difference(expected, found), "")
        << "seed " << seed << " under " << layouts[l].name << ": "
        << explain(setup, layouts.front().cut, setup, layouts[l].cut, run_it, any_order);
    }
  }
}

TEST_F(one_hash, differs_when_anything_differs) {
  run_options options;
  options.ticks = 10;
  auto cut = grid(*setup_, 2, 2);
  auto expected = run(setup_, cut, options);
  world_options other_seed = options_;
  other_seed.seed = 8;
  EXPECT_NE(run(make_world(wanderers::definition.define, other_seed), cut, options).back().hash,
            expected.back().hash);
  // One command, three commands whose effects are small, and a repeat that does not even apply.
  auto who = entity_id::make(5, 5, 1);
  options.commands = {stamped(set_component(*setup_->game, who, wanderers::mood{1, 1}), 1, 1, 3)};
  EXPECT_NE(run(setup_, cut, options).back().hash, expected.back().hash);
  options.commands = {stamped(despawn(entity_id::make(1, 1, 4000)), 1, 1, 3)};
  EXPECT_NE(run(setup_, cut, options).back().hash, expected.back().hash)
    << "the sequence number that was used up is state";
}

/// A few thousand agents, on a world a little wider than their square.
world_options flock_options(double agents) {
  world_options options;
  options.extent = {0, 0, 16, 16};
  options.cell_size_m = 16;
  options.seed = 5;
  options.parameters = {{"agents", agents}};
  return options;
}

TEST(flock_hash, is_one_under_every_layout_and_any_threads) {
  auto setup = make_world(flock::definition.define, flock_options(3000));
  run_options options;
  options.ticks = 60;
  auto expected = run(setup, layouts_of(*setup).front().cut, options);
  EXPECT_EQ(expected.back().entities, 3000u);
  auto workers = make_thread_executor(4);
  for (const auto& l : layouts_of(*setup)) {
    run_options other = options;
    other.lockstep.order_seed = 9;
    other.lockstep.resources = {workers.get(), 4, 0};
    EXPECT_EQ(first_difference(expected, run(setup, l.cut, other)), "") << l.name;
  }
}

// More rows than a chunk of the index and a part of the closing pass hold, so that both are spread.
TEST(flock_hash, of_a_hot_shard_is_the_same_on_four_threads) {
  world_options big = flock_options(40000);
  big.cell_size_m = 64;
  auto setup = make_world(flock::definition.define, big);
  run_options options;
  options.ticks = 6;
  auto workers = make_thread_executor(4);
  run_options spread = options;
  spread.lockstep.resources = {workers.get(), 4, 0};
  auto expected = run(setup, grid(*setup, 4, 4), options);
  EXPECT_EQ(first_difference(expected, run(setup, grid(*setup, 1, 1), spread)), "");
  EXPECT_EQ(first_difference(expected, run(setup, grid(*setup, 1, 2), spread)), "");
}

// The same values from gcc and clang, debug and release, x86-64 and x86-64-v3: this test runs in all
// of them.
TEST(golden_hash, of_the_flock) {
  auto setup = make_world(flock::definition.define, flock_options(3000));
  run_options options;
  options.ticks = 100;
  EXPECT_EQ(check_golden("flock", run(setup, grid(*setup, 2, 2), options), 10), "");
}

TEST(golden_hash, of_the_wanderers) {
  world_options seven;
  seven.seed = 7;
  auto setup = make_world(wanderers::definition.define, seven);
  run_options options;
  options.ticks = 60;
  options.commands = wanderers_commands(*setup, 3, 300, 60);
  EXPECT_EQ(check_golden("wanderers", run(setup, grid(*setup, 3, 5), options), 5), "");
}

} // namespace
} // namespace tessera::testing
