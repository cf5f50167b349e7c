#include "journal_input.hpp"

#include "persistence/crc32c.hpp"
#include "persistence/journal.hpp"
#include "persistence/journal_format.hpp"
#include "persistence/journal_settle.hpp"
#include "simulated_disk.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tessera {
namespace {

using namespace journal_format;

void expect(bool condition, const char* what) {
  if (condition)
    return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

template <class T>
T load(std::span<const std::byte> bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

void mend_header(std::span<std::byte> bytes, const segment_name& name) {
  auto header = load<segment_header>(bytes);
  header.magic = segment_magic;
  header.format_version = version;
  header.world = {};
  header.schema = header.code = 0;
  header.epoch = name.epoch;
  header.shard = name.shard;
  header.number = name.number;
  std::memcpy(bytes.data(), &header, sizeof header);
  header.crc = crc_of_page(bytes.first(header_bytes));
  std::memcpy(bytes.data(), &header, sizeof header);
}

void mend(std::span<std::byte> bytes, const segment_name& name) {
  if (bytes.size() < header_bytes)
    return;
  mend_header(bytes, name);
  const auto page = load<segment_header>(bytes);
  std::uint64_t chain = chain_start(name.epoch, name.shard);
  for (std::size_t at = header_bytes; at + sizeof(frame_header) <= bytes.size();) {
    auto frame = load<frame_header>(bytes.subspan(at));
    if (frame.magic != frame_magic) {
      at += frame_alignment;
      continue;
    }
    const std::size_t left = bytes.size() - at - sizeof frame;
    frame.payload_bytes = static_cast<std::uint32_t>(
      std::min<std::size_t>(frame.payload_bytes, left / frame_alignment * frame_alignment));
    const auto size = static_cast<std::size_t>(padded(frame.payload_bytes));
    frame.salt = page.salt;
    frame.chain = chain;
    frame.payload_crc = crc32c(bytes.subspan(at + sizeof frame, size));
    frame.crc = crc_of(frame);
    std::memcpy(bytes.data() + at, &frame, sizeof frame);
    chain = chain_after(frame);
    at += sizeof frame + size;
  }
}

void put(simulated_disk& disk, const segment_name& name, std::vector<std::byte> bytes,
         bool mended) {
  if (mended)
    mend(bytes, name);
  disk.set_contents("log/" + name_of(name), std::move(bytes));
}

} // namespace

void read_any_bytes_as_journal(std::span<const std::byte> input) {
  if (input.empty() || input.size() > (1u << 20))
    return;
  const auto switches = static_cast<unsigned>(input.front());
  input = input.subspan(1);
  const bool mended = (switches & 1) != 0;
  simulated_disk disk(1);
  (void)disk.make_directory("log");
  (void)disk.sync_directory("");
  if ((switches & 16) != 0) {
    const auto part = input.last(input.size() / 4);
    put(disk, {1, (switches & 2) != 0 ? 2u : 1u, 1}, {part.begin(), part.end()}, mended);
    input = input.first(input.size() - part.size());
  }
  put(disk, {0, 1, 1}, {input.begin(), input.end()}, mended);
  std::vector<epoch_start> epochs = {{1, 0}};
  if ((switches & 2) != 0)
    epochs.push_back({2, 3});
  constexpr tick_number starts[] = {0, 1, 2, 5};
  const tick_number from = starts[switches >> 2 & 3];

  const auto first = read_journal(disk, "log", {}, epochs, {.from = from});
  const auto survey = survey_journal(disk, "log", {}, epochs, {.from = from});
  expect(first.has_value() == (survey.has_value() && !survey->corruption),
         "survey and read differ");
  if (!first)
    return;
  std::size_t visited = 0;
  const auto count = [&](const journal_record& record) {
    const journal_record& other = first->records.at(visited++);
    expect(record.tick == other.tick && record.shard == other.shard &&
             std::ranges::equal(record.bytes, other.bytes),
           "visit and read differ");
    return true;
  };
  expect(visit_journal(disk, *survey, {}, count).has_value(), "visit fails");
  expect(visited == first->records.size(), "visit ends early");
  expect(settle_journal(disk, *survey).has_value(), "settle fails");
  const auto again = read_journal(disk, "log", {}, epochs, {.from = from});
  expect(again.has_value() && again->torn.empty() && again->watermark == first->watermark &&
           again->records.size() == first->records.size(),
         "settling changed what counts");
}

std::vector<std::byte> valid_journal_input(std::byte switches) {
  simulated_disk disk(1);
  {
    journal_options options;
    options.directory = "log";
    options.make_segments_ahead = false;
    options.salt_seed = 3;
    auto log = journal::open(disk, options);
    const std::vector<std::byte> bytes(20, std::byte{7});
    for (tick_number tick = 0; tick < 6; ++tick) {
      for (tick_number i = 0; i < tick % 3; ++i)
        (*log)->append(0, tick, 1, std::span(bytes).first(i * 9));
      expect((*log)->flush(tick).has_value(), "flush fails");
    }
    expect((*log)->close().has_value(), "close fails");
  }
  auto file = disk.contents("log/" + name_of({0, 1, 1}));
  file.resize(6144);
  file.insert(file.begin(), switches);
  return file;
}

} // namespace tessera
