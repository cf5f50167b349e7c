#include "shards/instance_board.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

namespace tessera {
namespace {

/// Columns whose every row says which shard and tick it is of.
void fill(instance_columns& out, std::size_t shard, tick_number tick, std::size_t rows) {
  out.tick = tick;
  out.ids.assign(rows, entity_id{shard * 1'000'000 + tick});
}

void publish(instance_board& board, std::size_t shard, tick_number tick, std::size_t rows = 3) {
  instance_columns* columns = board.blank(shard);
  fill(*columns, shard, tick, rows);
  board.publish(shard, columns);
}

TEST(instance_board, nothing_is_shown_before_all_shards_have_published) {
  instance_board board{2};
  EXPECT_FALSE(board.take(std::nullopt));
  publish(board, 0, 5);
  EXPECT_FALSE(board.take(std::nullopt));
}

TEST(instance_board, the_newest_tick_that_all_have_published_is_shown) {
  instance_board board{2};
  for (tick_number t = 5; t <= 9; ++t)
    publish(board, 0, t);
  publish(board, 1, 5);
  publish(board, 1, 6);
  auto taken = board.take(std::nullopt);
  ASSERT_TRUE(taken);
  for (const auto* columns : *taken)
    EXPECT_EQ(columns->tick, 6u);
  board.give_back(*taken);
  EXPECT_FALSE(board.take(6)) << "it was shown already";
}

TEST(instance_board, a_shard_that_was_overtaken_is_never_mixed_with_others) {
  instance_board board{2};
  publish(board, 1, 3);
  for (tick_number t = 3; t <= 3 + instance_board::ring_size; ++t) // against the rules of grants
    publish(board, 0, t);
  EXPECT_FALSE(board.take(std::nullopt));
  for (tick_number t = 4; t <= 3 + instance_board::ring_size; ++t)
    publish(board, 1, t);
  auto taken = board.take(std::nullopt);
  ASSERT_TRUE(taken) << "what was put back is lost";
  EXPECT_EQ(taken->at(0)->tick, 3 + instance_board::ring_size);
  EXPECT_EQ(taken->at(1)->tick, 3 + instance_board::ring_size);
  board.give_back(*taken);
}

TEST(instance_board, a_world_that_goes_back_never_shows_old_ticks_beside_new_ones) {
  instance_board board{2};
  for (std::size_t s : {0u, 1u})
    for (tick_number t = 3; t <= 6; ++t)
      publish(board, s, t);
  board.forget();
  EXPECT_FALSE(board.take(std::nullopt));
  for (tick_number t = 4; t <= 6; ++t)
    publish(board, 0, t, 8);
  EXPECT_FALSE(board.take(std::nullopt)) << "of shard 1 there are only ticks of before";
  publish(board, 1, 4, 8);
  auto taken = board.take(std::nullopt);
  ASSERT_TRUE(taken);
  for (const auto* columns : *taken) {
    EXPECT_EQ(columns->tick, 4u);
    EXPECT_EQ(columns->ids.size(), 8u);
  }
  board.give_back(*taken);
}

TEST(instance_board, memory_is_used_again) {
  struct counting : std::pmr::memory_resource {
    int made = 0;
    void* do_allocate(std::size_t bytes, std::size_t align) override {
      ++made;
      return std::pmr::new_delete_resource()->allocate(bytes, align);
    }
    void do_deallocate(void* at, std::size_t bytes, std::size_t align) override {
      std::pmr::new_delete_resource()->deallocate(at, bytes, align);
    }
    bool do_is_equal(const memory_resource& other) const noexcept override {
      return this == &other;
    }
  } memory;
  instance_board board{1, &memory};
  auto run = [&](tick_number from, tick_number to) {
    for (tick_number t = from; t < to; ++t) {
      publish(board, 0, t, 100);
      if (auto taken = board.take(std::nullopt))
        board.give_back(*taken);
    }
  };
  run(0, 50);
  const int after_warm_up = memory.made;
  run(50, 1000);
  EXPECT_EQ(memory.made, after_warm_up);
}

TEST(instance_board, shards_and_a_slow_watcher_never_see_each_others_memory) {
  constexpr std::size_t shards = 3;
  constexpr tick_number ticks = 3000;
  instance_board board{shards};
  board.watch(true);
  // A stand-in for the conductor's grants: nobody is further ahead than the rules allow.
  std::array<std::atomic<tick_number>, shards> done{};
  auto slowest = [&] {
    tick_number least = ticks;
    for (const auto& d : done)
      least = std::min(least, d.load());
    return least;
  };
  std::vector<std::thread> threads;
  for (std::size_t s = 0; s < shards; ++s)
    threads.emplace_back([&, s] {
      for (tick_number t = 0; t < ticks; ++t) {
        while (t > slowest() + limits::far_mail_ticks)
          std::this_thread::yield();
        if (board.watched())
          publish(board, s, t, 1 + t % 50);
        done[s] = t + 1;
      }
    });
  std::optional<tick_number> shown;
  std::vector<instance_columns*> before;
  std::uint64_t frames = 0;
  while (!shown || *shown + 1 < ticks) {
    auto taken = board.take(shown);
    if (!taken) {
      std::this_thread::yield();
      continue;
    }
    ++frames;
    for (std::size_t s = 0; s < shards; ++s) {
      const auto& columns = *(*taken)[s];
      ASSERT_EQ(columns.tick, taken->front()->tick);
      ASSERT_EQ(columns.ids.size(), 1 + columns.tick % 50);
      for (entity_id id : columns.ids)
        ASSERT_EQ(id.value, s * 1'000'000 + columns.tick);
    }
    shown = taken->front()->tick;
    if (!before.empty())
      board.give_back(before);
    before = *taken; // two ticks are held, to go between them
  }
  for (auto& thread : threads)
    thread.join();
  board.give_back(before);
  EXPECT_GT(frames, 0u);
}

} // namespace
} // namespace tessera
