// What the engine promises beside the hash: it ends, it says why, it keeps time, it answers.
#include "actors/engine.hpp"

#include "sdk/game.hpp"
#include "tests/actors/engine_runs.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <future>

namespace {

struct fuse {
  std::uint32_t ticks = 0;
};
constexpr auto describe(tessera::of<fuse>) {
  return tessera::describe_as("fuse", tessera::field<&fuse::ticks>("ticks"));
}

struct burn {
  static constexpr const char* name = "burn";
  using access = tessera::access<tessera::writes<fuse>>;
  static void run(const tessera::entity<access>& self) {
    if (++self.get<fuse>().ticks == 30 && self.where().x == 5 && self.where().z == 5)
      throw std::runtime_error("the fuse has burnt down");
  }
};

void define_fuses(tessera::game_builder& game) {
  game.component<fuse>();
  game.system<burn>();
  game.fill([](tessera::cell_start& cell) { cell.spawn(1, 0, 1, fuse{}); });
}

} // namespace

namespace tessera::testing {
namespace {

TEST(engine, a_throwing_system_stops_the_world_with_tick_entity_and_system) {
  auto setup = make_world(&define_fuses);
  for (unsigned workers : {1U, 2U, 4U}) {
    for (auto [rows, columns] : {std::pair{1, 1}, std::pair{4, 4}}) {
      engine_options options;
      options.workers = workers;
      options.ticks = 1000;
      auto run = run_engine(setup, grid(*setup, rows, columns), options);
      ASSERT_TRUE(run.result.failure) << workers << " workers, " << rows << "x" << columns;
      EXPECT_EQ(run.result.failure->tick, 29U);
      EXPECT_EQ(run.result.failure->system, "burn");
      EXPECT_EQ(run.result.failure->entity, entity_id::make(5, 5, 1));
      EXPECT_EQ(run.result.failure->message, "the fuse has burnt down");
      EXPECT_LE(run.result.last.tick, 29U) << "no state after the failed tick is complete";
    }
  }
}

TEST(engine, stopping_ends_at_a_tick_that_every_shard_has_finished) {
  auto setup = make_world(wanderers::definition.define);
  engine_options options;
  options.workers = 2;
  std::promise<void> reached;
  options.on_summary = [&](const world_summary& s) {
    if (s.tick == 20)
      reached.set_value();
  };
  auto world = engine::start(setup, grid(*setup, 3, 3), options);
  ASSERT_TRUE(world);
  reached.get_future().wait();
  (*world)->stop();
  auto ended = (*world)->wait();
  ASSERT_GE(ended.last.tick, 20U);
  options.on_summary = nullptr;
  options.ticks = ended.last.tick;
  auto again = run_engine(setup, grid(*setup, 1, 1), options);
  EXPECT_EQ(again.hashes.at(ended.last.tick), ended.last.hash);
}

TEST(engine, a_command_without_a_tick_applies_at_the_next_and_is_answered_once) {
  auto setup = make_world(wanderers::definition.define);
  engine_options options;
  options.workers = 2;
  std::promise<command_answer> answered;
  std::atomic<int> answers{0};
  options.on_summary = [&](const world_summary& s) {
    for (const auto& a : s.answers())
      if (answers.fetch_add(1) == 0)
        answered.set_value(a);
  };
  auto world = engine::start(setup, grid(*setup, 2, 2), options);
  ASSERT_TRUE(world);
  auto c = stamped(despawn(entity_id::make(1, 1, 4'000'000)), 7, 1, 0);
  auto tick = (*world)->submit(c, true);
  ASSERT_TRUE(tick) << tick.error().message;
  auto answer = answered.get_future().get();
  (*world)->stop();
  (*world)->wait();
  EXPECT_EQ(answer.session, 7U);
  EXPECT_EQ(answer.tick, *tick);
  EXPECT_EQ(answer.result, command_result::no_such_entity);
  EXPECT_EQ(answers.load(), 1);
  EXPECT_FALSE((*world)->submit(c, true)) << "a world that has ended takes no command";
}

TEST(engine, a_late_command_is_refused_with_the_next_tick) {
  auto setup = make_world(wanderers::definition.define);
  engine_options options;
  std::promise<void> reached;
  options.on_summary = [&](const world_summary& s) {
    if (s.tick == 10)
      reached.set_value();
  };
  auto world = engine::start(setup, grid(*setup, 1, 1), options);
  ASSERT_TRUE(world);
  reached.get_future().wait();
  auto late = (*world)->submit(stamped(despawn(entity_id{1}), 1, 1, 3), false);
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().message.find("tick 3 is past"), std::string::npos);
}

TEST(engine, a_world_that_keeps_real_time_neither_skips_nor_hurries) {
  auto setup = make_world(wanderers::definition.define);
  engine_options options;
  options.workers = 2;
  options.paced = true;
  options.ticks = 20;
  auto run = run_engine(setup, grid(*setup, 2, 2), options);
  EXPECT_EQ(run.result.last.tick, 20U);
  EXPECT_EQ(run.result.tick_latency_ms.size(), 20U);
  // 20 ticks at 20 Hz start over 19 periods; a busy machine may only make it slower.
  EXPECT_GE(run.result.wall_s, 19 * 0.05 - 0.001);
}

TEST(engine, messages_are_counted_by_who_sent_them) {
  auto setup = make_world(&define_fuses);
  engine_options options;
  options.workers = 1;
  options.ticks = 10;
  auto run = run_engine(setup, grid(*setup, 2, 2), options);
  // 4 shards, 3 neighbours each: 11 states of 3 packets and a report, 10 grants, and the last question
  // with its answer.
  EXPECT_EQ(run.result.messages_sent, 4U * (11 * 4 + 10 + 1 + 1));
}

} // namespace
} // namespace tessera::testing
