// Damage of every kind, and what a reader must call it: torn above all that is witnessed as
// durable, corrupt below, somebody else's, newer.
#include "journal_records.hpp"
#include "persistence/journal_format.hpp"
#include "persistence/journal_settle.hpp"
#include "simulated_disk.hpp"
#include "tests/support/walk_step.hpp"

namespace tessera {
namespace {

using journal_format::header_bytes;

const std::string shard_0 = "log/shard-00000-e000001-s000001.log";
const std::string shard_1 = "log/shard-00001-e000001-s000001.log";

/// Round r is tick r - 1 and writes to the shards that `who` names; what was in which frame.
struct written_log {
  simulated_disk disk{3};
  journal_contents intact;

  /// `rounds` rounds, or as many as fit into 64 KiB per shard if 0.
  written_log(std::uint32_t shards, int rounds, std::size_t record_bytes) {
    const auto log = opened(disk, test_options(shards));
    for (int round = 1; rounds == 0 || round <= rounds; ++round) {
      const auto tick = static_cast<tick_number>(round - 1);
      for (std::uint32_t shard = 0; shard < shards; ++shard)
        log->append(shard, tick, static_cast<std::uint16_t>(shard),
                    std::vector<std::byte>(record_bytes, static_cast<std::byte>(round)));
      EXPECT_TRUE(fine(log->flush(tick)));
      if (rounds == 0 && 4096u + (tick + 3) * (record_bytes + 160) > 65536)
        break;
    }
    auto read = read_log(disk);
    EXPECT_TRUE(fine(read));
    intact = std::move(*read);
  }

  tick_number last_round() const { return *intact.watermark + 1; }

  /// The records of ticks below `end`, as they were written.
  std::vector<owned_record> before(tick_number end) const {
    auto records = owned(intact.records);
    std::erase_if(records, [&](const owned_record& one) { return one.tick >= end; });
    return records;
  }

