// Trace files: what was recorded is read again; files that were cut off or damaged never harm the reader.
#include "core/trace_file.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>
#include <tuple>
#include <unistd.h>

namespace tessera {
namespace {

class trace_files : public ::testing::Test {
protected:
  trace_files() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  ~trace_files() override { std::filesystem::remove_all(folder); }

  trace_writer create(const trace_recorder& from, trace_writer::begin where) {
    auto made = trace_writer::create(file, from, where, {{"world", "meadow"}, {"workers", "2"}});
    EXPECT_TRUE(made.has_value());
    return std::move(*made);
  }

  std::vector<std::byte> bytes() const {
    std::ifstream in{file, std::ios::binary};
    std::vector<char> text{std::istreambuf_iterator<char>(in), {}};
    auto all = std::as_bytes(std::span(text));
    return {all.begin(), all.end()};
  }

  std::filesystem::path folder =
    std::filesystem::temp_directory_path() / ("tessera_trace_files_" + std::to_string(::getpid()));
  std::filesystem::path file = folder / "t.trace";
};

/// Two threads, two actors, ten messages and ten spans.
void record_something(trace_recorder& to) {
  const auto message = to.name("greet");
  const auto phase = to.name("wave");
  to.name_actor(7, "shard 0");
  to.name_actor(8, "shard 1");
  auto one = [&](std::uint64_t i) {
    to.record({trace_clock(), 100 + i, 7, 8, 3, trace_kind::enqueued, message});
    to.record({trace_clock(), 100 + i, 7, 8, 3, trace_kind::handling_began, message});
    { const trace_span span{{&to, 7, 3}, phase}; }
    to.record({trace_clock(), 100 + i, 7, 8, 3, trace_kind::handling_ended, message});
  };
  to.arm();
  for (std::uint64_t i = 0; i < 5; ++i)
    one(i);
  std::thread{[&] {
    for (std::uint64_t i = 5; i < 10; ++i)
      one(i);
  }}.join();
  to.disarm();
}

TEST_F(trace_files, hold_what_was_recorded) {
  trace_recorder recorder{64};
  auto out = create(recorder, trace_writer::begin::now);
  record_something(recorder);
  ASSERT_TRUE(out.finish().has_value());
  EXPECT_EQ(out.records(), 40U);
  EXPECT_EQ(out.lost(), 0U);

  auto log = read_trace(file);
  ASSERT_TRUE(log.has_value()) << log.error().message;
  EXPECT_FALSE(log->cut_off);
  EXPECT_EQ(log->lost, 0U);
  ASSERT_EQ(log->records.size(), 40U);
  EXPECT_EQ(log->about.front().second, "meadow");
  EXPECT_EQ(log->actor_name(7), "shard 0");
  EXPECT_EQ(log->actor_name(no_trace_actor), "outside");
  EXPECT_EQ(log->actor_name(99), "actor 99");
  std::size_t spans = 0;
  std::uint64_t last = 0;
  for (const auto& r : log->records) {
    EXPECT_GE(r.time, last);
    last = r.time;
    EXPECT_EQ(log->name_of(r.name), r.kind == trace_kind::span ? "wave" : "greet");
    spans += r.kind == trace_kind::span ? 1U : 0U;
    EXPECT_GE(log->ns_at(r.time), 0);
  }
  EXPECT_EQ(spans, 10U);
  EXPECT_GT(log->ns_per_unit(), 0);
}

TEST_F(trace_files, come_out_in_order_of_time_however_they_were_written) {
  trace_recorder recorder{4096};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 3; ++t)
    threads.emplace_back([&recorder, t] {
      std::mt19937 random(t);
      for (std::uint64_t i = 0; i < 1000; ++i) // nearly in order, and far from it
        recorder.record(
          {t == 2 ? random() % 1000 : i * 4 - std::min<std::uint64_t>(i * 4, random() % 40),
           random() % 5, t, 0, 0, static_cast<trace_kind>(1 + random() % 4), 0});
    });
  for (auto& t : threads)
    t.join();
  auto out = create(recorder, trace_writer::begin::with_what_there_is);
  ASSERT_TRUE(out.finish().has_value());
  const auto log = read_trace(file);
  ASSERT_TRUE(log.has_value());
  ASSERT_EQ(log->records.size(), 3000U);
  std::array<int, 3> of_thread{};
  for (std::size_t i = 0; i < log->records.size(); ++i) {
    const trace_record& r = log->records[i];
    ++of_thread.at(r.actor);
    if (i == 0)
      continue;
    const trace_record& before = log->records[i - 1];
    EXPECT_LE(std::tuple(before.time, before.kind), std::tuple(r.time, r.kind)) << i;
    if (before.time == r.time && before.kind == r.kind && r.kind == trace_kind::span) {
      EXPECT_GE(before.subject, r.subject) << "the longer holds the other";
    }
  }
  EXPECT_EQ(of_thread, (std::array{1000, 1000, 1000}));
}

TEST_F(trace_files, a_disarmed_recorder_writes_no_spans) {
  trace_recorder recorder{64};
  { const trace_span span{{&recorder, 1, 1}, recorder.name("nothing")}; }
  EXPECT_TRUE(recorder.rings().empty());
}

TEST_F(trace_files, count_what_a_ring_lost_before_it_was_drained) {
  trace_recorder recorder{8};
  auto out = create(recorder, trace_writer::begin::now);
  record_something(recorder);
  ASSERT_TRUE(out.finish().has_value());
  EXPECT_EQ(out.records(), 14U); // 7 of 8 of each thread
  EXPECT_EQ(out.lost(), 26U);
  auto log = read_trace(file);
  ASSERT_TRUE(log.has_value());
  EXPECT_EQ(log->records.size(), 14U);
  EXPECT_EQ(log->lost, 26U);
}

TEST_F(trace_files, a_flight_recorder_is_written_with_what_its_rings_still_hold) {
  trace_recorder recorder{8};
  record_something(recorder);
  auto out = create(recorder, trace_writer::begin::with_what_there_is);
  ASSERT_TRUE(out.finish().has_value());
  EXPECT_EQ(out.records(), 14U);
  EXPECT_EQ(read_trace(file)->records.size(), 14U);
}

TEST_F(trace_files, cut_off_anywhere_give_their_whole_chunks) {
  trace_recorder recorder{64};
  auto out = create(recorder, trace_writer::begin::now);
  record_something(recorder);
  ASSERT_TRUE(out.finish().has_value());
  const auto all = bytes();
  std::size_t most = 0;
  for (std::size_t size = 0; size < all.size(); ++size) {
    auto log = parse_trace(std::span(all).first(size));
    if (size < trace_format::header_bytes) {
      EXPECT_FALSE(log.has_value());
      continue;
    }
    ASSERT_TRUE(log.has_value()) << size << ": " << log.error().message;
    EXPECT_TRUE(log->cut_off) << size;
    EXPECT_GE(log->records.size(), most);
    most = log->records.size();
  }
  EXPECT_EQ(most, 40U);
}

TEST_F(trace_files, with_any_byte_changed_are_read_or_refused_never_worse) {
  trace_recorder recorder{64};
  auto out = create(recorder, trace_writer::begin::now);
  record_something(recorder);
  ASSERT_TRUE(out.finish().has_value());
  auto all = bytes();
  std::size_t refused = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::byte was = all[i];
    for (unsigned value : {0x00U, 0x7FU, 0xFFU}) {
      all[i] = static_cast<std::byte>(value);
      if (auto log = parse_trace(all); !log) {
        ++refused;
        EXPECT_FALSE(log.error().message.empty());
      }
    }
    all[i] = was;
  }
  EXPECT_GT(refused, 100U);
}

TEST_F(trace_files, of_a_newer_format_and_other_files_are_refused) {
  trace_recorder recorder{8};
  auto out = create(recorder, trace_writer::begin::now);
  ASSERT_TRUE(out.finish().has_value());
  auto all = bytes();
  all[8] = std::byte{9};
  EXPECT_EQ(parse_trace(all).error().code, error_code::newer_format);
  all[0] = std::byte{'X'};
  EXPECT_EQ(parse_trace(all).error().code, error_code::bad_bytes);
  EXPECT_EQ(read_trace(folder / "none").error().code, error_code::not_there);
}

} // namespace
} // namespace tessera
