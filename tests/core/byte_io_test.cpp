#include "core/byte_io.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace tessera {
namespace {

struct point {
  float x = 0;
  std::uint32_t id = 0;
  bool operator==(const point&) const = default;
};

std::vector<std::byte> sample() {
  std::vector<std::byte> bytes;
  byte_writer writer(bytes);
  writer.write(std::uint8_t{0xAB});
  writer.write(std::uint32_t{0x01020304});
  writer.write(-2.5);
  writer.write_bool(true);
  const std::array<point, 2> points = {{{1.5f, 7}, {-0.0f, 9}}};
  writer.write_counted(std::span<const point>(points));
  writer.write_string("herd");
  const std::array<std::uint16_t, 3> known = {1, 2, 65535};
  writer.write_values(std::span<const std::uint16_t>(known));
  return bytes;
}

/// Reads what sample() wrote; equal to it only if nothing failed.
bool read_sample(byte_reader& reader) {
  bool same = reader.read<std::uint8_t>() == 0xAB;
  same &= reader.read<std::uint32_t>() == 0x01020304;
  same &= reader.read<double>() == -2.5;
  same &= reader.read_bool();
  same &= reader.read_counted<point>() == std::vector<point>{{1.5f, 7}, {-0.0f, 9}};
  same &= reader.read_string() == "herd";
  same &= reader.read_values<std::uint16_t>(3) == std::vector<std::uint16_t>{1, 2, 65535};
  return same;
}

TEST(byte_io, what_was_written_is_read_back) {
  const auto bytes = sample();
  byte_reader reader(bytes);
  EXPECT_TRUE(read_sample(reader));
  EXPECT_TRUE(reader.finish().has_value());
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(byte_io, integers_are_little_endian_without_padding) {
  std::vector<std::byte> bytes = {std::byte{0xFF}};
  byte_writer writer(bytes);
  writer.write(std::uint8_t{1});
  writer.write(std::uint32_t{0x0A0B0C0D});
  EXPECT_EQ(bytes, (std::vector<std::byte>{std::byte{0xFF}, std::byte{1}, std::byte{0x0D},
                                           std::byte{0x0C}, std::byte{0x0B}, std::byte{0x0A}}));
  EXPECT_EQ(writer.size(), 6u);
}

TEST(byte_io, a_size_can_be_filled_in_later) {
  std::vector<std::byte> bytes;
  byte_writer writer(bytes);
  writer.write(std::uint32_t{0});
  writer.write(std::uint16_t{5});
  writer.overwrite(0, static_cast<std::uint32_t>(writer.size()));
  byte_reader reader(bytes);
  EXPECT_EQ(reader.read<std::uint32_t>(), 6u);
  EXPECT_EQ(reader.read<std::uint16_t>(), 5u);
}

TEST(byte_io, every_truncation_fails_and_reads_nothing_past_the_end) {
  const auto whole = sample();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // An allocation of just this size, so that ASan sees a byte too many.
    const std::vector<std::byte> cut(whole.begin(),
                                     whole.begin() + static_cast<std::ptrdiff_t>(size));
    byte_reader reader(cut);
    EXPECT_FALSE(read_sample(reader)) << size;
    EXPECT_TRUE(reader.failed()) << size;
    ASSERT_FALSE(reader.finish().has_value()) << size;
    EXPECT_EQ(reader.finish().error().code, error_code::bad_bytes);
  }
}

TEST(byte_io, a_failure_sticks_and_later_reads_give_zeros) {
  const std::array<std::byte, 3> bytes = {std::byte{1}, std::byte{2}, std::byte{3}};
  byte_reader reader(bytes);
  EXPECT_EQ(reader.read<std::uint32_t>(), 0u);
  EXPECT_TRUE(reader.failed());
  EXPECT_EQ(reader.read<std::uint8_t>(), 0u) << "a byte is left, but the reader has failed";
  EXPECT_EQ(reader.offset(), 0u);
  EXPECT_FALSE(reader.read_bool());
  EXPECT_EQ(reader.read_string(), "");
  EXPECT_TRUE(reader.take(1).empty());
  EXPECT_EQ(reader.check().error().message, "at byte 0 of 3: 4 x 1 bytes expected, 3 left");
}

TEST(byte_io, a_count_that_cannot_be_true_allocates_nothing) {
  for (std::uint64_t count :
       {std::numeric_limits<std::uint64_t>::max(), std::uint64_t{1} << 61, std::uint64_t{3}}) {
    std::vector<std::byte> bytes;
    byte_writer writer(bytes);
    writer.write(count);
    writer.write(std::uint64_t{0});
    writer.write(std::uint64_t{0});
    byte_reader reader(bytes);
    EXPECT_EQ(reader.read_counted<std::uint64_t>().capacity(), 0u) << count;
    EXPECT_TRUE(reader.failed()) << count;
  }
}

TEST(byte_io, a_boolean_is_0_or_1) {
  const std::array<std::byte, 2> bytes = {std::byte{0}, std::byte{2}};
  byte_reader reader(bytes);
  EXPECT_FALSE(reader.read_bool());
  EXPECT_FALSE(reader.failed());
  EXPECT_FALSE(reader.read_bool());
  EXPECT_EQ(reader.check().error().message, "at byte 2 of 2: byte 2 is neither 0 nor 1");
}

TEST(byte_io, bytes_left_over_are_an_error_of_finish_alone) {
  const std::array<std::byte, 4> bytes = {};
  byte_reader reader(bytes);
  reader.read<std::uint16_t>();
  EXPECT_TRUE(reader.check().has_value());
  EXPECT_EQ(reader.finish().error().message, "at byte 2 of 4: 2 bytes left over");
}

TEST(byte_io, a_caller_can_declare_bytes_impossible) {
  const std::array<std::byte, 4> bytes = {};
  byte_reader reader(bytes);
  reader.read<std::uint16_t>();
  reader.give_up("columns do not add up");
  reader.give_up("a later reason");
  EXPECT_EQ(reader.check().error().message, "at byte 2 of 4: columns do not add up");
  EXPECT_EQ(reader.read<std::uint16_t>(), 0u);
}

TEST(byte_io, take_is_a_view_into_the_bytes_read) {
  const auto bytes = sample();
  byte_reader reader(bytes);
  reader.read<std::uint8_t>();
  const auto view = reader.take(4);
  EXPECT_EQ(view.data(), bytes.data() + 1);
  EXPECT_EQ(view.size(), 4u);
  EXPECT_EQ(reader.offset(), 5u);
}

} // namespace
} // namespace tessera
