// The decoder of tests/conformance, which was written from the pages in docs/formats alone, reads
// what we write: whoever reads by the page reads right.
#include "persistence/checkpoint_writer.hpp"
#include "persistence/manifest.hpp"
#include "persistence/manifest_lines.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/wait.h>
#include <vector>

namespace tessera {
namespace {

struct outcome {
  int status = -1;
  std::string text;
};

class checkpoint_decoder : public testing::Test {
protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "tessera_decoder_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  outcome decode(const std::string& name) const {
    const std::string command = "python3 " TESSERA_SOURCE_DIR
                                "/tests/conformance/checkpoint_decoder.py '" +
                                root_ + "/" + name + "' 2>&1";
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"),
                                               [](FILE*) { return 0; });
    outcome out;
    for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get()))
      out.text += static_cast<char>(c);
    out.status = WEXITSTATUS(::pclose(pipe.release()));
    return out;
  }

  std::string root_;
};

std::string hex_of(std::span<const std::byte> bytes) {
  std::string out;
  for (const auto byte : bytes)
    out += to_hex(std::to_integer<unsigned>(byte), 2);
  return out;
}

/// Repeats and does not, in turns, so that both kinds of block come out.
std::vector<std::byte> some_bytes(std::size_t count, std::uint32_t step) {
  std::vector<std::byte> bytes;
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < count; ++i) {
    state = state * 1664525 + 1013904223;
    bytes.push_back(static_cast<std::byte>(i % step == 0 ? state >> 24 : i / step));
  }
  return bytes;
}

TEST_F(checkpoint_decoder, reads_every_byte_of_a_checkpoint) {
  const auto ids = some_bytes(8 * 40'000, 8);
  const auto floats = some_bytes(12 * 100, 4);
  const auto noise = some_bytes(50, 1);
  const std::vector<checkpoint_section> sections = {
    {"id", 8, ids, column_filter::delta_shuffle},
    {"position", 12, floats, column_filter::shuffle},
    {"small", 2, std::span(floats).first(200), column_filter::delta_shuffle},
    {"plain", 12, floats, column_filter::none},
    {"noise", 1, noise, column_filter::none},
    {"empty", 4, {}, column_filter::shuffle}};
  checkpoint_header header{{{std::byte{0xAB}}, 0x1122334455667788, 5}, 4000, 3};
  const auto written = write_checkpoint(posix_files(), root_ + "/one", header, sections);
  ASSERT_TRUE(written) << written.error().message;
  const auto decoded = decode("one");
  ASSERT_EQ(decoded.status, 0) << decoded.text;
  const auto expect = [&decoded](const std::string& text) {
    EXPECT_NE(decoded.text.find(text), std::string::npos) << text.substr(0, 100);
  };
  expect("\"world\": \"ab000000000000000000000000000000\"");
  expect("\"schema\": 1234605616436508552");
  expect("\"code\": 5,");
  expect("\"tick\": 4000");
  expect("\"shard\": 3");
  // The first key behind the kind and the code: the file's own CRC, not a section's.
  expect("\"code\": 5, \"crc\": " + std::to_string(written->crc));
  for (const auto& section : sections)
    expect("\"bytes\": \"" + hex_of(section.bytes) + "\"");
}

TEST_F(checkpoint_decoder, finds_a_flipped_bit) {
  const auto ids = some_bytes(800, 8);
  const std::vector<checkpoint_section> sections = {{"id", 8, ids}};
  ASSERT_TRUE(write_checkpoint(posix_files(), root_ + "/one", {}, sections));
  auto bytes = *read_file(posix_files(), root_ + "/one", 10'000);
  bytes[100] ^= std::byte{1};
  ASSERT_TRUE(replace_file(posix_files(), root_ + "/one", bytes));
  const auto decoded = decode("one");
  EXPECT_EQ(decoded.status, 1);
  EXPECT_NE(decoded.text.find("CRC of the block at 64"), std::string::npos) << decoded.text;
}

TEST_F(checkpoint_decoder, reads_a_manifest) {
  manifest some;
  some.identity = {{std::byte{0xAB}}, 1, 2};
  some.layout = "rows \"2\"\n\\";
  some.epochs = {{1, 0}, {2, 4712}};
  some.inputs = {{"terrain/a hill.png", 70'000, 1}};
  some.checkpoints = {{4000, 0xfedcba9876543210, {{0, "a.checkpoint", 12, 5}}},
                      {8000, 7, {{2, "c.checkpoint", 14, 7}}}};
  ASSERT_TRUE(write_manifest(posix_files(), root_, some));
  const auto decoded = decode("MANIFEST");
  ASSERT_EQ(decoded.status, 0) << decoded.text;
  EXPECT_EQ(decoded.text,
            "{\"checkpoints\": [{\"files\": [[0, 12, \"00000005\", \"a.checkpoint\"]], \"hash\": "
            "\"fedcba9876543210\", \"tick\": 4000}, {\"files\": [[2, 14, \"00000007\", "
            "\"c.checkpoint\"]], \"hash\": \"0000000000000007\", \"tick\": 8000}], \"code\": "
            "\"0000000000000002\", \"epochs\": [[1, 0], [2, 4712]], \"inputs\": [[\"terrain/a "
            "hill.png\", 70000, \"00000001\"]], \"kind\": \"manifest\", \"layout\": \"rows "
            "\\\"2\\\"\\n\\\\\", \"schema\": \"0000000000000001\", \"world\": "
            "\"ab000000000000000000000000000000\"}\n");
}

} // namespace
} // namespace tessera
