// A call fails, or the power goes, at every single call in turn.
#include "journal_records.hpp"
#include "persistence/journal_settle.hpp"
#include "simulated_disk.hpp"

namespace tessera {
namespace {

/// Two shards through several segments. Stops at the first error; the ticks that are durable.
tick_number write_rolling_log(simulated_disk& disk) {
  auto made = journal::open(disk, test_options(2));
  if (!made)
    return 0;
  journal& log = **made;
  for (tick_number tick = 0; tick < 12; ++tick) {
    log.append(0, tick, 1, std::vector<std::byte>(25'000, static_cast<std::byte>(tick)));
    if (tick % 2 == 0)
      log.append(1, tick, 2, std::vector<std::byte>(14'000, static_cast<std::byte>(tick)));
    if (!log.flush(tick)) {
      EXPECT_TRUE(log.poison().has_value());
      EXPECT_FALSE(log.flush(tick + 1).has_value());
      EXPECT_FALSE(log.close().has_value());
      EXPECT_FALSE(log.remove_before(1).has_value());
      return tick;
    }
    const bool removed = tick != 8 || log.remove_before(4).has_value();
    EXPECT_FALSE(!removed && log.poison()) << "what was written is sound";
  }
  EXPECT_GT(log.statistics().segments, 4u);
  (void)log.close();
  return 12;
}

void expect_whole(simulated_disk& disk, tick_number durable, const std::string& where) {
  const auto read = read_log(disk);
  if (!read && read.error().code == error_code::not_there && durable == 0)
    return;
  ASSERT_TRUE(fine(read)) << where;
  const tick_number end = read->watermark.value_or(-1) + 1;
  EXPECT_GE(end, durable) << where;
  EXPECT_LE(end, durable + 1) << where;
  std::size_t records = 0;
  for (tick_number tick = read->from; tick < end; ++tick)
    records += tick % 2 == 0 ? 2 : 1;
  ASSERT_EQ(read->records.size(), records) << where;
  for (const journal_record& record : read->records)
    ASSERT_TRUE(std::ranges::all_of(
      record.bytes, [&](std::byte value) { return value == static_cast<std::byte>(record.tick); }));
  ASSERT_TRUE(fine(settle_journal(disk, *read))) << where;
}

std::uint64_t calls_of_a_run() {
  simulated_disk disk(0);
  EXPECT_EQ(write_rolling_log(disk), 12u);
  return disk.calls();
}

TEST(journal_fault, the_power_may_go_at_any_call_of_a_segment_roll) {
  const std::uint64_t calls = calls_of_a_run();
  ASSERT_GT(calls, 60u);
  for (std::uint64_t k = 0; k <= calls; ++k)
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      simulated_disk disk(seed);
      disk.fail_calls(k, error_code::io_failure);
      const tick_number durable = write_rolling_log(disk);
      disk.crash();
      expect_whole(disk, durable, "call " + std::to_string(k) + " seed " + std::to_string(seed));
      ASSERT_FALSE(HasFailure());
    }
}

TEST(journal_fault, any_call_may_fail_and_poisons_the_journal_with_its_reason) {
  const std::uint64_t calls = calls_of_a_run();
  for (const error_code code : {error_code::io_failure, error_code::disk_full})
    for (const std::uint64_t count : {std::uint64_t{1}, std::uint64_t{100'000}})
      for (std::uint64_t k = 0; k < calls; ++k) {
        simulated_disk disk(k);
        disk.fail_calls(k, code, count);
        const tick_number durable = write_rolling_log(disk);
        EXPECT_TRUE(disk.failed());
        disk.heal();
        expect_whole(disk, durable, "call " + std::to_string(k)); // the process died, no more
        disk.crash();
        expect_whole(disk, durable, "after call " + std::to_string(k));
        ASSERT_FALSE(HasFailure());
      }
}

TEST(journal_fault, a_full_disk_is_called_by_its_name) {
  simulated_disk disk(1);
  const auto log = opened(disk, test_options());
  log->append(0, 0, 1, bytes_of("kept"));
  ASSERT_TRUE(fine(log->flush(0)));
  disk.fail_calls(0, error_code::disk_full);
  log->append(0, 1, 1, bytes_of("refused"));
  for (int i = 0; i < 2; ++i) {
    const auto flushed = log->flush(1);
    ASSERT_FALSE(flushed.has_value());
    EXPECT_EQ(flushed.error().code, error_code::disk_full);
    disk.heal();
  }
  EXPECT_EQ(log->durable_tick(), 0u);
}

TEST(journal_fault, what_a_dead_process_left_in_memory_is_written_again_before_it_counts) {
  // The last round's sync failed: its bytes can be read, but the system will never write them. A
  // recovery that counts them must not lose them with the next power cut.
  int counted = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    simulated_disk disk(seed);
    {
      const auto log = opened(disk, test_options());
      log->append(0, 0, 1, bytes_of("a"));
      ASSERT_TRUE(fine(log->flush(0)));
      log->append(0, 1, 1, bytes_of("b"));
      disk.fail_calls(1, error_code::io_failure, 1); // write, then sync
      ASSERT_FALSE(log->flush(1).has_value());
    }
    disk.heal();
    const auto read = read_log(disk);
    ASSERT_TRUE(fine(read));
    ASSERT_TRUE(fine(settle_journal(disk, *read)));
    disk.crash();
    const auto later = read_log(disk);
    ASSERT_TRUE(fine(later));
    ASSERT_GE(later->watermark, read->watermark) << seed;
    counted += read->watermark == 1u ? 1 : 0;
  }
  EXPECT_GT(counted, 0);
}

} // namespace
} // namespace tessera
