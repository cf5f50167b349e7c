// A world in a data directory goes on from where it stood, under any layout, as if it had never stopped.
#include "actors/keeping.hpp"
#include "actors/kept_world.hpp"
#include "actors/shard_replay.hpp"
#include "tests/actors/engine_runs.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <atomic>
#include <future>
#include <gtest/gtest.h>

namespace tessera::testing {
namespace {

struct kept_worlds : ::testing::Test {
  std::shared_ptr<const world_setup> setup = make_world(wanderers::definition.define);
  std::vector<command> commands = wanderers_commands(*setup, 11, 400, 300);
  temporary_directory folder;
  std::string path = folder.path + "/world";

  std::unique_ptr<kept_world> create(const std::shared_ptr<const layout>& cut,
                                     const keep_options& options = {}) {
    auto made = kept_world::create(posix_files(), path, {}, *setup, *cut, options);
    if (!made)
      throw std::runtime_error(made.error().message);
    return std::move(*made);
  }
  std::unique_ptr<kept_world> open(const std::shared_ptr<const layout>& cut,
                                   const keep_options& options = {}) {
    auto made = kept_world::open(posix_files(), path, *setup, *cut, options);
    if (!made)
      throw std::runtime_error(made.error().message);
    return std::move(*made);
  }

  /// Runs up to `ticks`; the hashes of every state seen.
  engine_result run(std::shared_ptr<kept_world> keep, const std::shared_ptr<const layout>& cut,
                    tick_number ticks, unsigned workers = 2) {
    engine_options options;
    options.workers = workers;
    options.ticks = ticks;
    options.keep = std::move(keep);
    for (const auto& c : commands)
      if (c.tick < ticks)
        options.commands.push_back(c);
    options.on_summary = [this](const world_summary& s) {
      auto [at, first] = hashes.emplace(s.tick, s.hash);
      EXPECT_EQ(at->second, s.hash) << "tick " << s.tick << (first ? "" : ", run again");
      for (const auto& a : s.answers)
        answers[{a.session, a.sequence}].push_back(a.result);
    };
    options.on_durable = [this](tick_number tick) { durable = tick; };
    auto world = engine::start(setup, cut, std::move(options));
    EXPECT_TRUE(world);
    auto result = (*world)->wait();
    EXPECT_FALSE(result.failure) << result.failure->message;
    EXPECT_FALSE(result.storage_failure) << result.storage_failure->message;
    return result;
  }

  result<shard_replay> replay(const data_directory& directory,
                              const shard_replay_request& request) const {
    return replay_shard(posix_files(), directory, setup, request);
  }

