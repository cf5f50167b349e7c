// A ring of trace records: the newest are there, the lost are counted, and what is read was whole.
#include "core/trace_ring.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace tessera {
namespace {

/// A record whose every word tells its number.
trace_record numbered(std::uint64_t i) {
  trace_record r;
  r.time = i;
  r.subject = ~i;
  r.actor = static_cast<std::uint32_t>(i);
  r.peer = static_cast<std::uint32_t>(i * 3);
  r.tick = static_cast<std::uint32_t>(i * 5);
  r.name = static_cast<std::uint16_t>(i);
  return r;
}

void expect_number(const trace_record& r, std::uint64_t i) {
  EXPECT_EQ(r.time, i);
  EXPECT_EQ(r.subject, ~i);
  EXPECT_EQ(r.actor, static_cast<std::uint32_t>(i));
  EXPECT_EQ(r.peer, static_cast<std::uint32_t>(i * 3));
  EXPECT_EQ(r.tick, static_cast<std::uint32_t>(i * 5));
  EXPECT_EQ(r.name, static_cast<std::uint16_t>(i));
}

TEST(trace_ring, gives_out_what_was_written_in_order) {
  trace_ring ring{8};
  std::vector<trace_record> out;
  EXPECT_EQ(ring.read(0, out), 0U);
  EXPECT_TRUE(out.empty());
  for (std::uint64_t i = 0; i < 5; ++i)
    ring.write(numbered(i));
  EXPECT_EQ(ring.read(2, out), 2U);
  ASSERT_EQ(out.size(), 3U);
  for (std::size_t i = 0; i < out.size(); ++i)
    expect_number(out[i], i + 2);
}

TEST(trace_ring, a_full_ring_overwrites_its_oldest_and_says_so) {
  trace_ring ring{8};
  for (std::uint64_t i = 0; i < 20; ++i)
    ring.write(numbered(i));
  std::vector<trace_record> out;
  // The slot that the writer would change next may be changing: seven of eight are sure.
  EXPECT_EQ(ring.read(0, out), 13U);
  ASSERT_EQ(out.size(), 7U);
  for (std::size_t i = 0; i < out.size(); ++i)
    expect_number(out[i], i + 13);
}

TEST(trace_ring, what_is_read_while_it_is_written_was_whole) {
  constexpr std::uint64_t records = 300'000;
  trace_ring ring{64};
  std::atomic<bool> done{false};
  std::thread writer{[&] {
    for (std::uint64_t i = 0; i < records; ++i)
      ring.write(numbered(i));
    done.store(true);
  }};
  std::uint64_t next = 0;
  std::uint64_t read = 0;
  std::uint64_t lost = 0;
  std::vector<trace_record> out;
  for (bool last = false; !last;) {
    last = done.load();
    out.clear();
    const std::uint64_t first = ring.read(next, out);
    ASSERT_GE(first, next);
    lost += first - next;
    read += out.size();
    for (std::size_t i = 0; i < out.size(); ++i)
      expect_number(out[i], first + i);
    next = first + out.size();
  }
  writer.join();
  EXPECT_EQ(read + lost, records);
  EXPECT_GE(read, 63U);
}

} // namespace
} // namespace tessera
