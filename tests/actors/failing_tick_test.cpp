// A tick that fails in a kept world: the shard is restored alone, or the world goes back; a second time in the
// same tick the world ends, and what it was given shows the failure again.
#include "actors/kept_world.hpp"
#include "actors/shard_replay.hpp"
#include "tests/actors/engine_runs.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <array>
#include <atomic>
#include <fstream>
#include <gtest/gtest.h>

namespace tripping {

/// How often a tick still fails, for whoever comes first: what no deterministic game has, and a full
/// memory does.
struct fault {
  tessera::tick_number tick = 0;
  std::atomic<int> left = 0;
  tessera::entity_id who; ///< none: whoever comes first

  bool happens_to(tessera::entity_id id, tessera::tick_number now) {
    return who == id && tick == now && left > 0 && left-- > 0;
  }
};
std::array<fault, 40> faults;

void set_faults(std::initializer_list<std::pair<tessera::tick_number, int>> wanted) {
  for (auto& f : faults) {
    f.left = 0;
    f.who = {};
  }
  auto to = faults.begin();
  for (auto [tick, times] : wanted) {
    to->tick = tick;
    to++->left = times;
  }
}

/// A system that changes nothing, in a world of everything.
struct trip {
  static constexpr const char* name = "trip";
  using access =
    tessera::access<tessera::neighbours<wanderers::mood>>; // as they were, so before anybody
  static constexpr float radius_m = 5;
  static void run(const tessera::entity<access>& self) {
    for (auto& f : faults)
      if (f.happens_to({}, self.world().tick()))
        throw std::runtime_error("tripped");
  }
};
void define(tessera::game_builder& game) {
  wanderers::definition.define(game);
  game.system<trip>();
}

/// Fails for one entity from tick 30 on while `armed`, as a deterministic game does; with a word of
/// poison only where a command brought it.
std::atomic<bool> armed = false;
struct steps {
  std::uint32_t taken = 0;
  std::uint32_t poison = 0;
};
constexpr auto describe(tessera::of<steps>) {
  return tessera::describe_as("steps", tessera::field<&steps::taken>("taken"),
                              tessera::field<&steps::poison>("poison"));
}
struct walk {
  static constexpr const char* name = "walk";
  using access = tessera::access<tessera::writes<steps>>;
  static void run(const tessera::entity<access>& self) {
    for (auto& f : faults)
      if (f.happens_to(self.id(), self.world().tick()))
        throw std::runtime_error("tripped");
    if (self.get<steps>().poison != 0)
      throw std::runtime_error("poisoned");
    if (armed && self.world().tick() == 30 && self.id() == tessera::entity_id::make(5, 3, 1))
      throw std::runtime_error("tripped over a root");
    ++self.get<steps>().taken;
  }
};
void define_root(tessera::game_builder& game) {
  game.component<steps>();
  game.system<walk>();
  game.fill([](tessera::cell_start& cell) { cell.spawn(1, 0, 1, steps{}); });
}

} // namespace tripping

namespace tessera::testing {
namespace {

constexpr double never = 1e9;
constexpr double always = 1e-9; ///< a checkpoint whenever there is none on its way

struct failing_ticks : ::testing::Test {
  ~failing_ticks() override {
    tripping::set_faults({});
    tripping::armed = false;
  }

  engine_run run(const std::shared_ptr<const world_setup>& setup,
                 const std::shared_ptr<const layout>& cut, engine_options options,
                 const std::optional<keep_options>& keep) {
    path = folder.path + "/w" + std::to_string(++worlds);
    if (keep)
      options.keep = *kept_world::create(posix_files(), path, {}, *setup, *cut, *keep);
    options.on_shard_restart = [this](const shard_restart& r) { shards.push_back(r); };
    options.on_restart = [this](const engine_failure& failure, tick_number next) {
      EXPECT_LE(next, failure.tick);
      went_back.push_back(failure);
    };
    shards.clear();
    went_back.clear();
    return run_engine(setup, cut, std::move(options));
  }

  static keep_options keeping(double recovery_target_s) {
    keep_options out;
    out.recovery_target_s = recovery_target_s;
    out.retention = 1'000'000;
    out.flush_interval_ms = 5;
    return out;
  }

