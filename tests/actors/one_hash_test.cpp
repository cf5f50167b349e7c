// One world, same bits, with everything in play: actors, workers, threads inside shards, delays.
#include "games/games.hpp"
#include "sdk/open_world.hpp"
#include "tests/actors/engine_runs.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <tuple>

namespace tessera::testing {
namespace {

constexpr tick_number ticks = 600;

std::shared_ptr<const world_setup> open_named(const std::string& text) {
  auto config =
    parse_world_file(text, std::string{TESSERA_SOURCE_DIR} + "/configs/worlds/test.toml");
  if (!config)
    throw std::runtime_error(config.error().message);
  auto opened = open_world(*config, built_in_games());
  if (!opened)
    throw std::runtime_error(opened.error().message);
  return opened->setup;
}

std::shared_ptr<const world_setup> small_flock() {
  return open_named("name='f'\ngame='flock'\nseed=3\nextent=[16,16]\ncell_size_m=16\n"
                    "[parameters]\nagents=3500\n");
}

std::shared_ptr<const world_setup> small_herds() {
  return open_named("name='h'\ngame='herds'\nseed=5\nextent=[40,40]\n"
                    "terrain='jacksboro_fault.toml'\n[parameters]\ngrazers=1500\npredators=30\n");
}

engine_options options_of(unsigned workers, std::uint64_t delay_seed) {
  engine_options options;
  options.workers = workers;
  options.ticks = ticks;
  options.delay_seed = delay_seed;
  return options;
}

void expect_one_hash(const std::shared_ptr<const world_setup>& setup,
                     const std::vector<command>& commands = {}) {
  auto layouts = layouts_of(*setup);
  auto first_options = options_of(1, 0);
  first_options.commands = commands;
  engine_run reference = run_engine(setup, layouts[0].cut, first_options);
  ASSERT_FALSE(reference.result.failure);
  ASSERT_EQ(reference.hashes.size(), ticks / 50 + 1);
  std::uint64_t migrations = 0;
  unsigned workers[] = {1, 2, 4};
  std::uint64_t delay_seed = 0;
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    // One run without delays per layout, the others delayed at random.
    for (unsigned w : workers) {
      auto options = options_of(w, w == workers[i % 3] ? 0 : ++delay_seed);
      options.commands = commands;
      engine_run run = run_engine(setup, layouts[i].cut, options);
      EXPECT_FALSE(run.result.failure);
      EXPECT_EQ(run.hashes, reference.hashes) << layouts[i].name << ", " << w << " workers";
      EXPECT_EQ(run.answers.size(), reference.answers.size());
      migrations += run.migrations;
    }
  }
  EXPECT_GT(migrations, 0U) << "nobody crossed a border: the test shows nothing";
}

TEST(one_hash_with_actors, flock_is_the_same_under_every_layout_and_worker_count) {
  expect_one_hash(small_flock());
}

TEST(one_hash_with_actors, herds_is_the_same_under_every_layout_and_worker_count) {
  expect_one_hash(small_herds());
}

TEST(one_hash_with_actors, a_world_of_everything_is_the_same_with_commands) {
  world_options options;
  auto setup = make_world(wanderers::definition.define, options);
  expect_one_hash(setup, wanderers_commands(*setup, 11, 300, ticks));
}

TEST(one_hash_with_actors, shuffled_rows_do_not_show) {
  world_options options;
  auto plain = make_world(wanderers::definition.define, options);
  options.shuffle_rows_seed = 99;
  auto shuffled = make_world(wanderers::definition.define, options);
  auto a = run_engine(plain, grid(*plain, 2, 2), options_of(2, 0));
  auto b = run_engine(shuffled, grid(*shuffled, 3, 5), options_of(2, 7));
  EXPECT_EQ(a.hashes, b.hashes);
}

} // namespace
} // namespace tessera::testing