  std::map<tick_number, std::uint64_t> hashes;
  std::map<std::pair<session_id, std::uint64_t>, std::vector<command_result>> answers;
  std::optional<tick_number> durable;
};

TEST_F(kept_worlds, one_that_was_stopped_goes_on_under_another_layout_with_the_same_hashes) {
  engine_options plain;
  plain.workers = 1;
  plain.ticks = 300;
  plain.commands = commands;
  std::map<tick_number, std::uint64_t> expected;
  plain.on_summary = [&](const world_summary& s) { expected[s.tick] = s.hash; };
  (*engine::start(setup, grid(*setup, 1, 1), plain))->wait();

  auto first = run(create(grid(*setup, 2, 2)), grid(*setup, 2, 2), 120);
  EXPECT_EQ(first.kept->durable_tick, 119U);
  EXPECT_EQ(first.kept->checkpoint_tick, 120U);
  auto second = run(open(grid(*setup, 3, 5)), grid(*setup, 3, 5), 200);
  EXPECT_EQ(second.kept->recovered_from, 120U);
  EXPECT_EQ(second.kept->replayed_ticks, 0U);
  EXPECT_EQ(second.kept->hashes_checked, 1U);
  auto third = run(open(grid(*setup, 1, 1)), grid(*setup, 1, 1), 300, 1);
  EXPECT_EQ(third.kept->recovered_from, 200U);
  EXPECT_EQ(hashes, expected);
  EXPECT_EQ(durable, 299U);
}

TEST_F(kept_worlds, commands_that_were_applied_before_are_answered_as_repeats) {
  auto cut = grid(*setup, 2, 2);
  run(create(cut), cut, 100);
  auto before = answers;
  run(open(cut), cut, 150);
  std::size_t repeated = 0;
  for (const auto& [who, first] : before) {
    const auto& both = answers[who];
    ASSERT_EQ(both.size(), 2 * first.size());
    for (std::size_t i = first.size(); i < both.size(); ++i)
      EXPECT_EQ(both[i], command_result::repeated);
    ++repeated;
  }
  EXPECT_GT(repeated, 50U);
}

TEST_F(kept_worlds, every_shard_replayed_alone_gives_its_own_hashes) {
  keep_options all;
  all.recovery_target_s = 1e9;
  all.retention = 1'000'000;
  auto cut = grid(*setup, 2, 3);
  run(create(cut, all), cut, 80);
  run(open(cut, all), cut, 120);
  run(open(cut, all), cut, 200);
  auto directory = data_directory::open_to_read(posix_files(), path);
  ASSERT_TRUE(directory);
  ASSERT_EQ(directory->current().checkpoints.front().tick, 120U);
  for (shard_id s = 0; s < cut->size(); ++s) {
    auto to_the_stop = replay(*directory, {s, 0, 80});
    ASSERT_TRUE(to_the_stop) << to_the_stop.error().message;
    EXPECT_FALSE(to_the_stop->differs_at) << "shard " << s << ", tick " << *to_the_stop->differs_at;
    EXPECT_EQ(to_the_stop->hashes_checked, 80U);
    auto through_a_checkpoint = replay(*directory, {s});
    ASSERT_TRUE(through_a_checkpoint) << through_a_checkpoint.error().message;
    EXPECT_FALSE(through_a_checkpoint->differs_at)
      << "shard " << s << ", tick " << *through_a_checkpoint->differs_at;
    EXPECT_EQ(through_a_checkpoint->from, 120U);
    EXPECT_EQ(through_a_checkpoint->to, 200U);
    EXPECT_EQ(through_a_checkpoint->hashes_checked, 80U);
    auto across = replay(*directory, {s, 0});
    ASSERT_FALSE(across);
    EXPECT_NE(across.error().message.find("cannot give tick 80"), std::string::npos)
      << across.error().message;
  }
}

TEST_F(kept_worlds, one_that_died_writes_its_borders_again_and_a_checkpoint_may_be_asked_for) {
  keep_options all;
  all.recovery_target_s = 1e9;
  all.retention = 1'000'000;
  auto cut = grid(*setup, 2, 2);
  tick_number taken = 0;
  {
    engine_options options;
    options.workers = 2;
    options.keep = create(cut, all);
    options.commands = commands;
    std::promise<void> far_enough;
    std::atomic<tick_number> taken_at{0};
    std::atomic<bool> told{false};
    options.on_summary = [&](const world_summary& s) {
      bool far = taken_at != 0 && s.tick >= taken_at + 3 * keeping::most_borders_ahead;
      if (far && !told.exchange(true))
        far_enough.set_value();
    };
    auto world = engine::start(setup, cut, std::move(options));
    ASSERT_TRUE(world);
    auto made = (*world)->take_checkpoint();
    ASSERT_TRUE(made) << made.error().message;
    taken = *made;
    taken_at = taken;
    far_enough.get_future().wait();
  } // it dies: nothing is closed
  for (int i = 0; i < 2; ++i) {
    auto keep = open(cut, all);
    EXPECT_EQ(keep->recovered().state_tick(), taken);
    tick_number stood = keep->recovered().next_tick;
    std::shared_ptr<kept_world> kept = std::move(keep);
    engine_options options;
    options.workers = 2;
    options.keep = kept;
    options.ticks = stood + (i == 0 ? 0 : 20);
    auto world = engine::start(setup, cut, std::move(options));
    ASSERT_TRUE(world);
    if (i == 1)
      (*world)->wait();
  }
  auto directory = data_directory::open_to_read(posix_files(), path);
  ASSERT_TRUE(directory);
  for (shard_id s = 0; s < cut->size(); ++s) {
    auto all_of_it = replay(*directory, {s});
    ASSERT_TRUE(all_of_it) << all_of_it.error().message;
    EXPECT_FALSE(all_of_it->differs_at) << "shard " << s << ", tick " << *all_of_it->differs_at;
    EXPECT_EQ(all_of_it->from, 0U) << "from one life into the next without a checkpoint";
    EXPECT_EQ(all_of_it->to, all_of_it->end);
    EXPECT_EQ(all_of_it->hashes_checked, all_of_it->to);
  }
}

TEST_F(kept_worlds, a_shard_whose_border_log_has_a_gap_is_said_to_have_one) {
  keep_options without;
  without.border_log = false;
  auto cut = grid(*setup, 2, 2);
  run(create(cut, without), cut, 20);
  auto directory = data_directory::open_to_read(posix_files(), path);
  auto alone = replay(*directory, {0, 0});
  ASSERT_FALSE(alone);
  EXPECT_NE(alone.error().message.find("there is no border log"), std::string::npos)
    << alone.error().message;
}

} // namespace
} // namespace tessera::testing
