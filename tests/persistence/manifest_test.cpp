#include "persistence/crc32c.hpp"
#include "persistence/manifest.hpp"
#include "persistence/manifest_lines.hpp"
#include "simulated_disk.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace tessera {
namespace {

manifest some_manifest() {
  manifest some;
  some.identity = {{std::byte{0xAB}, std::byte{2}}, 0x1122334455667788, 0x99};
  some.layout = "rows \"2\"\ncolumns\t3 \\ x";
  some.epochs = {{1, 0}, {2, 4712}, {3, 4712}};
  some.inputs = {{"world.toml", 300, 0x89abcdef}, {"terrain/a hill.png", 70'000, 1}};
  some.checkpoints = {{4000, 0xfedcba9876543210, {{0, "a.checkpoint", 12, 5}}},
                      {8000, 7, {{0, "b.checkpoint", 13, 6}, {2, "c.checkpoint", 14, 7}}}};
  return some;
}

/// Text with a right CRC line behind it.
std::string sealed(std::string body) {
  const auto crc = crc32c(std::as_bytes(std::span(body.data(), body.size())));
  return body + "crc32c " + to_hex(crc, 8) + "\n";
}

std::string without_crc(const std::string& text) {
  return text.substr(0, text.size() - 16);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(manifest, is_text_that_an_operator_can_read) {
  EXPECT_EQ(to_text(some_manifest()),
            sealed("tessera manifest version 1\n"
                   "world ab020000000000000000000000000000\n"
                   "schema 1122334455667788\n"
                   "code 0000000000000099\n"
                   "layout \"rows \\\"2\\\"\\x0acolumns\\x093 \\\\ x\"\n"
                   "epoch 1 from 0\n"
                   "epoch 2 from 4712\n"
                   "epoch 3 from 4712\n"
                   "input \"world.toml\" bytes 300 crc 89abcdef\n"
                   "input \"terrain/a hill.png\" bytes 70000 crc 00000001\n"
                   "checkpoint tick 4000 hash fedcba9876543210\n"
                   "file shard 0 bytes 12 crc 00000005 name a.checkpoint\n"
                   "checkpoint tick 8000 hash 0000000000000007\n"
                   "file shard 0 bytes 13 crc 00000006 name b.checkpoint\n"
                   "file shard 2 bytes 14 crc 00000007 name c.checkpoint\n"));
}

TEST(manifest, what_was_written_is_read_back) {
  simulated_disk fs(1);
  ASSERT_TRUE(fs.make_directory("data"));
  for (const auto& given : {some_manifest(), manifest{}}) {
    ASSERT_TRUE(write_manifest(fs, "data", given));
    const auto read = read_manifest(fs, "data");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, given);
  }
}

TEST(manifest, none_there_is_said) {
  simulated_disk fs(1);
  ASSERT_TRUE(fs.make_directory("data"));
  const auto read = read_manifest(fs, "data");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, error_code::not_there);
  EXPECT_NE(read.error().message.find("data holds no world"), std::string::npos);
}

TEST(manifest, every_truncation_is_found) {
  const auto text = to_text(some_manifest());
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto parsed = parse_manifest(text.substr(0, size), "M");
    ASSERT_FALSE(parsed) << size;
    EXPECT_EQ(parsed.error().code, error_code::corrupt);
  }
}

TEST(manifest, every_bit_flip_is_found) {
  auto text = to_text(some_manifest());
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    const char before = text[bit / 8];
    text[bit / 8] = static_cast<char>(before ^ (1 << bit % 8));
    const auto parsed = parse_manifest(text, "M");
    ASSERT_FALSE(parsed) << "bit " << bit;
    EXPECT_EQ(parsed.error().code, error_code::corrupt) << parsed.error().message;
    text[bit / 8] = before;
  }
}

