// Sound checkpoints and manifests, changed in many ways and read: the fuzzers' checks, the same way
// each time and without a fuzzer. A failing check ends the program with what must hold.
#include "persistence/checkpoint_writer.hpp"
#include "tests/fuzz/checkpoint_target.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

namespace tessera {
namespace {

using bytes = std::vector<std::byte>;

bytes small_checkpoint() {
  simulated_disk fs(1);
  bytes column;
  byte_writer out(column);
  for (std::uint64_t i = 0; i < 300; ++i)
    out.write(std::uint64_t{5} << 40 | i * i);
  const std::vector<checkpoint_section> sections = {
    {"id", 8, column, column_filter::delta_shuffle},
    {"position", 12, std::span(column).first(2400), column_filter::shuffle},
    {"raw", 1, std::span(column).first(7), column_filter::none},
    {"empty", 4, {}, column_filter::none}};
  EXPECT_TRUE(write_checkpoint(fs, "c", {}, sections));
  return fs.contents("c");
}

bytes small_manifest() {
  manifest some;
  some.layout = "2\"x\"2";
  some.epochs = {{1, 0}, {2, 4712}};
  some.inputs = {{"terrain/hill.png", 70'000, 1}};
  some.checkpoints = {{4000, 7, {{0, "a.checkpoint", 12, 5}, {1, "b.checkpoint", 12, 5}}}};
  const auto text = to_text(some);
  const auto all = std::as_bytes(std::span(text.data(), text.size()));
  return {all.begin(), all.end()};
}

/// One to four changes of the kinds that find bugs: bits, bytes at the edge, words, pieces cut out,
/// doubled or moved.
bytes mutate(bytes from, std::mt19937_64& random) {
  const auto below = [&random](std::size_t n) { return n == 0 ? 0 : random() % n; };
  constexpr std::array<std::uint32_t, 8> words = {0,      1,          255,        4096,
                                                  262144, 0x7fffffff, 0xfffffffe, 0xffffffff};
  for (auto left = 1 + below(4); left > 0 && !from.empty(); --left) {
    const auto at = static_cast<std::ptrdiff_t>(below(from.size()));
    const auto count =
      static_cast<std::ptrdiff_t>(below(std::min<std::size_t>(64, from.size() - at)));
    const bytes piece(from.begin() + at, from.begin() + at + count);
    switch (below(6)) {
      case 0: from[at] ^= static_cast<std::byte>(1u << below(8)); break;
      case 1: from[at] = static_cast<std::byte>(random()); break;
      case 2:
        if (from.size() - at >= 4)
          fuzz::put(from, at, words[below(words.size())]);
        break;
      case 3: from.erase(from.begin() + at, from.begin() + at + count); break;
      case 4: from.insert(from.begin() + at, piece.begin(), piece.end()); break;
      default:
        std::copy_n(piece.begin(), count,
                    from.begin() + static_cast<std::ptrdiff_t>(below(from.size() - count + 1)));
        break;
    }
  }
  return from;
}

TEST(checkpoint_mutation, sound_files_are_sound_to_the_checks) {
  EXPECT_TRUE(fuzz::try_checkpoint(small_checkpoint()));
  EXPECT_TRUE(fuzz::try_manifest(
    {reinterpret_cast<const char*>(small_manifest().data()), small_manifest().size()}));
  auto sealed = small_checkpoint();
  fuzz::seal_checkpoint(sealed);
  EXPECT_EQ(sealed, small_checkpoint());
}

/// All that tests/fuzz/corpus has of a kind: "small" is sound, the others are what fuzzers found.
void check_corpus(const std::string& kind, bool (*check)(std::span<const std::byte>)) {
  const std::string folder = TESSERA_SOURCE_DIR "/tests/fuzz/corpus/" + kind;
  const auto entries = posix_files().list(folder);
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_FALSE(entries->empty());
  for (const auto& entry : *entries) {
    const auto input = read_file(posix_files(), folder + "/" + entry.name, 1 << 20);
    ASSERT_TRUE(input) << input.error().message;
    EXPECT_TRUE(check(*input) || entry.name != "small");
  }
}

TEST(checkpoint_mutation, the_kept_inputs_of_the_fuzzers_and_the_files_of_version_1_hold) {
  check_corpus("checkpoint", fuzz::check_checkpoint);
  check_corpus("manifest", fuzz::check_manifest);
}

TEST(checkpoint_mutation,
     a_size_that_the_stored_bytes_cannot_hold_is_refused_before_it_is_allocated) {
  simulated_disk fs(1);
  const bytes noise(1200, std::byte{0xA5});
  const std::vector<checkpoint_section> sections = {{"noise", 1, noise, column_filter::none}};
  ASSERT_TRUE(write_checkpoint(fs, "c", {}, sections));
  auto file = fs.contents("c");
  const auto entry = fuzz::get<std::uint64_t>(file, file.size() - checkpoint_format::footer_bytes);
  const auto raw = fuzz::get<std::uint64_t>(file, entry + 24);
  const auto stored = fuzz::get<std::uint64_t>(file, entry + 32);
  ASSERT_EQ(raw, 1200u);
  for (const std::uint64_t claimed : {(stored - 12) * 300, std::uint64_t{262144}}) {
    fuzz::put(file, entry + 24, claimed);
    fuzz::seal_checkpoint(file);
    fs.set_contents("c", file);
    const auto reader = checkpoint_reader::open(fs, "c", nullptr);
    ASSERT_FALSE(reader);
    EXPECT_NE(reader.error().message.find("cannot be stored"), std::string::npos)
      << reader.error().message;
  }
}

TEST(checkpoint_mutation, a_changed_checkpoint_is_read_rightly_or_refused) {
  std::mt19937_64 random(1);
  const auto whole = small_checkpoint();
  int sound = 0;
  for (int i = 0; i < 20'000; ++i)
    sound += fuzz::check_checkpoint(mutate(whole, random));
  // Were there none, the CRCs would not have been made right and nothing behind them been tried.
  EXPECT_GT(sound, 500);
}

TEST(checkpoint_mutation, a_changed_manifest_is_read_rightly_or_refused) {
  std::mt19937_64 random(1);
  const auto whole = small_manifest();
  int sound = 0;
  for (int i = 0; i < 20'000; ++i)
    sound += fuzz::check_manifest(mutate(whole, random));
  EXPECT_GT(sound, 500);
}

} // namespace
} // namespace tessera
