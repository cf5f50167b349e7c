// Who looks on changes nothing: hashes are those of an undisturbed run, every answer is of one tick, and a held world
// stands exactly where it was told to.
#include "actors/engine.hpp"
#include "net/field_expression.hpp"
#include "net/inspected_world.hpp"
#include "net/look_results.hpp"
#include "net/world_questions.hpp"
#include "tests/actors/engine_runs.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <atomic>
#include <condition_variable>
#include <gtest/gtest.h>
#include <map>
#include <mutex>
#include <thread>

namespace tessera::testing {
namespace {

using std::chrono::milliseconds;

/// An engine that is looked at, and what its states were.
class inspected_run {
public:
  explicit inspected_run(std::shared_ptr<const world_setup> setup, engine_options options = {})
    : setup_(std::move(setup)) {
    options.inspected = true;
    options.workers = 2;
    options.on_summary = [this](const world_summary& s) {
      const std::scoped_lock held{mutex_};
      states_[s.tick] = s;
    };
    auto made = engine::start(setup_, grid(*setup_, 2, 4), std::move(options));
    EXPECT_TRUE(made.has_value());
    engine_ = std::move(*made);
  }

  engine& world() { return *engine_; }
  inspected_world& look() { return *engine_->inspect(); }
  const world_setup& setup() const { return *setup_; }
  world_summary state(tick_number tick) {
    const std::scoped_lock held{mutex_};
    return states_[tick];
  }
  /// Until it stands or has ended.
  std::shared_ptr<const seen_world> standing() {
    for (;;) {
      auto seen = look().wait_for(0, milliseconds(5));
      if (seen && (*seen)->control.held_at && (*seen)->newest.tick >= *(*seen)->control.held_at)
        return *seen;
    }
  }
  control_state order(control_order::kind what, tick_number tick = 0) {
    auto done = look().control({what, tick, {}});
    EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().why);
    return done.value_or(control_state{});
  }

private:
  std::shared_ptr<const world_setup> setup_;
  std::mutex mutex_;
  std::map<tick_number, world_summary> states_;
  std::unique_ptr<engine> engine_; // last: it calls on_summary until it is gone
};

look_request everything(const world_setup& setup, std::uint32_t most) {
  look_request what;
  what.in_view.emplace();
  what.in_view->view = {0, 0, double{setup.cell_size_m} * setup.extent.width(),
                        double{setup.cell_size_m} * setup.extent.depth()};
  what.in_view->most = most;
  return what;
}

engine_options ticks(tick_number n) {
  engine_options out;
  out.ticks = n;
  return out;
}

TEST(inspection, hammering_a_world_changes_none_of_its_hashes) {
  auto setup = make_world(wanderers::definition.define);
  const auto alone = run_engine(setup, grid(*setup, 2, 4), ticks(300));
  inspected_run looked{setup, ticks(300)};
  std::atomic<bool> over = false;
  std::atomic<int> answered = 0;
  std::vector<std::thread> askers;
  for (int i = 0; i < 3; ++i)
    askers.emplace_back([&, i] {
      while (!over) {
        looked.look().want_shard_figures();
        look_request what = everything(*setup, 100);
        what.memory = i == 1;
        if (i == 2) {
          what.found.emplace();
          what.found->filter = parse_field_expression("warmth > 0", *setup->game)->filter;
          what.found->most = 10;
        }
        answered += ask_shards(looked.look(), std::move(what)).has_value() ? 1 : 0;
      }
    });
  const auto ended = looked.world().wait();
  over = true;
  for (auto& t : askers)
    t.join();
  ASSERT_FALSE(ended.failure);
  EXPECT_GT(answered, 0);
  for (const auto& [tick, hash] : alone.hashes)
    EXPECT_EQ(looked.state(tick).hash, hash) << "at tick " << tick;
}

TEST(inspection, an_answer_is_of_one_tick_and_holds_everybody) {
  auto setup = make_world(wanderers::definition.define);
  inspected_run run{setup, ticks(1200)};
  std::map<tick_number, std::uint64_t> counts;
  for (;;) {
    auto look = ask_shards(run.look(), everything(*setup, 50));
    if (!look) {
      EXPECT_EQ(look.error().status, 429) << look.error().why;
      continue;
    }
    ASSERT_EQ(look->shards.size(), 8U);
    for (const auto& s : look->shards)
      EXPECT_EQ(s->tick, look->tick);
    counts[look->tick] = merge_points(*look, 50).in_view;
    if (look->tick >= 1200)
      break;
  }
  run.world().wait();
  EXPECT_GT(counts.size(), 3U);
  std::uint64_t crossing = 0;
  for (const auto& [tick, count] : counts) {
    const auto state = run.state(tick);
    EXPECT_EQ(count, state.entities - state.travelling) << "at tick " << tick;
    crossing += state.migrations;
  }
  EXPECT_GT(crossing, 0U) << "nobody was on the way between two shards: the test proves little";
}

TEST(inspection, a_held_world_stands_where_it_was_told_and_goes_on_as_if_nothing_had_been) {
  auto setup = make_world(wanderers::definition.define);
  const auto alone = run_engine(setup, grid(*setup, 2, 4), ticks(200));
  inspected_run run{setup, ticks(200)};
  const auto paused = run.order(control_order::kind::pause);
  ASSERT_TRUE(paused.held_at.has_value());
  EXPECT_EQ(run.standing()->newest.tick, *paused.held_at);
  for (tick_number n : {1U, 3U}) {
    const tick_number before = run.standing()->newest.tick;
    run.order(control_order::kind::step, n);
    EXPECT_EQ(run.standing()->newest.tick, before + n);
  }
  run.order(control_order::kind::run_to, 150);
  EXPECT_EQ(run.standing()->newest.tick, 150U);
  auto back = run.look().control({control_order::kind::run_to, 100, {}});
  ASSERT_FALSE(back.has_value());
  EXPECT_EQ(back.error().status, 409);
  EXPECT_EQ(run.standing()->newest.hash, alone.hashes.at(150));
  run.order(control_order::kind::resume);
  const auto ended = run.world().wait();
  EXPECT_EQ(ended.last.tick, 200U);
  EXPECT_EQ(ended.last.hash, alone.result.last.hash);
  for (const auto& [tick, hash] : alone.hashes)
    EXPECT_EQ(run.state(tick).hash, hash) << "at tick " << tick;
}

TEST(inspection, a_held_world_ends_when_it_is_stopped) {
  auto setup = make_world(wanderers::definition.define);
  inspected_run run{setup};
  run.order(control_order::kind::pause);
  const tick_number at = run.standing()->newest.tick;
  run.world().stop();
  EXPECT_EQ(run.world().wait().last.tick, at);
}

TEST(inspection, speed_changes_change_no_hash) {
  auto setup = make_world(wanderers::definition.define);
  const auto alone = run_engine(setup, grid(*setup, 2, 4), ticks(100));
  engine_options options = ticks(100);
  options.paced = true;
  inspected_run run{setup, options};
  control_order faster{control_order::kind::speed, 0, {pace::kind::times, 50}};
  ASSERT_TRUE(run.look().control(faster).has_value());
  ASSERT_TRUE(run.look().wait_for(20, milliseconds(2000)).has_value());
  faster.speed = {pace::kind::max, 1};
  ASSERT_TRUE(run.look().control(faster).has_value());
  EXPECT_EQ(run.world().wait().last.hash, alone.result.last.hash);
}

TEST(inspection, an_edit_is_answered_and_seen) {
  auto setup = make_world(wanderers::definition.define);
  inspected_run run{setup};
  run.order(control_order::kind::pause);
  run.standing();
  look_request what;
  what.found.emplace();
  what.found->most = 1;
  what.found->needed = 0;
  component_id mood = 0;
  const auto* info = setup->game->find_component("mood", &mood);
  ASSERT_NE(info, nullptr);
  what.found->needed = bit_of(mood);
  auto look = ask_shards(run.look(), std::move(what));
  ASSERT_TRUE(look.has_value()) << look.error().why;
  const auto found = merge_matches(*look, 1);
  ASSERT_EQ(found.lowest.size(), 1U);
  const entity_id who = found.lowest.front()->id;
  auto edit = [&] {
    command c;
    c.op = command_op::set;
    c.target = who;
    wanderers::mood value;
    value.pokes = 123456;
    c.parts.push_back(part_of(*setup->game, value));
    c.parts.front().fields = 1;
    return run.look().edit(std::move(c), milliseconds(2000));
  };
  auto waiting = edit();
  ASSERT_TRUE(waiting.has_value()) << waiting.error().why;
  EXPECT_FALSE(waiting->answer.has_value()) << "the world is held";
  run.order(control_order::kind::step, 1);
  run.standing();
  look_request again;
  again.ids = {who};
  look = ask_shards(run.look(), std::move(again));
  ASSERT_TRUE(look.has_value()) << look.error().why;
  std::size_t here = 0;
  for (const auto& s : look->shards)
    here += s->entities.size();
  EXPECT_LE(here, 1U) << "in one shard, or travelling";
  run.order(control_order::kind::resume);
  auto done = edit();
  ASSERT_TRUE(done.has_value()) << done.error().why;
  ASSERT_TRUE(done->answer.has_value());
  EXPECT_TRUE(done->answer->result == command_result::applied ||
              done->answer->result == command_result::no_such_entity);
  EXPECT_EQ(done->answer->tick, done->tick);
}

TEST(inspection, figures_of_shards_add_up_to_the_worlds) {
  auto setup = make_world(wanderers::definition.define);
  inspected_run run{setup};
  auto figures = newest_shard_figures(run.look(), milliseconds(5000));
  ASSERT_TRUE(figures.has_value()) << figures.error().why;
  std::uint64_t entities = 0;
  std::uint64_t ghosts = 0;
  for (shard_id shard = 0; const auto& s : (*figures)->shards) {
    entities += s.entities + s.left;
    EXPECT_EQ(s.flows.size(), run.look().about().cut->neighbours(shard++).size());
    std::uint64_t left = 0;
    for (const auto& f : s.flows) {
      left += f.left;
      ghosts += f.ghosts;
    }
    EXPECT_EQ(left, s.left) << "over some border";
  }
  EXPECT_GT(ghosts, 0U);
  const auto state = run.state((*figures)->tick);
  EXPECT_EQ((*figures)->shards.size(), 8U);
  EXPECT_EQ(entities, state.entities - state.travelling);
}

TEST(inspection, nobody_can_look_at_a_world_that_was_not_started_for_it) {
  auto setup = make_world(wanderers::definition.define);
  auto world = engine::start(setup, grid(*setup, 1, 2), ticks(1));
  ASSERT_TRUE(world.has_value());
  EXPECT_EQ((*world)->inspect(), nullptr);
  (*world)->wait();
}

} // namespace
} // namespace tessera::testing
