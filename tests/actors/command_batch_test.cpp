// Batches through the whole engine: one world and the same answers whatever the layout and the workers,
// and what was durable comes back after a crash.
#include "actors/kept_world.hpp"
#include "tests/actors/engine_runs.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <atomic>
#include <filesystem>
#include <future>
#include <unistd.h>

namespace tessera::testing {
namespace {

constexpr tick_number ticks = 80;

struct batches_in_a_running_world : ::testing::Test {
  std::shared_ptr<const world_setup> setup = make_world(wanderers::definition.define);
  std::vector<stamped_commands> batches = batches_of_everything();
  std::vector<world_summary> expected = in_lockstep();

  /// Of ticks that are not granted before the first state is complete.
  std::vector<stamped_commands> batches_of_everything() const {
    component_id read = 0;
    setup->game->find_component("mood", &read);
    std::vector<stamped_commands> out;
    std::map<session_id, std::uint64_t> last;
    for (auto c : wanderers_commands(*setup, 8, 1200, ticks - limits::far_mail_ticks)) {
      c.tick += limits::far_mail_ticks;
      std::uint64_t& n = last[c.session];
      if (out.empty() || out.back().tick != c.tick || out.back().commands.session() != c.session)
        out.push_back({c.tick, command_batch{c.session}});
      auto& batch = out.back().commands;
      auto who = c.target;
      cell birth{who.birth_cell_x(), who.birth_cell_z()};
      c.sequence = ++n;
      if (c.op != command_op::spawn && n % 4 < 2)
        c.expected = birth;
      auto expected_cell = c.expected;
      batch.add(std::move(c));
      if (n % 3 == 0)
        batch.add_get(++n, who, expected_cell, read);
    }
    return out;
  }

  std::vector<world_summary> in_lockstep() const {
    lockstep_world world{setup, grid(*setup, 1, 1)};
    for (const auto& [tick, batch] : batches)
      EXPECT_TRUE(world.submit(batch, tick));
    world.run_to(ticks);
    return world.history();
  }

  /// Sends every batch before the ticks they are for can be granted.
  engine_result run(const std::shared_ptr<const layout>& cut, engine_options options) {
    std::promise<void> all_sent;
    auto sent = all_sent.get_future();
    options.ticks = ticks;
    auto on_summary = std::move(options.on_summary);
    options.on_summary = [&](const world_summary& s) {
      if (s.tick == 0)
        sent.wait();
      on_summary(s);
    };
    auto world = engine::start(setup, cut, std::move(options));
    std::vector<std::future<result<tick_number>>> stamps;
    for (const auto& [tick, batch] : batches)
      stamps.push_back((*world)->send(batch, tick));
    all_sent.set_value();
    for (std::size_t i = 0; i < stamps.size(); ++i)
      EXPECT_EQ(stamps[i].get(), batches[i].tick);
    return (*world)->wait();
  }
};

TEST_F(batches_in_a_running_world, give_one_world_and_the_same_answers_everywhere) {
  std::uint64_t delay_seed = 0;
  for (const auto& [name, cut] : layouts_of(*setup)) {
    for (unsigned workers : {1U, 3U}) {
      std::vector<world_summary> seen;
      engine_options options;
      options.workers = workers;
      options.delay_seed = ++delay_seed;
      options.on_summary = [&](const world_summary& s) { seen.push_back(s); };
      auto ended = run(cut, std::move(options));
      EXPECT_FALSE(ended.failure);
      EXPECT_EQ(first_difference(seen, expected), "") << name << ", " << workers << " workers";
    }
  }
}

TEST_F(batches_in_a_running_world, come_back_after_a_crash_under_another_layout) {
  std::string folder = std::filesystem::temp_directory_path() / "tessera-batches-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/world";
  const std::string crashed = folder + "/crashed";
  auto cut = grid(*setup, 3, 5);
  engine_options options;
  options.workers = 2;
  options.keep = *kept_world::create(posix_files(), path, {}, *setup, *cut, {});
  options.on_summary = [](const world_summary&) {};
  options.on_durable = [&](tick_number tick) {
    if (tick >= 60 && !std::filesystem::exists(crashed))
      std::filesystem::copy(path, crashed, std::filesystem::copy_options::recursive);
  };
  auto ended = run(cut, std::move(options));
  ASSERT_FALSE(ended.storage_failure) << ended.storage_failure->message;

  auto other = grid(*setup, 2, 2);
  std::shared_ptr<kept_world> keep = *kept_world::open(posix_files(), crashed, *setup, *other, {});
  tick_number stood = keep->recovered().next_tick;
  ASSERT_GT(stood, 60U);
  std::map<tick_number, std::set<std::tuple<session_id, std::uint64_t>>> logged;
  for (const auto& c : commands_of(keep->inputs())) {
    EXPECT_NE(c.op, command_op::get) << "what is read is not logged";
    EXPECT_TRUE(logged[c.tick].insert(c.order()).second);
  }
  for (const auto& [tick, batch] : batches) {
    for (std::size_t i = 0; i < batch.size() && tick < stood; ++i)
      if (batch.at(i).changes_state()) {
        EXPECT_EQ(logged[tick].count(batch.at(i).order()), 1U) << "lost in tick " << tick;
      }
  }
  engine_options again;
  again.workers = 2;
  again.ticks = stood;
  again.keep = keep;
  std::map<tick_number, std::uint64_t> hashes;
  again.on_summary = [&](const world_summary& s) {
    hashes[s.tick] = s.hash;
    EXPECT_TRUE(s.answers().empty()) << "what is replayed was answered before";
  };
  ended = (*engine::start(setup, other, std::move(again)))->wait();
  EXPECT_FALSE(ended.storage_failure);
  EXPECT_EQ(ended.kept->replayed_ticks, stood);
  for (tick_number t = 0; t <= stood; ++t)
    EXPECT_EQ(hashes[t], expected[t].hash) << "tick " << t;
  std::filesystem::remove_all(folder);
}

TEST_F(batches_in_a_running_world, are_refused_whole_with_the_command_that_is_bad) {
  engine_options options;
  options.workers = 1;
  std::atomic<std::size_t> answers{0};
  options.on_summary = [&](const world_summary& s) { answers += s.answers().size(); };
  auto world = engine::start(setup, grid(*setup, 2, 2), options);
  command_batch batch{1};
  batch.add_get(1, {1}, std::nullopt, 1);
  batch.add_get(2, {1}, cell{99, 0}, 1);
  auto answer = (*world)->submit(std::move(batch));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, error_code::bad_command);
  EXPECT_NE(answer.error().message.find("command 2 of 2 (session 1, sequence 2): cell [99, 0]"),
            std::string::npos)
    << answer.error().message;
  command_batch late{1};
  late.add_get(3, {1}, std::nullopt, 1);
  (*world)->stop();
  auto ended = (*world)->wait();
  EXPECT_FALSE((*world)->submit(std::move(late), 0));
  EXPECT_EQ(answers, 0U) << "one of them was taken";
}

} // namespace
} // namespace tessera::testing
