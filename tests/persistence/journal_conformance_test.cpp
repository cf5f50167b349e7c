// What the decoder written from docs/formats/journal.md alone makes of journals written here.
#include "journal_records.hpp"
#include "simulated_disk.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

namespace tessera {
namespace {

namespace stdfs = std::filesystem;

struct run_outcome {
  int exit = -1;
  std::string output;
};

run_outcome decode(const stdfs::path& directory, std::span<const epoch_start> epochs) {
  std::string command =
    "python3 " TESSERA_SOURCE_DIR "/tests/conformance/journal_decoder.py " + directory.string();
  for (const epoch_start& one : epochs)
    command += " " + std::to_string(one.epoch) + ":" + std::to_string(one.first_tick);
  run_outcome out;
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
    out.output.append(buffer.data(), count);
  out.exit = WEXITSTATUS(::pclose(pipe));
  return out;
}

/// What the decoder should print of what our reader read.
run_outcome expected(const result<journal_contents>& read) {
  if (!read)
    return {1, {}};
  std::string text;
  for (const journal_record& record : read->records) {
    text += "record " + std::to_string(record.shard) + " " + std::to_string(record.tick) + " " +
            std::to_string(record.kind) + " ";
    for (const std::byte value : record.bytes) {
      constexpr std::string_view digits = "0123456789abcdef";
      text += digits[static_cast<unsigned>(value) >> 4];
      text += digits[static_cast<unsigned>(value) & 15];
    }
    text += "\n";
  }
  text += "watermark " + (read->watermark ? std::to_string(*read->watermark) : "none") + "\n";
  text += "clean_stop " + std::to_string(read->clean_stop ? 1 : 0) + "\n";
  text += "torn " + std::to_string(read->torn.size()) + "\n";
  return {0, text};
}

class journal_conformance : public testing::Test {
protected:
  journal_conformance()
    : directory_(stdfs::temp_directory_path() /
                 ("tessera_conformance_" + std::to_string(::getpid()))) {}
  ~journal_conformance() override { stdfs::remove_all(directory_); }

  void compare(simulated_disk& disk, std::span<const epoch_start> epochs, const std::string& what) {
    stdfs::remove_all(directory_);
    stdfs::create_directories(directory_);
    for (const std::string& path : disk.files()) {
      if (path.starts_with("log/aside/"))
        continue;
      const auto bytes = disk.contents(path);
      std::ofstream out(directory_ / path.substr(path.rfind('/') + 1), std::ios::binary);
      out.write(reinterpret_cast<const char*>(bytes.data()),
                static_cast<std::streamsize>(bytes.size()));
    }
    const auto ours = expected(read_log(disk, epochs));
    const auto theirs = decode(directory_, epochs);
    EXPECT_EQ(theirs.exit, ours.exit) << what << "\n" << theirs.output;
    if (ours.exit == 0)
      EXPECT_EQ(theirs.output, ours.output) << what;
    else
      EXPECT_TRUE(theirs.output.starts_with("corrupt ")) << what << "\n" << theirs.output;
  }

private:
  stdfs::path directory_;
};

/// Three shards, one of them busy enough for several segments; the second epoch ends cleanly.
void write_two_epochs(simulated_disk& disk) {
  std::mt19937 random(5);
  for (std::uint64_t epoch = 1; epoch <= 2; ++epoch) {
    const tick_number first = epoch == 1 ? 0 : 9;
    const auto log = opened(disk, test_options(3, epoch, first));
    for (tick_number tick = first; tick < first + 12; ++tick) {
      for (std::uint32_t shard = 0; shard < 3 && tick % 4 != 3; ++shard)
        for (auto count = random() % 3; count > 0; --count) {
          std::vector<std::byte> bytes(random() % (shard == 1 ? 9000 : 60));
          for (std::byte& value : bytes)
            value = static_cast<std::byte>(random());
          log->append(shard, tick, static_cast<std::uint16_t>(random()), bytes);
        }
      if (tick % 2 == 1) {
        ASSERT_TRUE(fine(log->flush(tick)));
      }
    }
    ASSERT_TRUE(fine(log->flush(first + 11)));
    if (epoch == 2) {
      ASSERT_TRUE(fine(log->close()));
    }
  }
}

TEST_F(journal_conformance, the_decoder_of_the_page_reads_what_was_written) {
  const std::vector<epoch_start> epochs = {{1, 0}, {2, 9}};
  simulated_disk disk(1);
  write_two_epochs(disk);
  ASSERT_FALSE(HasFailure());
  const auto read = read_log(disk, epochs);
  ASSERT_TRUE(fine(read));
  EXPECT_TRUE(read->clean_stop);
  EXPECT_GT(read->records.size(), 20u);
  compare(disk, epochs, "whole");
}

TEST_F(journal_conformance, the_decoder_and_the_reader_agree_on_damage) {
  const std::vector<epoch_start> epochs = {{1, 0}, {2, 9}};
  std::mt19937 random(6);
  for (int i = 0; i < 24; ++i) {
    simulated_disk disk(1);
    write_two_epochs(disk);
    auto files = disk.files();
    const std::string path = files[random() % files.size()];
    auto bytes = disk.contents(path);
    std::size_t used = bytes.size();
    while (used > 0 && bytes[used - 1] == std::byte{0})
      --used;
    const std::size_t at = random() % (used + 100);
    if (i % 3 == 0)
      bytes.resize(std::min(at, bytes.size()));
    else
      bytes[std::min(at, bytes.size() - 1)] ^= std::byte{4};
    disk.set_contents(path, bytes);
    compare(disk, epochs, path + " at " + std::to_string(at));
  }
}

} // namespace
} // namespace tessera
