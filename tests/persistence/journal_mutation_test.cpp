// The journal's fuzz target on a fixed set of inputs: valid journals with a few bytes changed,
// moved or cut off, checksums mended or not. And whatever the fuzzer found.
#include "journal_input.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

namespace tessera {
namespace {

void mutate(std::vector<std::byte>& input, std::mt19937_64& random) {
  const auto at = [&] { // mostly in the frames, often at a field's start
    const std::size_t offset = random() % input.size();
    return random() % 2 == 0 ? offset : 1 + offset / 4 * 4 % (input.size() - 1);
  };
  for (std::uint64_t count = 1 + random() % 4; count > 0; --count)
    switch (random() % 5) {
      case 0: input[at()] ^= static_cast<std::byte>(1u << random() % 8); break;
      case 1: input[at()] = static_cast<std::byte>(random()); break;
      case 2: input[at()] = random() % 2 == 0 ? std::byte{0} : std::byte{255}; break;
      case 3: {
        const std::size_t bytes = 64 * (1 + random() % 4);
        const std::size_t from = 1 + random() % 30 * 64 + 4096;
        const std::size_t to = 1 + random() % 30 * 64 + 4096;
        if (std::max(from, to) + bytes <= input.size())
          std::copy_n(std::vector(input.begin() + from, input.begin() + from + bytes).begin(),
                      bytes, input.begin() + to);
        break;
      }
      default:
        if (random() % 4 == 0)
          input.resize(1 + random() % (input.size() - 1));
    }
}

TEST(journal_mutation, no_bytes_make_the_reader_fail_or_contradict_itself) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    auto input = valid_journal_input(static_cast<std::byte>(random() % 32));
    mutate(input, random);
    read_any_bytes_as_journal(input);
  }
}

TEST(journal_mutation, inputs_that_once_found_something_are_read) {
  const std::filesystem::path corpus = TESSERA_SOURCE_DIR "/tests/fuzz/corpus/journal";
  if (!std::filesystem::exists(corpus))
    return;
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    read_any_bytes_as_journal(std::as_bytes(std::span(text.data(), text.size())));
  }
}

} // namespace
} // namespace tessera
