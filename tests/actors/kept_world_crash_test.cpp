// The whole engine on a disk that fails, tears, forgets and flips bits: whatever was called durable is there in
// the next life, and every life runs the same world; what a flipped bit changes is refused, or told as torn where
// nothing witnesses that it was durable. For durability = interval and none, what each promises.
//
// TESSERA_ENGINE_SEEDS=100000 tries more seeds, TESSERA_ENGINE_SEED=N one of them.
#include "actors/kept_world.hpp"
#include "persistence/journal_reader.hpp"
#include "shards/command_codec.hpp"
#include "tests/actors/engine_runs.hpp"
#include "tests/persistence/simulated_disk.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <cstdlib>
#include <functional>
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

/// Commands with their ticks, of those below `end`.
template <class Inputs>
std::vector<std::byte> bytes_of(const Inputs& inputs, tick_number end) {
  std::vector<std::byte> out;
  for (const auto& c : commands_of(inputs)) {
    if (c.tick >= end)
      continue;
    auto tick = std::as_bytes(std::span(&c.tick, 1));
    out.insert(out.end(), tick.begin(), tick.end());
    write_command(out, c);
  }
  return out;
}

/// One data directory through several lives of its world.
class lives {
public:
  lives(std::shared_ptr<const world_setup> setup, std::uint64_t seed, durability how)
    : setup_(std::move(setup)), how_(how), random_(seed), disk_(seed) {
    for (const auto& c : wanderers_commands(*setup_, seed + 1, 40, 1))
      if (c.op != command_op::event || seed % 2 == 0)
        commands_.push_back(c);
  }

  std::uint64_t repeats = 0; ///< commands that were sent again and answered
  std::uint64_t refused = 0; ///< flipped bits that were called corruption
  std::uint64_t torn = 0;    ///< those that cost what nothing witnesses
  std::uint64_t harmless = 0;

  void run() {
    for (std::uint64_t i = 0, n = 2 + below(3); i < n && !::testing::Test::HasFailure(); ++i)
      live();
    check_history();
  }

private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  keep_options random_options() {
    keep_options options;
    options.how = how_;
    options.flush_interval_ms = 1;
    options.recovery_target_s = below(2) == 0 ? 1e-9 : 1e9;
    options.retention = 1'000'000;
    return options;
  }

  std::unique_ptr<kept_world> open_or_create(const std::shared_ptr<const layout>& cut) {
    auto options = random_options();
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
    if (how_ == durability::sync && below(2) == 0 && !::testing::Test::HasFailure())
      flip_a_bit();
  }

  /// One bit of any file, in a copy of the disk on which the world goes on.
  void flip_a_bit() {
    auto directory = data_directory::open_to_read(disk_, path);
    if (!directory)
      return; // nothing is there yet, as check_acknowledged() saw
    auto intact = read_kept_world(disk_, *directory, *setup_);
    ASSERT_TRUE(intact) << intact.error().message;
    auto files = disk_.files();
    std::erase_if(files, [&](const std::string& name) { return disk_.contents(name).empty(); });
    const std::string& name = files[below(files.size())];
    // Most of a segment is zeros for later; half of the flips are where something is.
    auto bytes = disk_.contents(name);
    auto used = bytes.size();
    while (used > 1 && bytes[used - 1] == std::byte{0})
      --used;
    const std::uint64_t bit = below((below(2) == 0 ? used : bytes.size()) * 8);
    auto copy = disk_.copy(random_());
    copy->flip_bit(name, bit);
    SCOPED_TRACE(name + ", bit " + std::to_string(bit));
    auto cut = grid(*setup_, 2, 2);
    auto keep = kept_world::open(*copy, path, *setup_, *cut, random_options());
    if (!keep) {
      ++refused;
      EXPECT_EQ(keep.error().code, error_code::corrupt) << keep.error().message;
      return;
    }
    tick_number end = (*keep)->recovered().next_tick;
    ++(end == intact->next_tick ? harmless : torn);
    EXPECT_LE(end, intact->next_tick);
    EXPECT_GE(end, witnessed(*directory));
    EXPECT_TRUE(end == intact->next_tick || !(*keep)->recovered().notices.empty());
    EXPECT_EQ(bytes_of((*keep)->inputs(), end), bytes_of(intact->inputs, end));
    go_on(std::move(*keep), cut, end);
  }

  /// All below was durable when something else that is there was written.
  tick_number witnessed(const data_directory& directory) {
    const manifest& m = directory.current();
    std::vector<epoch_start> epochs;
    for (const auto& e : m.epochs)
      epochs.push_back({e.epoch, e.first_tick});
    auto log = survey_journal(disk_, directory.journal_path(), m.identity, epochs);
    tick_number out = std::max(m.epochs.back().first_tick, log->witnessed);
    return m.checkpoints.empty() ? out : std::max(out, m.checkpoints.back().tick);
  }

  void go_on(std::shared_ptr<kept_world> keep, const std::shared_ptr<const layout>& cut,
             tick_number end) {
    engine_options options;
    options.workers = 1;
    options.ticks = end + 2;
    options.keep = std::move(keep);
    options.on_summary = [&](const world_summary& s) {
      if (auto known = hashes_.find(s.tick); known != hashes_.end() && s.tick <= end) {
        EXPECT_EQ(known->second, s.hash) << "tick " << s.tick;
      }
    };
    auto ended = (*engine::start(setup_, cut, std::move(options)))->wait();
    EXPECT_FALSE(ended.failure);
    EXPECT_FALSE(ended.storage_failure) << ended.storage_failure->message;
  }

