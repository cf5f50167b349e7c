// What the engine promises to whoever watches its shards' columns: whole ticks, and a world that neither
// waits for it nor knows of it.
#include "shards/instance_board.hpp"
#include "tests/actors/engine_runs.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <atomic>
#include <cstring>
#include <thread>

namespace tessera::testing {
namespace {

/// The columns of all shards as one, in the order of ids.
instance_columns joined(std::span<instance_columns* const> parts) {
  instance_columns all;
  all.tick = parts.front()->tick;
  auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  for (const auto* part : parts) {
    EXPECT_EQ(part->tick, all.tick);
    append(all.places, part->places);
    append(all.turns, part->turns);
    append(all.materials, part->materials);
    append(all.ids, part->ids);
  }
  order_by_id(all);
  return all;
}

template <class T>
bool same_bits(const std::pmr::vector<T>& l, const std::pmr::vector<T>& r) {
  return l.size() == r.size() && std::memcmp(l.data(), r.data(), l.size() * sizeof(T)) == 0;
}

/// What one shard that owns everything looks like at the same tick.
void expect_as_one_shard_shows_it(lockstep_world& alone, const world_setup& setup,
                                  const instance_columns& seen) {
  alone.run_to(seen.tick);
  instance_columns wanted;
  write_instances(alone.at(0), {}, appearance_of(*setup.game), setup.cell_size_m, wanted);
  order_by_id(wanted);
  EXPECT_TRUE(same_bits(seen.ids, wanted.ids)) << "tick " << seen.tick;
  EXPECT_TRUE(same_bits(seen.places, wanted.places)) << "tick " << seen.tick;
  EXPECT_TRUE(same_bits(seen.turns, wanted.turns)) << "tick " << seen.tick;
  EXPECT_TRUE(same_bits(seen.materials, wanted.materials)) << "tick " << seen.tick;
}

TEST(onlooker, sees_whole_ticks_of_a_running_world_and_the_last_one) {
  auto setup = make_world(wanderers::definition.define);
  auto cut = grid(*setup, 3, 5);
  engine_options options;
  options.workers = 2;
  options.ticks = 120;
  options.delay_seed = 7;
  options.looks = std::make_shared<instance_board>(cut->size());
  instance_board& board = *options.looks;
  board.watch(true);
  auto world = engine::start(setup, cut, options);
  ASSERT_TRUE(world);
  std::vector<instance_columns> seen;
  auto look = [&] {
    const auto after = seen.empty() ? std::nullopt : std::optional(seen.back().tick);
    if (auto taken = board.take(after)) {
      seen.push_back(joined(*taken));
      board.give_back(*taken);
    }
  };
  std::atomic<bool> over{false};
  std::thread waiter([&] {
    (*world)->wait();
    over = true;
  });
  while (!over) {
    look();
    std::this_thread::yield();
  }
  waiter.join();
  look();
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.back().tick, options.ticks);
  lockstep_world alone{setup, grid(*setup, 1, 1)};
  for (const auto& columns : seen)
    expect_as_one_shard_shows_it(alone, *setup, columns);
}

TEST(onlooker, the_world_hashes_as_one_that_nobody_watches) {
  auto setup = make_world(wanderers::definition.define);
  engine_options options;
  options.workers = 2;
  options.ticks = 150;
  const auto alone = run_engine(setup, grid(*setup, 4, 4), options);
  for (bool watched : {false, true}) {
    options.looks = std::make_shared<instance_board>(16);
    options.looks->watch(watched);
    const auto run = run_engine(setup, grid(*setup, 4, 4), options);
    EXPECT_EQ(run.hashes, alone.hashes) << watched;
    const auto taken = options.looks->take(std::nullopt);
    EXPECT_EQ(taken.has_value(), watched) << "nothing is written down where nobody watches";
    if (taken)
      options.looks->give_back(*taken);
  }
}

TEST(onlooker, one_that_keeps_what_it_took_and_never_comes_back_stops_no_tick) {
  auto setup = make_world(wanderers::definition.define);
  engine_options options;
  options.workers = 2;
  options.ticks = 300;
  options.looks = std::make_shared<instance_board>(4);
  options.looks->watch(true);
  std::atomic<bool> took{false};
  std::vector<instance_columns*> kept;
  // On the conductor's thread: it is the one onlooker, and after this it stalls for good.
  options.on_summary = [&](const world_summary&) {
    if (took)
      return;
    if (auto taken = options.looks->take(std::nullopt)) {
      kept = *taken;
      took = true;
    }
  };
  auto world = engine::start(setup, grid(*setup, 2, 2), options);
  ASSERT_TRUE(world);
  const auto ended = (*world)->wait();
  EXPECT_EQ(ended.last.tick, options.ticks);
  ASSERT_TRUE(took);
  EXPECT_LT(kept.front()->tick, options.ticks);
  options.looks->give_back(kept);
}

} // namespace
} // namespace tessera::testing
