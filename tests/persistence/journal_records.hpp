// What the journal's tests share: records that own their bytes, and identities.
#pragma once

#include "persistence/journal.hpp"
#include "persistence/journal_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera {

struct owned_record {
  std::uint32_t shard = 0;
  tick_number tick = 0;
  std::uint16_t kind = 0;
  std::vector<std::byte> bytes;
  bool operator==(const owned_record&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const owned_record& record) {
    return out << "shard " << record.shard << " tick " << record.tick << " kind " << record.kind
               << ", " << record.bytes.size() << " bytes";
  }
};

inline std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return {bytes.begin(), bytes.end()};
}

inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::vector<owned_record> owned(std::span<const journal_record> records) {
  std::vector<owned_record> out;
  for (const journal_record& record : records)
    out.push_back(
      {record.shard, record.tick, record.kind, {record.bytes.begin(), record.bytes.end()}});
  return out;
}

/// By tick and shard; records of one shard and tick stay as they are.
inline void sort_as_read(std::vector<owned_record>& records) {
  std::ranges::stable_sort(records, [](const owned_record& a, const owned_record& b) {
    return std::pair(a.tick, a.shard) < std::pair(b.tick, b.shard);
  });
}

inline log_identity test_identity() {
  log_identity identity;
  identity.world.fill(std::byte{0x5A});
  identity.schema = 11;
  identity.code = 22;
  return identity;
}

inline journal_options test_options(std::uint32_t shards = 1, std::uint64_t epoch = 1,
                                    tick_number first_tick = 0) {
  journal_options options;
  options.directory = "log";
  options.identity = test_identity();
  options.epoch = epoch;
  options.first_tick = first_tick;
  options.shards = shards;
  options.make_segments_ahead = false;
  options.salt_seed = 77;
  return options;
}

inline const std::vector<epoch_start> first_epoch = {{1, 0}};

inline result<journal_contents>
read_log(file_system& fs, std::span<const epoch_start> epochs = first_epoch, tick_number from = 0) {
  return read_journal(fs, "log", test_identity(), epochs, {.from = from});
}

/// The journal, or a failed test and nothing.
inline std::unique_ptr<journal> opened(file_system& fs, journal_options options) {
  auto made = journal::open(fs, std::move(options));
  EXPECT_TRUE(made.has_value()) << made.error().message;
  return made ? std::move(*made) : nullptr;
}

/// A failure with the error's message, for EXPECT_TRUE.
template <class T>
testing::AssertionResult fine(const result<T>& outcome) {
  if (outcome)
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << outcome.error().message;
}

} // namespace tessera
