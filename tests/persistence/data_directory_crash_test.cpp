// Making a world and taking a checkpoint on a disk that stops, or fails, at every call in turn.
#include "data_directory_samples.hpp"
#include "simulated_disk.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace tessera {
namespace {

using namespace data_directory_samples;

TEST(data_directory_crash,
     a_crash_at_any_call_of_creating_leaves_a_world_or_one_that_can_be_made_again) {
  simulated_disk counting(1);
  ASSERT_TRUE(create(counting));
  std::size_t unfinished = 0, worlds = 0;
  for (std::uint64_t call = 0; call <= counting.calls(); ++call)
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      simulated_disk fs(seed);
      fs.fail_calls(call, error_code::io_failure);
      const bool said_done = create(fs).has_value();
      fs.crash();
      const auto state = data_directory::look(fs, dir);
      ASSERT_TRUE(state);
      if (*state == directory_state::world) {
        ++worlds;
      } else {
        ASSERT_FALSE(said_done);
        ASSERT_TRUE(*state == directory_state::unfinished || *state == directory_state::empty)
          << "call " << call << ", seed " << seed;
        unfinished += *state == directory_state::unfinished;
        EXPECT_EQ(data_directory::open(fs, dir).error().code, error_code::not_there);
        const auto made = create(fs);
        ASSERT_TRUE(made) << made.error().message;
      }
      const auto opened = data_directory::open(fs, dir);
      ASSERT_TRUE(opened) << "call " << call << ", seed " << seed << ": " << opened.error().message;
      expect_sound(fs, *opened);
    }
  EXPECT_GT(unfinished, 100u);
  EXPECT_GT(worlds, 100u);
}

/// A directory with checkpoints of ticks 100 and 200, all of it durable.
result<data_directory> with_two_checkpoints(simulated_disk& fs) {
  auto in = create(fs);
  for (const tick_number tick : {100, 200})
    if (auto taken = take_checkpoint(fs, *in, tick); !taken)
      return tl::unexpected(taken.error());
  return in;
}

TEST(data_directory_crash, a_crash_at_any_call_of_a_checkpoint_leaves_the_old_ones_or_the_new_one) {
  simulated_disk counting(1);
  auto counted = with_two_checkpoints(counting);
  const auto before = counting.calls();
  ASSERT_TRUE(take_checkpoint(counting, *counted, 300));
  const auto calls = counting.calls() - before;
  std::size_t olds = 0, news = 0;
  for (std::uint64_t call = 0; call <= calls; ++call)
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      simulated_disk fs(seed);
      auto in = with_two_checkpoints(fs);
      fs.fail_calls(call, error_code::io_failure);
      const bool said_done = take_checkpoint(fs, *in, 300).has_value();
      fs.crash();
      auto opened = data_directory::open(fs, dir);
      ASSERT_TRUE(opened) << "call " << call << ", seed " << seed << ": " << opened.error().message;
      const bool is_new = ticks_of(*opened) == std::vector<tick_number>{200, 300};
      EXPECT_TRUE(is_new ||
                  (!said_done && ticks_of(*opened) == std::vector<tick_number>{100, 200}));
      (is_new ? news : olds) += 1;
      expect_sound(fs, *opened);
      // The same tick again: what the crash left must not be in the way.
      if (!is_new) {
        ASSERT_TRUE(take_checkpoint(fs, *opened, 300));
      }
      ASSERT_TRUE(take_checkpoint(fs, *opened, 400));
      expect_sound(fs, *opened);
    }
  EXPECT_GT(olds, 100u);
  EXPECT_GT(news, 100u);
}

TEST(data_directory_crash, a_fault_at_any_call_of_a_checkpoint_loses_nothing) {
  simulated_disk counting(1);
  auto counted = with_two_checkpoints(counting);
  const auto before = counting.calls();
  ASSERT_TRUE(take_checkpoint(counting, *counted, 300));
  const auto calls = counting.calls() - before;
  for (std::uint64_t call = 0; call < calls; ++call)
    for (const auto code : {error_code::io_failure, error_code::disk_full}) {
      simulated_disk fs(1);
      auto in = with_two_checkpoints(fs);
      fs.fail_calls(call, code, 1);
      EXPECT_FALSE(take_checkpoint(fs, *in, 300)) << "call " << call;
      const auto opened = data_directory::open(fs, dir);
      ASSERT_TRUE(opened) << "call " << call << ": " << opened.error().message;
      ASSERT_EQ(opened->current().checkpoints.size(), 2u);
      expect_sound(fs, *opened);
    }
}

} // namespace
} // namespace tessera
