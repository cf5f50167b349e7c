#include "shards/command_codec.hpp"
#include "tests/support/test_games.hpp"
#include "tests/support/worlds.hpp"

#include <gtest/gtest.h>

namespace tessera::testing {
namespace {

std::vector<std::byte> bytes_of(const std::vector<command>& commands) {
  std::vector<std::byte> bytes;
  for (const auto& c : commands)
    write_command(bytes, c);
  return bytes;
}

TEST(command_codec, gives_back_what_was_written) {
  auto setup = make_world(wanderers::definition.define);
  auto commands = wanderers_commands(*setup, 3, 500, 50);
  for (std::size_t i = 0; i < commands.size(); ++i) {
    command& c = commands[i];
    c.tick = 7;
    if (c.op != command_op::spawn && i % 3 == 1)
      c.expected = cell{c.target.birth_cell_x(), c.target.birth_cell_z()};
    else if (i % 3 == 2)
      c.expected = cell{3, 900};
    if (c.op == command_op::set && i % 2 == 0 && !c.parts.front().bytes.empty()) {
      c.op = command_op::get;
      c.parts.front().bytes.clear();
    }
  }
  auto read = read_commands(bytes_of(commands), 7);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), commands.size());
  std::set<command_op> ops;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const command& a = commands[i];
    const command& b = (*read)[i];
    ops.insert(a.op);
    EXPECT_EQ(a.order(), b.order());
    EXPECT_EQ(a.tick, b.tick);
    EXPECT_EQ(a.op, b.op);
    EXPECT_EQ(a.target, b.target);
    EXPECT_EQ(a.expected, b.expected);
    EXPECT_EQ(std::memcmp(&a.place, &b.place, sizeof a.place), 0);
    ASSERT_EQ(a.parts.size(), b.parts.size());
    for (std::size_t k = 0; k < a.parts.size(); ++k) {
      EXPECT_EQ(a.parts[k].type, b.parts[k].type);
      EXPECT_EQ(a.parts[k].fields, b.parts[k].fields);
      EXPECT_EQ(a.parts[k].bytes, b.parts[k].bytes);
    }
  }
  EXPECT_EQ(ops.size(), 6U) << "not every kind of command was there";
}

TEST(command_codec, refuses_bytes_that_were_cut_or_are_no_commands) {
  auto setup = make_world(wanderers::definition.define);
  auto commands = wanderers_commands(*setup, 3, 1, 50);
  auto bytes = bytes_of(commands);
  for (std::size_t keep = 1; keep < bytes.size(); ++keep)
    EXPECT_FALSE(read_commands(std::span(bytes).first(keep), 0)) << keep;
  bytes[0] = std::byte{6};
  EXPECT_FALSE(read_commands(bytes, 0));
  // A length beyond the end is refused before anything is allocated for it.
  std::vector<std::byte> huge{std::byte{0}, std::byte{1}, std::byte{1}, std::byte{0},
                              std::byte{1}, std::byte{0}, std::byte{0}, std::byte{0}};
  for (int i = 0; i < 9; ++i)
    huge.push_back(std::byte{0xFF});
  huge.push_back(std::byte{1});
  EXPECT_FALSE(read_commands(huge, 0));
}

} // namespace
} // namespace tessera::testing