  temporary_directory folder;
  int worlds = 0;
  std::string path; ///< of the last one
  std::vector<shard_restart> shards;
  std::vector<engine_failure> went_back;
};

TEST_F(failing_ticks, a_shard_is_restored_alone_and_the_world_goes_on_with_the_same_hashes) {
  auto setup = make_world(tripping::define);
  auto layouts = layouts_of(*setup);
  engine_options options;
  options.ticks = 60;
  options.commands = wanderers_commands(*setup, 11, 120, 60);
  options.workers = 1;
  auto plain = run(setup, layouts[0].cut, options, std::nullopt);
  std::uint64_t delay_seed = 0;
  for (const auto& layout : layouts) {
    for (unsigned workers : {1U, 2U, 4U}) {
      for (double checkpoints : {never, always}) {
        if (checkpoints == always && workers != 1 + layout.cut->size() % 2)
          continue; // each costs a hundred syncs
        SCOPED_TRACE(layout.name + ", " + std::to_string(workers) + " workers, checkpoints " +
                     (checkpoints == always ? "always" : "never"));
        tripping::set_faults({{0, 1}, {25, 1}, {26, 1}, {50, 1}});
        options.workers = workers;
        options.delay_seed = workers == 2 ? ++delay_seed : 0;
        auto once = run(setup, layout.cut, options, keeping(checkpoints));
        ASSERT_FALSE(once.result.failure) << once.result.failure->message;
        ASSERT_FALSE(once.result.storage_failure) << once.result.storage_failure->message;
        EXPECT_EQ(once.hashes, plain.hashes);
        EXPECT_EQ(once.answers.size(), plain.answers.size());
        for (const auto& failure : went_back)
          ADD_FAILURE() << "went back: " << failure.not_alone;
        ASSERT_EQ(shards.size(), 4U);
        EXPECT_EQ(once.result.kept->shard_restarts, 4U);
        EXPECT_EQ(shards[1].failure.system, "trip");
        for (const auto& r : shards)
          EXPECT_EQ(r.hashes_checked, r.failure.tick - r.from);
        if (checkpoints == never) {
          EXPECT_EQ(shards[3].from, 0U);
        }
      }
    }
  }
}

TEST_F(failing_ticks, what_was_logged_of_restored_shards_replays_as_of_any_other) {
  auto setup = make_world(tripping::define);
  auto cut = grid(*setup, 2, 3);
  engine_options options;
  options.workers = 2;
  options.ticks = 50;
  options.commands = wanderers_commands(*setup, 11, 120, 40);
  // In every tick, so that some are the first after a checkpoint.
  for (std::size_t i = 0; i < tripping::faults.size(); ++i) {
    tripping::faults[i].tick = 5 + i;
    tripping::faults[i].left = 1;
  }
  auto ended = run(setup, cut, options, keeping(always)).result;
  ASSERT_FALSE(ended.failure) << ended.failure->message;
  ASSERT_EQ(shards.size(), tripping::faults.size());
  std::set<tick_number> replayed_ticks;
  for (const auto& r : shards)
    replayed_ticks.insert(r.failure.tick - r.from);
  EXPECT_TRUE(replayed_ticks.contains(0)) << "no shard was restored where a checkpoint stands";
  EXPECT_GT(replayed_ticks.size(), 1U);
  auto directory = data_directory::open_to_read(posix_files(), path);
  for (shard_id s = 0; s < cut->size(); ++s) {
    auto replayed = replay_shard(posix_files(), *directory, setup, cut, s, 0, 50);
    ASSERT_TRUE(replayed) << replayed.error().message;
    EXPECT_FALSE(replayed->differs_at) << "shard " << s << ", tick " << *replayed->differs_at;
    EXPECT_EQ(replayed->hashes_checked, 50U);
  }
}

TEST_F(failing_ticks, several_shards_that_fail_in_one_tick_are_all_restored) {
  auto setup = make_world(tripping::define_root);
  engine_options options;
  options.workers = 4;
  options.ticks = 50;
  auto plain = run(setup, grid(*setup, 1, 1), options, std::nullopt);
  tripping::set_faults({{20, 1}, {20, 1}, {20, 1}, {20, 1}});
  auto fault = tripping::faults.begin();
  for (int x : {setup->extent.x0, setup->extent.x1 - 1})
    for (int z : {setup->extent.z0, setup->extent.z1 - 1})
      fault++->who =
        entity_id::make(static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(z), 1);
  auto often = run(setup, grid(*setup, 3, 5), options, keeping(never));
  ASSERT_FALSE(often.result.failure) << often.result.failure->message;
  EXPECT_EQ(often.hashes, plain.hashes);
  EXPECT_EQ(shards.size(), 4U);
  EXPECT_TRUE(went_back.empty());
}

TEST_F(failing_ticks, one_that_fails_again_ends_the_world_and_its_replay_fails_alike) {
  auto setup = make_world(tripping::define_root);
  tripping::armed = true;
  for (auto [rows, columns] : {std::pair{1, 1}, std::pair{2, 2}, std::pair{4, 4}}) {
    for (double checkpoints : {never, always}) {
      auto cut = grid(*setup, rows, columns);
      engine_options options;
      options.workers = 2;
      options.ticks = 60;
      auto ended = run(setup, cut, options, keeping(checkpoints)).result;
      ASSERT_TRUE(ended.failure);
      EXPECT_TRUE(ended.failure->again);
      EXPECT_EQ(ended.failure->tick, 30U);
      EXPECT_EQ(ended.failure->system, "walk");
      EXPECT_EQ(ended.failure->replay, failure_replay::shard);
      EXPECT_EQ(ended.last.tick, 30U) << "all that comes before the tick is whole";
      EXPECT_EQ(ended.kept->durable_tick, 29U);
      EXPECT_EQ(shards.size(), 1U);
      EXPECT_TRUE(went_back.empty());
      auto directory = data_directory::open_to_read(posix_files(), path);
      auto again =
        replay_shard(posix_files(), *directory, setup, cut, ended.failure->shard, std::nullopt, 31);
      ASSERT_TRUE(again) << again.error().message;
      ASSERT_TRUE(again->failure);
      EXPECT_EQ(again->failed_tick, 30U);
      EXPECT_EQ(again->to, 30U);
      EXPECT_EQ(again->failure->tick, 30U);
      EXPECT_EQ(again->failure->entity, ended.failure->entity);
      EXPECT_EQ(again->failure->system, "walk");
      EXPECT_EQ(again->failure->message, "tripped over a root");
      for (shard_id s = 0; s < cut->size(); ++s) {
        auto other = replay_shard(posix_files(), *directory, setup, cut, s);
        ASSERT_TRUE(other) << other.error().message;
        EXPECT_FALSE(other->differs_at);
        EXPECT_EQ(other->to, 30U);
        EXPECT_EQ(other->failure.has_value(), s == ended.failure->shard);
      }
    }
  }
}

TEST_F(failing_ticks, a_command_that_makes_them_fail_is_kept_for_the_replay_and_is_no_history) {
  auto setup = make_world(tripping::define_root);
  auto cut = grid(*setup, 2, 2);
  engine_options options;
  options.workers = 2;
  options.ticks = 60;
  auto poison = set_component(*setup->game, entity_id::make(9, 9, 1), tripping::steps{0, 1});
  poison.session = 1;
  poison.sequence = 1;
  poison.tick = 20;
  options.commands = {poison};
  for (bool border_log : {true, false}) {
    auto keep = keeping(never);
    keep.border_log = border_log;
    auto ended = run(setup, cut, options, keep).result;
    if (!border_log) {
      // The world goes back, and the command is gone.
      ASSERT_FALSE(ended.failure);
      ASSERT_EQ(went_back.size(), 1U);
      EXPECT_EQ(went_back[0].not_alone, "there is no border log");
      continue;
    }
    ASSERT_TRUE(ended.failure);
    EXPECT_EQ(ended.failure->message, "poisoned");
    auto directory = data_directory::open_to_read(posix_files(), path);
    auto world = read_kept_world(posix_files(), *directory, *setup);
    ASSERT_TRUE(world) << world.error().message;
    EXPECT_TRUE(world->inputs.empty());
    EXPECT_EQ(world->next_tick, 20U);
    auto failed = read_failed_tick(posix_files(), *directory, *setup, world->next_tick);
    ASSERT_TRUE(failed && *failed);
    EXPECT_EQ((*failed)->shard, ended.failure->shard);
    EXPECT_EQ((*failed)->commands.size(), 1U);
    auto again = replay_shard(posix_files(), *directory, setup, cut, ended.failure->shard);
    ASSERT_TRUE(again && again->failure);
    EXPECT_EQ(again->failure->message, "poisoned");

    // The next life knows nothing of it.
    options.commands.clear();
    options.keep = *kept_world::open(posix_files(), path, *setup, *cut, keep);
    auto on = run_engine(setup, cut, options).result;
    EXPECT_FALSE(on.failure);
    directory = data_directory::open_to_read(posix_files(), path);
    failed = read_failed_tick(posix_files(), *directory, *setup, 20);
    ASSERT_TRUE(failed);
    EXPECT_FALSE(*failed);
    options.commands = {poison};
  }
}

TEST_F(failing_ticks, a_world_without_a_border_log_goes_back_and_ends_when_it_fails_again) {
  auto setup = make_world(tripping::define);
  auto cut = grid(*setup, 2, 2);
  engine_options options;
  options.workers = 2;
  options.ticks = 60;
  auto keep = keeping(always);
  keep.border_log = false;
  std::map<tick_number, std::uint64_t> hashes;
  options.keep = *kept_world::create(posix_files(), folder.path + "/once", {}, *setup, *cut, keep);
  options.on_restart = [&](const engine_failure& f, tick_number) { went_back.push_back(f); };
  options.on_summary = [&](const world_summary& s) {
    auto [at, first] = hashes.emplace(s.tick, s.hash);
    EXPECT_EQ(at->second, s.hash) << "tick " << s.tick << (first ? "" : ", run again");
  };
  tripping::set_faults({{30, 1}});
  auto once = (*engine::start(setup, cut, options))->wait();
  ASSERT_FALSE(once.failure) << once.failure->message;
  ASSERT_FALSE(once.storage_failure) << once.storage_failure->message;
  EXPECT_EQ(once.last.tick, 60U);
  ASSERT_EQ(went_back.size(), 1U);
  EXPECT_EQ(went_back[0].tick, 30U);
  EXPECT_EQ(once.kept->shard_restarts, 0U);
  options = {};
  options.ticks = 60;
  tripping::set_faults({});
  EXPECT_EQ(run(setup, cut, options, std::nullopt).result.last.hash, once.last.hash);

  auto root = make_world(tripping::define_root);
  tripping::armed = true;
  auto ended = run(root, grid(*root, 2, 2), options, keep).result;
  ASSERT_TRUE(ended.failure);
  EXPECT_EQ(went_back.size(), 1U);
  EXPECT_EQ(ended.failure->replay, failure_replay::world);
  EXPECT_EQ(ended.last.tick, 30U);
  auto directory = data_directory::open_to_read(posix_files(), path);
  auto failed = read_failed_tick(posix_files(), *directory, *root, 30);
  ASSERT_TRUE(failed) << failed.error().message;
  ASSERT_TRUE(*failed);
  EXPECT_EQ((*failed)->shard, ended.failure->shard);
}

TEST_F(failing_ticks, a_damaged_border_log_takes_the_whole_world_back_and_says_so) {
  auto setup = make_world(tripping::define);
  auto cut = grid(*setup, 2, 2);
  engine_options options;
  options.workers = 2;
  options.ticks = 60;
  auto plain = run(setup, cut, options, std::nullopt);
  options.keep =
    *kept_world::create(posix_files(), folder.path + "/w", {}, *setup, *cut, keeping(never));
  options.on_restart = [&](const engine_failure& f, tick_number) { went_back.push_back(f); };
  options.on_summary = [&](const world_summary& s) {
    if (s.tick != 40)
      return;
    // What a bad sector does to what was written so far.
    for (const auto& entry : std::filesystem::directory_iterator(folder.path + "/w/border"))
      if (entry.path().filename().string().find("floor") == std::string::npos) {
        std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(5000);
        file.write("damage", 6);
      }
  };
  tripping::set_faults({{45, 1}});
  auto ended = (*engine::start(setup, cut, options))->wait();
  ASSERT_FALSE(ended.failure) << ended.failure->message;
  EXPECT_EQ(ended.last.hash, plain.result.last.hash);
  ASSERT_EQ(went_back.size(), 1U);
  EXPECT_NE(went_back[0].not_alone.find("border log lacks tick"), std::string::npos)
    << went_back[0].not_alone;
  EXPECT_EQ(ended.kept->shard_restarts, 0U);
}

} // namespace
} // namespace tessera::testing
