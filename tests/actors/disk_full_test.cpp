// A disk that gets full under the running world: nothing more is acknowledged, the world says so and ends, and
// with room again it goes on with all that was acknowledged.
#include "actors/kept_world.hpp"
#include "tests/actors/engine_runs.hpp"
#include "tests/persistence/simulated_disk.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <gtest/gtest.h>
#include <mutex>
#include <optional>
#include <set>

namespace tessera::testing {
namespace {

struct full_disk : ::testing::Test {
  static constexpr tick_number last_tick = 1500;
  static constexpr const char* path = "world";

  full_disk() {
    world_options small;
    small.extent = {0, 0, 8, 8};
    setup = make_world(wanderers::definition.define, small);
    commands = wanderers_commands(*setup, 5, 3000, last_tick);
  }

  /// Until the disk is full, or the last tick.
  engine_result run(std::shared_ptr<kept_world> keep, const std::shared_ptr<const layout>& cut) {
    engine_options options;
    options.workers = 2;
    options.ticks = last_tick;
    for (const auto& c : commands)
      if (c.tick >= keep->recovered().next_tick)
        options.commands.push_back(c);
    options.keep = std::move(keep);
    std::map<tick_number, std::vector<command_answer>> waiting;
    std::mutex lock; // callbacks come one at a time, on any worker
    options.on_summary = [&](const world_summary& s) {
      std::lock_guard held{lock};
      if (s.tick > 0)
        waiting[s.tick - 1] = s.answers();
      hashes[s.tick] = s.hash;
    };
    options.on_durable = [&](tick_number tick) {
      std::lock_guard held{lock};
      for (auto at = waiting.begin(); at != waiting.end() && at->first <= tick;
           at = waiting.erase(at))
        for (const auto& a : at->second)
          acknowledged.emplace(a.session, a.sequence);
      durable = tick;
    };
    auto world = engine::start(setup, cut, std::move(options));
    EXPECT_TRUE(world);
    return (*world)->wait();
  }

  std::shared_ptr<const world_setup> setup;
  std::vector<command> commands;
  std::optional<simulated_disk> disk;
  std::set<std::pair<session_id, std::uint64_t>> acknowledged;
  std::map<tick_number, std::uint64_t> hashes;
  std::optional<tick_number> durable;
};

TEST_F(full_disk, stops_the_world_which_goes_on_with_all_that_was_acknowledged_once_there_is_room) {
  keep_options keep;
  keep.flush_interval_ms = 1;
  keep.retention = 1'000'000;
  for (bool checkpoints : {false, true}) {
    for (bool border_log : {false, true}) {
      const std::uint64_t room = border_log ? 700'000 : 200'000;
      SCOPED_TRACE("checkpoints " + std::to_string(checkpoints) + ", border log " +
                   std::to_string(border_log));
      disk.emplace(room);
      acknowledged.clear();
      hashes.clear();
      durable.reset();
      keep.recovery_target_s = checkpoints ? 1e-9 : 1e9;
      keep.border_log = border_log;
      auto cut = grid(*setup, 2, 1);
      auto made = kept_world::create(*disk, path, {}, *setup, *cut, keep);
      ASSERT_TRUE(made) << made.error().message;
      disk->set_capacity(disk->used_bytes() + room);
      auto ended = run(std::move(*made), cut);
      ASSERT_TRUE(ended.storage_failure) << "the disk never got full";
      EXPECT_EQ(ended.storage_failure->code, error_code::disk_full)
        << ended.storage_failure->message;
      EXPECT_FALSE(ended.failure);
      EXPECT_LT(ended.last.tick, last_tick);
      EXPECT_EQ(ended.kept->durable_tick, durable);

      // As it is, with no room, and after power loss, too.
      if (checkpoints)
        disk->crash();
      disk->set_capacity(std::numeric_limits<std::uint64_t>::max());
      auto before = hashes;
      auto back = kept_world::open(*disk, path, *setup, *cut, keep);
      ASSERT_TRUE(back) << back.error().message;
      tick_number next = (*back)->recovered().next_tick;
      EXPECT_GE(next, durable ? *durable + 1 : 0);
      auto all = read_kept_world(*disk, (*back)->directory(), *setup, 0);
      ASSERT_TRUE(all) << all.error().message;
      std::set<std::pair<session_id, std::uint64_t>> kept;
      for (const auto& c : commands_of(all->inputs))
        kept.emplace(c.session, c.sequence);
      for (const auto& one : acknowledged)
        EXPECT_TRUE(kept.contains(one)) << one.first << ":" << one.second;
      EXPECT_GT(acknowledged.size(), 20U) << "hardly anything was acknowledged";
      if (checkpoints)
        continue;
      auto on = run(std::move(*back), cut);
      EXPECT_FALSE(on.storage_failure);
      EXPECT_EQ(on.last.tick, last_tick);
      for (tick_number tick = 0; tick <= next; ++tick)
        EXPECT_EQ(hashes[tick], before[tick]) << "tick " << tick;
    }
  }
}

} // namespace
} // namespace tessera::testing