  void run_engine_on(const std::shared_ptr<kept_world>& keep,
                     const std::shared_ptr<const layout>& cut) {
    engine_options options;
    options.workers = 1 + static_cast<unsigned>(below(2));
    options.keep = keep;
    tick_number first = keep->recovered().next_tick;
    options.ticks = first + 5 + below(15);
    std::map<tick_number, std::vector<std::uint64_t>> sent;
    // A durable command whose acknowledgement was lost is sent again.
    std::optional<std::uint64_t> again;
    if (!durable_.empty() && below(2) == 0) {
      command c = durable_[below(durable_.size())];
      c.tick = first;
      again = c.sequence;
      options.commands.push_back(std::move(c));
    }
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
      for (const auto& answer : s.answers())
        if (again && answer.sequence == *again && s.tick > first) {
          EXPECT_EQ(answer.result, command_result::repeated) << "command " << *again;
          ++repeats;
        }
    };
    options.on_durable = [&](tick_number tick) {
      for (auto at = sent.begin(); at != sent.end() && at->first <= tick; at = sent.erase(at))
        acknowledged_.insert(at->second.begin(), at->second.end());
    };
    auto world = engine::start(setup_, cut, std::move(options));
    ASSERT_TRUE(world) << world.error().message;
    auto ended = (*world)->wait();
    EXPECT_FALSE(ended.failure) << ended.failure->message;
    checkpoint_ = std::max(checkpoint_, ended.kept->checkpoint_tick.value_or(0));
    if (ended.storage_failure) {
      EXPECT_TRUE(disk_.failed()) << ended.storage_failure->message;
    } else {
      EXPECT_TRUE(sent.empty()) << "the world ended well and something was not made durable";
    }
  }

  /// Without syncs a loss of power takes what came after the newest checkpoint, and history before it; never the
  /// checkpoint.
  void forget_what_no_checkpoint_has() {
    auto directory = data_directory::open_to_read(disk_, path);
    if (!directory)
      return; // nothing was begun, as check_acknowledged() sees
    auto left = read_kept_world(disk_, *directory, *setup_);
    ASSERT_TRUE(left) << left.error().message;
    EXPECT_GE(left->state_tick(), checkpoint_) << "a checkpoint that counted is gone";
    checkpoint_ = left->state_tick();
    std::uint64_t last = 0;
    if (left->state && left->state->conductor().sequence.contains(3))
      last = left->state->conductor().sequence.at(3);
    for (std::uint64_t sequence : acknowledged_)
      if (tick_of_[sequence] < checkpoint_) {
        EXPECT_LE(sequence, last) << "was in the checkpoint";
      }
    acknowledged_.clear();
    lost_history_ = true;
    sequence_ = std::max(sequence_, last);
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
    durable_ = commands_of(all->inputs);
    for (const auto& c : durable_)
      EXPECT_TRUE(kept.insert(c.sequence).second) << "command " << c.sequence << " is there twice";
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
    auto again = all->state ? lockstep_world{*all->state, setup_, grid(*setup_, 2, 1)}
                            : lockstep_world{setup_, grid(*setup_, 2, 1)};
    for (const auto& [tick, commands] : all->inputs)
      ASSERT_TRUE(again.submit(commands, tick));
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
  tick_number checkpoint_ = 0;   ///< the newest that counted
  bool lost_history_ = false;    ///< what is before the newest checkpoint may be gone
  std::vector<command> durable_; ///< as the journal had them last
  std::map<tick_number, std::uint64_t> hashes_;
};

/// Calls `each` with the lives of every seed, once they are over; gives how many there were.
std::uint64_t try_seeds(durability how, std::uint64_t usual,
                        const std::function<void(const lives&)>& each) {
  auto setup = small_world();
  const char* one = std::getenv("TESSERA_ENGINE_SEED");
  std::uint64_t first = one == nullptr ? 1 : std::strtoull(one, nullptr, 10);
  std::uint64_t count = one == nullptr ? number_from("TESSERA_ENGINE_SEEDS", usual) : 1;
  for (std::uint64_t seed = first; seed < first + count && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("again: TESSERA_ENGINE_SEED=" + std::to_string(seed) +
                 " tessera_test_actors --gtest_filter=engine_on_a_failing_disk." +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name());
    lives those{setup, seed, how};
    those.run();
    each(those);
  }
  return count;
}

TEST(engine_on_a_failing_disk, loses_nothing_that_was_called_durable_and_stays_one_world) {
  std::uint64_t repeats = 0, refused = 0, torn = 0, harmless = 0;
  auto count = try_seeds(durability::sync, 1000, [&](const lives& those) {
    repeats += those.repeats;
    refused += those.refused;
    torn += those.torn;
    harmless += those.harmless;
  });
  if (count < 100)
    return;
  EXPECT_GT(repeats, count / 10) << "hardly any command was sent again";
  EXPECT_GT(refused, count / 10) << "hardly any flipped bit was corruption";
  EXPECT_GT(harmless, count / 10) << "hardly any flipped bit was where nothing needs it";
  EXPECT_GT(torn, 0u) << "no flipped bit tore the end";
}

TEST(engine_on_a_failing_disk, with_interval_keeps_every_tick_that_a_flush_reached) {
  try_seeds(durability::interval, 200, [](const lives&) {});
}

TEST(engine_on_a_failing_disk, without_syncs_keeps_every_checkpoint_and_what_follows_it_in_order) {
  try_seeds(durability::none, 200, [](const lives&) {});
}

} // namespace
} // namespace tessera::testing