TEST(manifest, a_line_that_is_wrong_under_a_right_crc_is_named_with_what_is_allowed) {
  const auto text = without_crc(to_text(some_manifest()));
  const auto message_for = [&text](const std::string& from, const std::string& to) {
    const auto parsed = parse_manifest(sealed(replaced(text, from, to)), "DIR/MANIFEST");
    EXPECT_FALSE(parsed) << from << " -> " << to;
    EXPECT_EQ(parsed.error().code, error_code::corrupt);
    return parsed.error().message;
  };
  EXPECT_EQ(
    message_for("schema 1122334455667788", "schema 112233445566778"),
    "DIR/MANIFEST: the manifest is damaged: line 3: found 'schema 112233445566778', allowed "
    "is schema 16_HEX_DIGITS; keep the directory as it is and restore a backup, or see what "
    "'tessera salvage' can save");
  const std::vector<std::pair<std::string, std::string>> wrong = {
    {"world ab", "world AB"},
    {"epoch 1 from 0", "epoch 01 from 0"},
    {"epoch 1 from 0", "epoch 1 from 0 "},
    {"epoch 2 from 4712", "epoch 1 from 4712"},
    {"epoch 3 from 4712", "epoch 3 from 4711"},
    {"epoch 1 from 0", "epoch 18446744073709551616 from 0"},
    {"epoch 1 from 0\n", "epoch 1 from 0\n\n"},
    {"epoch 1 from 0\n", ""},
    {"\"world.toml\"", "\"../world.toml\""},
    {"\"world.toml\"", "\"/world.toml\""},
    {"\"world.toml\"", "\"terrain/a hill.png\""},
    {"\"world.toml\"", "\"a//b\""},
    {"\"world.toml\"", "\"a\\x00b\""},
    {"\"world.toml\"", "\"world\\x2etoml\""},
    {"name a.checkpoint", "name a/b"},
    {"name a.checkpoint", "name .."},
    {"name a.checkpoint", "name "},
    {"name a.checkpoint", "name b.checkpoint"},
    {"checkpoint tick 8000", "checkpoint tick 4000"},
    {"file shard 2", "file shard 0"},
    {"file shard 2", "file shard 4294967296"},
    {"checkpoint tick 4000 hash fedcba9876543210\n", ""},
    {"layout", "layouts"}};
  for (const auto& [from, to] : wrong) {
    // Leaving out epoch 1 is no mistake by itself; all others are.
    if (to.empty() && from.starts_with("epoch")) {
      EXPECT_TRUE(parse_manifest(sealed(replaced(text, from, to)), "M"));
      continue;
    }
    EXPECT_NE(message_for(from, to).find("DIR/MANIFEST"), std::string::npos);
  }
}

TEST(manifest, a_newer_version_is_told_from_damage) {
  const auto text = without_crc(to_text(some_manifest()));
  const auto newer = replaced(text, "version 1", "version 2") + "something new\n";
  const auto parsed = parse_manifest(sealed(newer), "M");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, error_code::newer_format);
  EXPECT_EQ(parse_manifest(newer + "crc32c 00000000\n", "M").error().code, error_code::corrupt);
}

TEST(manifest, one_that_breaks_a_rule_is_not_written) {
  simulated_disk fs(1);
  ASSERT_TRUE(fs.make_directory("data"));
  ASSERT_TRUE(write_manifest(fs, "data", some_manifest()));
  auto wrong = some_manifest();
  wrong.checkpoints[1].files[0].name = "../escape";
  const auto calls = fs.calls();
  EXPECT_EQ(write_manifest(fs, "data", wrong).error().code, error_code::failure);
  EXPECT_EQ(fs.calls(), calls);
  EXPECT_EQ(*read_manifest(fs, "data"), some_manifest());
}

TEST(manifest, a_crash_at_any_call_leaves_the_old_one_or_the_new_one) {
  auto next = some_manifest();
  next.epochs.push_back({4, 9000});
  for (std::uint64_t call = 0; call < 8; ++call)
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      simulated_disk fs(seed);
      ASSERT_TRUE(fs.make_directory("data"));
      ASSERT_TRUE(fs.sync_directory(""));
      ASSERT_TRUE(write_manifest(fs, "data", some_manifest()));
      fs.fail_calls(call, error_code::io_failure);
      const bool said_done = write_manifest(fs, "data", next).has_value();
      fs.crash();
      const auto read = read_manifest(fs, "data");
      ASSERT_TRUE(read) << call << " " << seed << ": " << read.error().message;
      EXPECT_TRUE(*read == next || (!said_done && *read == some_manifest()));
    }
}

RC_GTEST_PROP(manifest, any_layout_text_comes_back, (const std::string& layout)) {
  auto some = some_manifest();
  some.layout = layout;
  const auto parsed = parse_manifest(to_text(some), "M");
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(*parsed == some);
}

RC_GTEST_PROP(manifest, what_is_accepted_is_what_would_be_written, ()) {
  // Characters that matter to the format, put anywhere, under a right CRC.
  auto body = without_crc(to_text(some_manifest()));
  const std::string alphabet = "\\\"x0919afzA \n.-/\x01\xc3";
  const auto changes = *rc::gen::inRange(1, 4);
  for (int i = 0; i < changes; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, body.size());
    const char with = *rc::gen::elementOf(alphabet);
    if (*rc::gen::arbitrary<bool>())
      body[at] = with;
    else
      body.insert(at, 1, with);
  }
  const auto text = sealed(body);
  if (const auto parsed = parse_manifest(text, "M")) {
    RC_ASSERT(to_text(*parsed) == text);
    RC_ASSERT(!manifest_fault(*parsed));
  }
}

} // namespace
} // namespace tessera
