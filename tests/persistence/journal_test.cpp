// A journal that nothing goes wrong with: what is appended comes back, in order, once it was
// flushed.
#include "core/assert.hpp"
#include "journal_records.hpp"
#include "persistence/journal_format.hpp"
#include "persistence/journal_settle.hpp"
#include "simulated_disk.hpp"

#include <filesystem>
#include <random>
#include <unistd.h>

namespace tessera {
namespace {

std::vector<std::string> texts(const journal_contents& contents) {
  std::vector<std::string> out;
  for (const journal_record& record : contents.records)
    out.push_back(std::to_string(record.tick) + "." + std::to_string(record.shard) + ":" +
                  text_of(record.bytes));
  return out;
}

TEST(journal, records_come_back_by_tick_shard_and_place) {
  simulated_disk disk(1);
  const auto log = opened(disk, test_options(2));
  EXPECT_FALSE(log->durable_tick().has_value());
  log->append(1, 3, 7, bytes_of("a"));
  log->append(0, 3, 7, bytes_of("b"));
  log->append(0, 3, 7, bytes_of(""));
  log->append(1, 4, 8, bytes_of("c"));
  ASSERT_TRUE(fine(log->flush(4)));
  EXPECT_EQ(log->durable_tick(), 4u);
  log->append(0, 5, 9, bytes_of("d"));
  ASSERT_TRUE(fine(log->flush(9)));
  const auto read = read_log(disk);
  ASSERT_TRUE(fine(read));
  EXPECT_EQ(texts(*read), (std::vector<std::string>{"3.0:b", "3.0:", "3.1:a", "4.1:c", "5.0:d"}));
  EXPECT_EQ(read->watermark, 9u);
  EXPECT_EQ(read->records.back().kind, 9);
  EXPECT_FALSE(read->clean_stop);
  EXPECT_TRUE(read->torn.empty());
}

TEST(journal, a_flush_takes_only_records_up_to_its_tick) {
  simulated_disk disk(1);
  {
    const auto log = opened(disk, test_options());
    for (tick_number tick = 0; tick < 6; ++tick)
      log->append(0, tick, 1, bytes_of(std::to_string(tick)));
    ASSERT_TRUE(fine(log->flush(3)));
  }
  const auto read = read_log(disk);
  ASSERT_TRUE(fine(read));
  EXPECT_EQ(texts(*read), (std::vector<std::string>{"0.0:0", "1.0:1", "2.0:2", "3.0:3"}));
  simulated_disk other(1);
  const auto log = opened(other, test_options());
  for (tick_number tick = 0; tick < 6; ++tick)
    log->append(0, tick, 1, bytes_of(std::to_string(tick)));
  ASSERT_TRUE(fine(log->flush(3)));
  ASSERT_TRUE(fine(log->flush(5)));
  const auto both = read_log(other);
  ASSERT_TRUE(fine(both));
  EXPECT_EQ(both->records.size(), 6u);
  EXPECT_EQ(both->records.back().tick, 5u);
}

TEST(journal, an_empty_round_moves_the_watermark_with_one_frame) {
  simulated_disk disk(1);
  const auto log = opened(disk, test_options(8));
  ASSERT_TRUE(fine(log->flush(10)));
  EXPECT_EQ(log->durable_tick(), 10u);
  EXPECT_EQ(disk.files().size(), 1u);
  const std::uint64_t calls = disk.calls();
  ASSERT_TRUE(fine(log->flush(10)));
  EXPECT_EQ(disk.calls(), calls) << "nothing was to be done";
  const auto read = read_log(disk);
  ASSERT_TRUE(fine(read));
  EXPECT_EQ(read->watermark, 10u);
  EXPECT_TRUE(read->records.empty());
}

TEST(journal, a_new_directory_has_no_watermark) {
  simulated_disk disk(1);
  const auto log = opened(disk, test_options());
  const auto read = read_log(disk);
  ASSERT_TRUE(fine(read));
  EXPECT_FALSE(read->watermark.has_value());
}

TEST(journal, ticks_far_apart_fit_one_round) {
  simulated_disk disk(1);
  const auto log = opened(disk, test_options());
  for (const tick_number tick : {0ull, 65535ull, 65536ull, 10'000'000'000ull})
    log->append(0, tick, 1, bytes_of("x"));
  ASSERT_TRUE(fine(log->flush(10'000'000'000)));
  const auto read = read_log(disk);
  ASSERT_TRUE(fine(read));
  ASSERT_EQ(read->records.size(), 4u);
  EXPECT_EQ(read->records[2].tick, 65536u);
  EXPECT_EQ(read->records[3].tick, 10'000'000'000u);
}

TEST(journal, a_batch_larger_than_any_segment_is_one_round) {
  simulated_disk disk(1);
  const auto log = opened(disk, test_options(2));
  for (std::uint32_t i = 0; i < 300; ++i)
    log->append(0, i / 100, 1, std::vector<std::byte>(100'000, static_cast<std::byte>(i)));
  log->append(0, 3, 1, std::vector<std::byte>(20u << 20, std::byte{9}));
  log->append(1, 3, 1, bytes_of("small"));
  ASSERT_TRUE(fine(log->flush(3)));
  EXPECT_EQ(log->statistics().rounds, 1u);
  const auto read = read_log(disk);
  ASSERT_TRUE(fine(read));
  ASSERT_EQ(read->records.size(), 302u);
  EXPECT_EQ(read->records[299].bytes[5], static_cast<std::byte>(299 & 255));
  EXPECT_EQ(read->records[300].bytes.size(), 20u << 20);
}

TEST(journal, segments_grow_from_64_kib_and_idle_shards_have_none) {
  simulated_disk disk(1);
  const auto log = opened(disk, test_options(1000));
  for (tick_number tick = 0; tick < 30; ++tick) {
    log->append(7, tick, 1, std::vector<std::byte>(10'000));
    ASSERT_TRUE(fine(log->flush(tick)));
  }
  const std::string name = "log/shard-00007-e000001-s00000";
  ASSERT_EQ(disk.files().size(), 3u);
  EXPECT_EQ(disk.contents(name + "1.log").size(), 64u << 10);
  EXPECT_EQ(disk.contents(name + "2.log").size(), 128u << 10);
  EXPECT_EQ(disk.contents(name + "3.log").size(), 256u << 10);
}

TEST(journal, a_small_commit_is_one_write_and_one_sync) {
  simulated_disk disk(1);
  const auto log = opened(disk, test_options());
  ASSERT_TRUE(fine(log->flush(0)));
  for (tick_number tick = 1; tick < 10; ++tick) {
    log->append(0, tick, 1, std::vector<std::byte>(100));
    const std::uint64_t calls = disk.calls();
    ASSERT_TRUE(fine(log->flush(tick)));
    EXPECT_EQ(disk.calls() - calls, 2u);
  }
}

TEST(journal, a_clean_stop_is_seen_until_a_new_epoch_begins) {
  simulated_disk disk(1);
  {
    const auto log = opened(disk, test_options());
    log->append(0, 0, 1, bytes_of("a"));
    ASSERT_TRUE(fine(log->flush(0)));
    log->append(0, 1, 1, bytes_of("never flushed"));
    ASSERT_TRUE(fine(log->close()));
    ASSERT_TRUE(fine(log->close()));
  }
  disk.crash();
  const auto read = read_log(disk);
  ASSERT_TRUE(fine(read));
  EXPECT_TRUE(read->clean_stop);
  EXPECT_EQ(read->watermark, 0u);
  EXPECT_EQ(read->records.size(), 1u);
  const std::vector<epoch_start> epochs = {{1, 0}, {2, 1}};
  const auto later = read_log(disk, epochs);
  ASSERT_TRUE(fine(later));
  EXPECT_FALSE(later->clean_stop);
  EXPECT_EQ(later->watermark, 0u);
}

TEST(journal, an_epoch_begins_once) {
  simulated_disk disk(1);
  {
    const auto log = opened(disk, test_options(1, 3));
    ASSERT_TRUE(fine(log->flush(0)));
  }
  EXPECT_FALSE(journal::open(disk, test_options(1, 3)).has_value());
  EXPECT_FALSE(journal::open(disk, test_options(1, 2)).has_value());
  EXPECT_TRUE(fine(journal::open(disk, test_options(1, 4))));
}

TEST(journal, removing_deletes_what_lies_below_and_keeps_the_rest) {
  simulated_disk disk(1);
  const auto log = opened(disk, test_options(2));
  for (tick_number tick = 0; tick < 40; ++tick) {
    log->append(0, tick, 1, std::vector<std::byte>(15'000));
    log->append(1, tick, 1, bytes_of("x"));
    ASSERT_TRUE(fine(log->flush(tick)));
  }
  const std::size_t before = disk.files().size();
  ASSERT_TRUE(fine(log->remove_before(15)));
  EXPECT_LT(disk.files().size(), before);
  disk.crash();
  const auto read = read_log(disk);
  ASSERT_TRUE(fine(read));
  EXPECT_EQ(read->floor, 15u);
  EXPECT_EQ(read->watermark, 39u);
  EXPECT_EQ(read->records.size(), 2u * 25);
  EXPECT_EQ(read->records.front().tick, 15u);
}

TEST(journal, older_epochs_go_when_the_new_one_is_all_that_is_needed) {
  simulated_disk disk(1);
  {
    const auto log = opened(disk, test_options());
    ASSERT_TRUE(fine(log->flush(9)));
  }
  const auto log = opened(disk, test_options(1, 2, 10));
  ASSERT_TRUE(fine(log->flush(19)));
  ASSERT_TRUE(fine(log->remove_before(9)));
  EXPECT_EQ(disk.files().size(), 2u);
  ASSERT_TRUE(fine(log->remove_before(10)));
  EXPECT_EQ(disk.files().size(), 2u) << "the new segment and the floor";
  const std::vector<epoch_start> epochs = {{1, 0}, {2, 10}};
  const auto read = read_log(disk, epochs);
  ASSERT_TRUE(fine(read));
  EXPECT_EQ(read->watermark, 19u);
}

TEST(journal, a_visit_takes_one_shard_and_a_range_and_may_stop) {
  simulated_disk disk(1);
  const auto log = opened(disk, test_options(3));
  for (tick_number tick = 0; tick < 20; ++tick) {
    for (std::uint32_t shard = 0; shard < 3; ++shard)
      log->append(shard, tick, 1, bytes_of(std::to_string(shard)));
    if (tick % 4 == 3) {
      ASSERT_TRUE(fine(log->flush(tick)));
    }
  }
  const auto survey = survey_journal(disk, "log", test_identity(), first_epoch);
  ASSERT_TRUE(fine(survey));
  std::vector<tick_number> ticks;
  const auto keep = [&](const journal_record& record) {
    EXPECT_EQ(record.shard, 2u);
    EXPECT_EQ(text_of(record.bytes), "2");
    ticks.push_back(record.tick);
    return ticks.size() < 6;
  };
  ASSERT_TRUE(fine(visit_journal(disk, *survey, {5, 8, 2}, keep)));
  EXPECT_EQ(ticks, (std::vector<tick_number>{5, 6, 7, 8}));
  ticks.clear();
  ASSERT_TRUE(fine(visit_journal(disk, *survey, {5, 18, 2}, keep)));
  EXPECT_EQ(ticks.size(), 6u);
}

TEST(journal, records_out_of_order_break_an_invariant) {
  simulated_disk disk(1);
  const auto log = opened(disk, test_options());
  log->append(0, 5, 1, {});
  EXPECT_THROW(log->append(0, 4, 1, {}), broken_invariant);
  EXPECT_THROW(log->append(1, 5, 1, {}), broken_invariant);
  ASSERT_TRUE(fine(log->flush(6)));
  EXPECT_THROW(log->append(0, 6, 1, {}), broken_invariant);
}

TEST(journal, names_of_segments_are_read_back_and_only_those) {
  using namespace journal_format;
  for (const segment_name name : {segment_name{0, 1, 1}, segment_name{1234567, 12345678, 1234567}})
    EXPECT_EQ(parse_name(name_of(name)), name);
  EXPECT_EQ(name_of({7, 1, 3}), "shard-00007-e000001-s000003.log");
  for (const char* other : {"shard-7-e1-s3.log", "shard-00007-e000001-s000003.log.new", "aside",
                            "shard-00007-e000001-s99999999999.log", "journal.floor", ""})
    EXPECT_FALSE(parse_name(other).has_value()) << other;
}

/// On the machine's own disk, through io_uring if there is one, and with the segments' own thread.
class journal_on_disk : public testing::TestWithParam<bool> {
protected:
  journal_on_disk()
    : directory_(std::filesystem::temp_directory_path() /
                 ("tessera_journal_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(directory_);
  }
  ~journal_on_disk() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path directory_;
};

TEST_P(journal_on_disk, many_shards_and_segments_come_back) {
  auto options = test_options(24);
  options.directory = directory_ / "log";
  options.allow_io_uring = GetParam();
  options.make_segments_ahead = true;
  std::vector<owned_record> written;
  {
    const auto log = opened(posix_files(), options);
    std::mt19937 random(1);
    for (tick_number tick = 0; tick < 60; ++tick) {
      for (std::uint32_t shard = 0; shard < 24; ++shard) {
        owned_record record{shard, tick, 5,
                            std::vector<std::byte>(random() % (shard < 2 ? 30'000 : 500),
                                                   static_cast<std::byte>(tick))};
        log->append(shard, tick, record.kind, record.bytes);
        written.push_back(std::move(record));
      }
      if (tick % 2 == 1) {
        ASSERT_TRUE(fine(log->flush(tick)));
      }
    }
    ASSERT_TRUE(fine(log->close()));
    EXPECT_TRUE(GetParam() || log->writer_name() == "pwrite");
  }
  sort_as_read(written);
  const auto read = read_journal(posix_files(), options.directory, options.identity, first_epoch);
  ASSERT_TRUE(fine(read));
  EXPECT_TRUE(read->clean_stop);
  EXPECT_EQ(owned(read->records), written);
  std::vector<owned_record> visited;
  const auto keep = [&](const journal_record& record) {
    visited.push_back(
      {record.shard, record.tick, record.kind, {record.bytes.begin(), record.bytes.end()}});
    return true;
  };
  const auto survey =
    survey_journal(posix_files(), options.directory, options.identity, first_epoch);
  ASSERT_TRUE(fine(survey));
  ASSERT_TRUE(fine(visit_journal(posix_files(), *survey, {}, keep)));
  EXPECT_EQ(visited, written);
  ASSERT_TRUE(fine(settle_journal(posix_files(), *survey)));
  EXPECT_TRUE(fine(read_journal(posix_files(), options.directory, options.identity, first_epoch)));
}

INSTANTIATE_TEST_SUITE_P(writers, journal_on_disk, testing::Bool(),
                         [](const auto& about) { return about.param ? "io_uring" : "pwrite"; });

} // namespace
} // namespace tessera