  const segment_scan& segment(const std::string& path) const {
    return *std::ranges::find(intact.segments, path, &segment_scan::path);
  }
};

enum class verdict { fine, torn, corrupt, other };

/// What a reader says of the damaged disk, after checking that what it returns was written.
verdict judge(written_log& log, tick_number expected_end) {
  const auto read = read_log(log.disk);
  if (!read)
    return read.error().code == error_code::corrupt ? verdict::corrupt : verdict::other;
  if (read->watermark.value_or(-1) + 1 != expected_end)
    return verdict::other;
  if (owned(read->records) != log.before(expected_end))
    return verdict::other;
  return read->torn.empty() ? verdict::fine : verdict::torn;
}

struct expectation {
  verdict what;
  tick_number end; ///< all ticks below count
};

/// One flipped byte at `offset` of `path`, in a log of which every round has a frame in every
/// shard.
expectation expect_flip(const written_log& log, const std::string& path, std::uint64_t offset) {
  const tick_number last = log.last_round();
  if (offset < header_bytes)
    return last > 1 ? expectation{verdict::corrupt, 0} : expectation{verdict::torn, 0};
  for (const scanned_frame& frame : log.segment(path).frames)
    if (offset >= frame.offset && offset < frame.offset + frame.bytes)
      return frame.round < last ? expectation{verdict::corrupt, 0}
                                : expectation{verdict::torn, last - 1};
  return {verdict::torn, last};
}

void flip_every_byte(written_log& log, const std::string& path, std::uint64_t end, bool every_bit) {
  for (std::uint64_t at = 0; at < end; at += testing::walk_step) {
    const expectation expected = expect_flip(log, path, at);
    for (std::uint64_t bit = every_bit ? 0 : at % 8; bit < 8; bit += every_bit ? 1 : 8) {
      log.disk.flip_bit(path, at * 8 + bit);
      ASSERT_EQ(judge(log, expected.end), expected.what)
        << path << " byte " << at << " bit " << bit;
      log.disk.flip_bit(path, at * 8 + bit);
    }
  }
}

TEST(journal_damage, every_flipped_bit_of_a_64_kib_log_is_classified) {
  written_log log(1, 0, 900);
  ASSERT_EQ(log.disk.contents(shard_0).size(), 65536u);
  ASSERT_GT(log.intact.segments.front().used_bytes, 60000u);
  flip_every_byte(log, shard_0, 65536, true);
}

TEST(journal_damage, flips_in_any_shard_are_classified_by_what_all_shards_witness) {
  written_log log(3, 6, 40);
  for (const segment_scan& segment : log.intact.segments)
    flip_every_byte(log, segment.path, segment.used_bytes + 256, false);
}

TEST(journal_damage, every_truncation_of_a_lone_64_kib_log_is_a_torn_tail) {
  written_log log(1, 0, 900);
  const auto whole = log.disk.contents(shard_0);
  const auto frames = log.intact.segments.front().frames;
  const std::uint64_t used = log.intact.segments.front().used_bytes;
  for (std::uint64_t size = 0; size <= whole.size(); size += testing::walk_step) {
    log.disk.set_contents(shard_0, {whole.begin(), whole.begin() + size});
    tick_number end = 0;
    std::uint64_t good = size >= header_bytes ? header_bytes : 0;
    for (const scanned_frame& frame : frames)
      if (size >= header_bytes && frame.offset + frame.bytes <= size) {
        end = frame.end;
        good = frame.offset + frame.bytes;
      }
    const bool whole_frames = size >= used || good == size || size == 0;
    ASSERT_EQ(judge(log, end), whole_frames ? verdict::fine : verdict::torn) << size;
  }
}

TEST(journal_damage, a_truncation_below_what_another_shard_witnesses_is_corruption) {
  written_log log(2, 8, 100);
  const auto whole = log.disk.contents(shard_1);
  const scanned_frame last = log.segment(shard_1).frames.back();
  for (std::uint64_t size = 0; size <= last.offset + last.bytes; ++size) {
    log.disk.set_contents(shard_1, {whole.begin(), whole.begin() + size});
    const verdict expected = size == last.offset + last.bytes ? verdict::fine
                             : size > last.offset             ? verdict::torn
                             : size == last.offset            ? verdict::torn
                                                              : verdict::corrupt;
    const tick_number end = expected == verdict::fine ? 8 : 7;
    ASSERT_EQ(judge(log, end), expected) << size;
  }
}

TEST(journal_damage, a_missing_segment_below_the_witness_is_corruption_and_named) {
  simulated_disk disk(4);
  const auto log = opened(disk, test_options());
  for (tick_number tick = 0; tick < 40; ++tick) {
    log->append(0, tick, 1, std::vector<std::byte>(20'000));
    ASSERT_TRUE(fine(log->flush(tick)));
  }
  const std::string second = "log/shard-00000-e000001-s000002.log";
  ASSERT_TRUE(disk.contains(second));
  disk.forget(second);
  const auto read = read_log(disk);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, error_code::corrupt);
  EXPECT_NE(read.error().message.find(second + " is missing"), std::string::npos)
    << read.error().message;
  // What is not asked for may be missing.
  EXPECT_TRUE(fine(read_log(disk, first_epoch, 20)));
}

TEST(journal_damage, a_shard_without_its_file_is_corruption) {
  written_log log(2, 4, 100);
  log.disk.forget(shard_1);
  EXPECT_EQ(judge(log, 0), verdict::corrupt);
}

TEST(journal_damage, an_epoch_without_its_files_is_corruption) {
  written_log log(2, 4, 100);
  log.disk.forget(shard_0);
  log.disk.forget(shard_1);
  const std::vector<epoch_start> epochs = {{1, 0}, {2, 4}};
  const auto read = read_log(log.disk, epochs);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, error_code::corrupt);
  EXPECT_TRUE(fine(read_log(log.disk, epochs, 4)));
}

TEST(journal_damage, corruption_names_file_offset_finding_and_loss) {
  written_log log(1, 4, 100);
  const scanned_frame second = log.intact.segments.front().frames[1];
  log.disk.flip_bit(shard_0, (second.offset + 70) * 8);
  const auto read = read_log(log.disk);
  ASSERT_FALSE(read.has_value());
  const std::string place = shard_0 + ", byte " + std::to_string(second.offset);
  for (const std::string& part :
       {place, std::string("ticks 1 to 2 of epoch 1"), std::string("CRC")})
    EXPECT_NE(read.error().message.find(part), std::string::npos) << read.error().message;

  const auto survey = survey_journal(log.disk, "log", test_identity(), first_epoch);
  ASSERT_TRUE(fine(survey));
  ASSERT_EQ(survey->lost.size(), 1u);
  EXPECT_EQ(survey->lost.front().from, 1u);
  EXPECT_EQ(survey->lost.front().end, 3u);
  EXPECT_FALSE(settle_journal(log.disk, *survey).has_value());
}

TEST(journal_damage, a_frame_in_the_place_of_another_is_corruption) {
  written_log log(1, 5, 100);
  const auto& frames = log.intact.segments.front().frames;
  auto bytes = log.disk.contents(shard_0);
  std::copy_n(bytes.begin() + frames[1].offset, frames[1].bytes, bytes.begin() + frames[3].offset);
  log.disk.set_contents(shard_0, bytes);
  EXPECT_EQ(judge(log, 0), verdict::corrupt);
}

TEST(journal_damage, a_frame_with_another_history_breaks_the_chain) {
  // Another life of the same directory, up to its salts: only the frame before tells them apart.
  written_log log(1, 2, 100);
  simulated_disk other(1);
  const auto written = opened(other, test_options());
  for (tick_number tick = 0; tick < 2; ++tick) {
    written->append(0, tick, 0, std::vector<std::byte>(100, std::byte{0xEE}));
    ASSERT_TRUE(fine(written->flush(tick)));
  }
  const scanned_frame second = log.intact.segments.front().frames[1];
  auto bytes = log.disk.contents(shard_0);
  const auto theirs = other.contents(shard_0);
  std::copy_n(theirs.begin() + second.offset, second.bytes, bytes.begin() + second.offset);
  log.disk.set_contents(shard_0, bytes);
  EXPECT_EQ(judge(log, 1), verdict::torn);
}

TEST(journal_damage, a_segment_under_another_name_does_not_count) {
  written_log log(2, 4, 100);
  const auto first = log.disk.contents(shard_0);
  log.disk.set_contents(shard_1, first);
  EXPECT_EQ(judge(log, 0), verdict::corrupt);
}

TEST(journal_damage, another_world_other_code_and_a_newer_format_are_told_apart) {
  written_log log(1, 2, 100);
  auto other = test_identity();
  other.world[3] = std::byte{9};
  const auto code_of = [&](const log_identity& identity, tick_number from = 0) {
    const auto read = read_journal(log.disk, "log", identity, first_epoch, {.from = from});
    return read ? error_code::failure : read.error().code;
  };
  EXPECT_EQ(code_of(other), error_code::wrong_world);
  other = test_identity();
  other.schema = 12;
  EXPECT_EQ(code_of(other), error_code::wrong_code);
  other = test_identity();
  other.code = 23;
  EXPECT_EQ(code_of(other), error_code::wrong_code);
  // Other code may have written epochs of which nothing is asked for.
  const std::vector<epoch_start> epochs = {{1, 0}, {2, 2}};
  EXPECT_TRUE(fine(read_journal(log.disk, "log", other, epochs, {.from = 2})));

  auto bytes = log.disk.contents(shard_0);
  journal_format::segment_header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.format_version = journal_format::version + 1;
  std::memcpy(bytes.data(), &header, sizeof header);
  header.crc = journal_format::crc_of_page(std::span(bytes).first(header_bytes));
  std::memcpy(bytes.data(), &header, sizeof header);
  log.disk.set_contents(shard_0, bytes);
  EXPECT_EQ(code_of(test_identity()), error_code::newer_format);
}

TEST(journal_damage, an_epoch_that_the_manifest_does_not_know_is_refused) {
  written_log log(1, 2, 100);
  const std::vector<epoch_start> older = {{0, 0}};
  const auto read = read_log(log.disk, older);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, error_code::corrupt);
}

TEST(journal_damage, a_torn_tail_is_kept_aside_and_gone_from_the_log) {
  written_log log(1, 5, 100);
  const scanned_frame last = log.intact.segments.front().frames.back();
  log.disk.flip_bit(shard_0, (last.offset + 80) * 8);
  const auto damaged = log.disk.contents(shard_0);
  const auto read = read_log(log.disk);
  ASSERT_TRUE(fine(read));
  ASSERT_EQ(read->torn.size(), 1u);
  ASSERT_TRUE(fine(settle_journal(log.disk, *read)));
  const auto kept = log.disk.contents("log/aside/shard-00000-e000001-s000001.log." +
                                      std::to_string(last.offset) + ".1");
  EXPECT_TRUE(std::ranges::equal(kept, std::span(damaged).subspan(last.offset, last.bytes)));
  const auto again = read_log(log.disk);
  ASSERT_TRUE(fine(again));
  EXPECT_TRUE(again->torn.empty());
  EXPECT_EQ(again->watermark, 3u);
}

TEST(journal_damage, a_damaged_floor_is_corruption) {
  simulated_disk disk(4);
  {
    const auto log = opened(disk, test_options());
    for (tick_number tick = 0; tick < 20; ++tick) {
      log->append(0, tick, 1, std::vector<std::byte>(20'000));
      ASSERT_TRUE(fine(log->flush(tick)));
    }
    ASSERT_TRUE(fine(log->remove_before(15)));
  }
  ASSERT_TRUE(fine(read_log(disk)));
  for (std::uint64_t bit = 0; bit < 24 * 8; ++bit) {
    disk.flip_bit("log/journal.floor", bit);
    const auto read = read_log(disk);
    ASSERT_FALSE(read.has_value()) << bit;
    ASSERT_EQ(read.error().code, error_code::corrupt) << bit;
    disk.flip_bit("log/journal.floor", bit);
  }
  disk.forget("log/journal.floor");
  const auto read = read_log(disk);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, error_code::corrupt);
}

/// Epoch 1, ticks 0 to 5, without syncs; then epoch 2, ticks 6 to 11, with them.
void write_unsynced_then_synced(simulated_disk& disk) {
  for (std::uint64_t epoch : {1, 2}) {
    auto options = test_options(1, epoch, (epoch - 1) * 6);
    options.sync = epoch == 2;
    const auto log = opened(disk, options);
    for (tick_number tick = (epoch - 1) * 6; tick < epoch * 6; ++tick) {
      log->append(0, tick, 1, bytes_of("x"));
      ASSERT_TRUE(fine(log->flush(tick)));
    }
    if (epoch == 2)
      continue;
    const auto settled = read_log(disk);
    ASSERT_TRUE(fine(settled));
    ASSERT_TRUE(fine(settle_journal(disk, *settled)));
  }
}
const std::vector<epoch_start> unsynced_then_synced = {{1, 0}, {2, 6}};

TEST(journal_damage, an_epoch_with_syncs_is_held_to_them_after_one_without) {
  simulated_disk disk(6);
  write_unsynced_then_synced(disk);
  const auto whole = read_log(disk, unsynced_then_synced);
  ASSERT_TRUE(fine(whole));
  EXPECT_TRUE(whole->synced);
  EXPECT_EQ(whole->records.size(), 12u);
  disk.flip_bit("log/shard-00000-e000002-s000001.log", (header_bytes + 2 * 128 + 70) * 8);
  const auto read = read_log(disk, unsynced_then_synced);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, error_code::corrupt);
}

TEST(journal_damage, what_was_written_without_syncs_is_durable_once_a_recovery_counted_on_it) {
  simulated_disk disk(7);
  write_unsynced_then_synced(disk);
  disk.crash();
  const auto read = read_log(disk, unsynced_then_synced);
  ASSERT_TRUE(fine(read));
  EXPECT_EQ(read->records.size(), 12u);
}

TEST(journal_damage, a_border_log_demands_nothing) {
  simulated_disk disk(5);
  {
    auto options = test_options(2);
    options.sync = false;
    const auto log = opened(disk, options);
    for (tick_number tick = 0; tick < 6; ++tick) {
      log->append(0, tick, 1, bytes_of("x"));
      log->append(1, tick, 1, bytes_of("y"));
      ASSERT_TRUE(fine(log->flush(tick)));
    }
  }
  const auto whole = read_log(disk);
  ASSERT_TRUE(fine(whole));
  EXPECT_FALSE(whole->synced);
  EXPECT_EQ(whole->records.size(), 12u);
  disk.flip_bit(shard_1, (header_bytes + 3 * 128 + 70) * 8);
  const auto read = read_log(disk);
  ASSERT_TRUE(fine(read));
  EXPECT_EQ(read->watermark, 2u);
  EXPECT_FALSE(read->torn.empty());

  disk.forget(shard_0);
  disk.forget(shard_1);
  const std::vector<epoch_start> epochs = {{1, 0}, {2, 6}};
  EXPECT_TRUE(fine(read_journal(disk, "log", test_identity(), epochs, {.synced = false})));
}

} // namespace
} // namespace tessera
