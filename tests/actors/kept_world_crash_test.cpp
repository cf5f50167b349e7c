// The whole engine on a disk that fails, tears and forgets: whatever was called durable is there in the
// next life, and every life runs the same world.
//
// The same for what durability = interval and none promise against a loss of power.
//
// TESSERA_ENGINE_SEEDS=100000 tries more seeds, TESSERA_ENGINE_SEED=N one of them.
#include "actors/kept_world.hpp"
#include "tests/actors/engine_runs.hpp"
#include "tests/persistence/simulated_disk.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <random>
#include <set>

namespace tessera::testing {
namespace {

std::uint64_t number_from(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

std::shared_ptr<const world_setup> small_world() {
  world_options options;
  options.extent = {0, 0, 8, 8};
  return make_world(wanderers::definition.define, options);
}

/// One data directory through several lives of its world.
class lives {
public:
  lives(std::shared_ptr<const world_setup> setup, std::uint64_t seed,
        durability how = durability::sync)
    : setup_(std::move(setup)), how_(how), random_(seed), disk_(seed) {
    for (const auto& c : wanderers_commands(*setup_, seed + 1, 40, 1))
      if (c.op != command_op::event || seed % 2 == 0)
        commands_.push_back(c);
  }

  void run() {
    for (std::uint64_t i = 0, n = 2 + below(3); i < n && !::testing::Test::HasFailure(); ++i)
      live();
    check_history();
  }

private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  std::unique_ptr<kept_world> open_or_create(const std::shared_ptr<const layout>& cut) {
    keep_options options;
    options.how = how_;
    options.flush_interval_ms = 1;
    options.recovery_target_s = below(2) == 0 ? 1e-9 : 1e9;
    options.retention = 1'000'000;
    auto there = data_directory::exists(disk_, path);
    if (!there)
      return nullptr;
    auto made = *there ? kept_world::open(disk_, path, *setup_, *cut, options)
                       : kept_world::create(disk_, path, {}, *setup_, *cut, options);
    if (!made) {
      EXPECT_TRUE(disk_.failed()) << made.error().message;
      return nullptr;
    }
    return std::move(*made);
  }

  void live() {
    if (below(4) != 0)
      disk_.fail_calls(below(150), below(2) == 0 ? error_code::io_failure : error_code::disk_full);
    auto cuts = {std::pair{1, 1}, std::pair{2, 2}, std::pair{1, 3}};
    auto [rows, columns] = *(cuts.begin() + static_cast<std::ptrdiff_t>(below(cuts.size())));
    auto cut = grid(*setup_, rows, columns);
    std::shared_ptr<kept_world> keep = open_or_create(cut);
    if (keep)
      run_engine_on(keep, cut);
    keep.reset();
    bool power_lost = below(4) != 0; // otherwise the process died and the machine lives on
    if (power_lost)
      disk_.crash();
    disk_.heal();
    if (power_lost && how_ == durability::none)
      forget_what_no_checkpoint_has();
    check_acknowledged();
  }

  void run_engine_on(const std::shared_ptr<kept_world>& keep,
                     const std::shared_ptr<const layout>& cut) {
    engine_options options;
    options.workers = 1 + static_cast<unsigned>(below(2));
    options.keep = keep;
    tick_number first = keep->recovered().next_tick;
    options.ticks = first + 5 + below(15);
    std::map<tick_number, std::vector<std::uint64_t>> sent;
    for (std::uint64_t n = below(12); n > 0; --n) {
      command c = commands_[below(commands_.size())];
      c.session = 3;
      c.sequence = ++sequence_;
      c.tick = first + sent.size();
      if (c.tick >= options.ticks)
        break;
      sent[c.tick].push_back(c.sequence);
      tick_of_[c.sequence] = c.tick;
      options.commands.push_back(std::move(c));
    }
    options.on_summary = [&](const world_summary& s) {
      auto known = hashes_.find(s.tick);
      if (known != hashes_.end() && s.tick <= first) {
        EXPECT_EQ(known->second, s.hash) << "tick " << s.tick << " was replayed differently";
      }
      hashes_[s.tick] = s.hash;
    };
    options.on_durable = [&](tick_number tick) {
      for (auto at = sent.begin(); at != sent.end() && at->first <= tick; at = sent.erase(at))
        acknowledged_.insert(at->second.begin(), at->second.end());
    };
    auto world = engine::start(setup_, cut, std::move(options));
    ASSERT_TRUE(world) << world.error().message;
    auto ended = (*world)->wait();
    EXPECT_FALSE(ended.failure) << ended.failure->message;
    if (ended.kept->checkpoint_tick)
      checkpoint_ = std::max(checkpoint_, *ended.kept->checkpoint_tick);
    if (ended.storage_failure) {
      EXPECT_TRUE(disk_.failed()) << ended.storage_failure->message;
    } else {
      EXPECT_TRUE(sent.empty()) << "the world ended well and something was not made durable";
    }
  }

  /// Without syncs a loss of power takes ticks since the newest checkpoint, and history before it; never a
  /// checkpoint, and never a tick in the middle.
  void forget_what_no_checkpoint_has() {
    auto directory = data_directory::open_to_read(disk_, path);
    if (!directory)
      return; // nothing was begun, as check_acknowledged() sees
    auto left = read_kept_world(disk_, *directory, *setup_);
    ASSERT_TRUE(left) << left.error().message;
    const auto& checkpoints = directory->current().checkpoints;
    tick_number kept = checkpoints.empty() ? 0 : checkpoints.back().tick;
    EXPECT_GE(kept, checkpoint_) << "a checkpoint that counted is gone";
    EXPECT_EQ(left->state_tick(), kept);
    checkpoint_ = kept;
    std::set<std::uint64_t> there;
    if (left->state)
      if (auto last = left->state->conductor().sequence.find(3);
          last != left->state->conductor().sequence.end())
        there.insert(last->second);
    for (std::uint64_t sequence : acknowledged_)
      if (auto tick = tick_of_.find(sequence); tick->second < kept) {
        EXPECT_TRUE(!there.empty() && sequence <= *there.begin())
          << "command " << sequence << " was in the checkpoint";
      }
    std::erase_if(acknowledged_, [&](std::uint64_t) { return true; });
    lost_history_ = true;
    hashes_.erase(hashes_.upper_bound(left->next_tick), hashes_.end());
    if (!there.empty())
      sequence_ = std::max(sequence_, *there.begin());
  }

  std::optional<recovered_world> read_all() {
    auto directory = data_directory::open_to_read(disk_, path);
    if (!directory) {
      EXPECT_EQ(directory.error().code, error_code::not_there) << directory.error().message;
      EXPECT_TRUE(acknowledged_.empty());
      return std::nullopt;
    }
    auto from = lost_history_ ? std::nullopt : std::optional<tick_number>(0);
    auto all = read_kept_world(disk_, *directory, *setup_, from);
    if (!all) {
      ADD_FAILURE() << all.error().message;
      return std::nullopt;
    }
    return std::move(*all);
  }

  void check_acknowledged() {
    auto all = read_all();
    if (!all)
      return;
    std::set<std::uint64_t> kept;
    for (const auto& c : all->inputs)
      kept.insert(c.sequence);
    for (std::uint64_t sequence : acknowledged_)
      EXPECT_TRUE(kept.contains(sequence) || tick_of_[sequence] < all->state_tick())
        << "command " << sequence << " was called durable";
    sequence_ = std::max(sequence_, kept.empty() ? 0 : *kept.rbegin());
    // What was not durable never happened, though it was shown.
    hashes_.erase(hashes_.upper_bound(all->next_tick), hashes_.end());
  }

  /// The commands of the journal alone, from tick 0 on, make the world that every life showed.
  void check_history() {
    auto all = read_all();
    if (!all)
      return;
    lockstep_world again = all->state ? lockstep_world{*all->state, setup_, grid(*setup_, 2, 1)}
                                      : lockstep_world{setup_, grid(*setup_, 2, 1)};
    for (const auto& c : all->inputs)
      ASSERT_TRUE(again.submit(c));
    again.run_to(all->next_tick);
    for (const auto& state : again.history()) {
      if (auto shown = hashes_.find(state.tick); shown != hashes_.end()) {
        EXPECT_EQ(shown->second, state.hash) << "tick " << state.tick;
      }
      if (auto logged = all->hashes.find(state.tick); logged != all->hashes.end()) {
        EXPECT_EQ(logged->second, state.hash) << "tick " << state.tick;
      }
    }
  }

  static constexpr const char* path = "world";
  std::shared_ptr<const world_setup> setup_;
  durability how_;
  std::mt19937_64 random_;
  simulated_disk disk_;
  std::vector<command> commands_;
  std::uint64_t sequence_ = 0;
  std::set<std::uint64_t> acknowledged_; ///< called durable, and demanded still
  std::map<std::uint64_t, tick_number> tick_of_;
  tick_number checkpoint_ = 0; ///< the newest that counted
  bool lost_history_ = false;  ///< what is before the newest checkpoint may be gone
  std::map<tick_number, std::uint64_t> hashes_;
};

void try_seeds(durability how, std::uint64_t usual) {
  auto setup = small_world();
  const char* one = std::getenv("TESSERA_ENGINE_SEED");
  std::uint64_t first = one == nullptr ? 1 : std::strtoull(one, nullptr, 10);
  std::uint64_t count = one == nullptr ? number_from("TESSERA_ENGINE_SEEDS", usual) : 1;
  for (std::uint64_t seed = first; seed < first + count && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("again: TESSERA_ENGINE_SEED=" + std::to_string(seed) +
                 " tessera_test_actors --gtest_filter=" +
                 ::testing::UnitTest::GetInstance()->current_test_info()->test_suite_name() + "." +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name());
    lives{setup, seed, how}.run();
  }
}

TEST(engine_on_a_failing_disk, loses_nothing_that_was_called_durable_and_stays_one_world) {
  try_seeds(durability::sync, 1000);
}

TEST(engine_on_a_failing_disk, with_interval_keeps_every_tick_that_a_flush_reached) {
  try_seeds(durability::interval, 200);
}

TEST(engine_on_a_failing_disk, without_syncs_keeps_every_checkpoint_and_no_tick_out_of_order) {
  try_seeds(durability::none, 200);
}

} // namespace
} // namespace tessera::testing
