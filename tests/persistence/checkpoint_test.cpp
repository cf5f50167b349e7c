#include "persistence/byte_shuffle.hpp"
#include "persistence/checkpoint_format.hpp"
#include "persistence/checkpoint_reader.hpp"
#include "persistence/checkpoint_writer.hpp"
#include "simulated_disk.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace tessera {
namespace {

namespace format = checkpoint_format;

const std::string path = "some.checkpoint";

checkpoint_header some_header() {
  checkpoint_header header;
  header.identity = {{std::byte{1}, std::byte{2}}, 0x1122334455667788, 0x99};
  header.tick = 4000;
  header.shard = 3;
  return header;
}

std::vector<std::byte> random_bytes(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::byte> bytes(count);
  for (auto& byte : bytes)
    byte = static_cast<std::byte>(random());
  return bytes;
}

std::vector<std::byte> ascending_ids(std::size_t count) {
  std::vector<std::byte> bytes;
  byte_writer out(bytes);
  for (std::uint64_t i = 0; i < count; ++i)
    out.write(std::uint64_t{7} << 48 | (1000 + 3 * i));
  return bytes;
}

/// Every filter, sizes of elements with and without a fast path, none, one and several blocks.
struct columns {
  std::vector<std::byte> ids = ascending_ids(100'000);
  std::vector<std::byte> noise = random_bytes(1'500'000, 1);
  std::vector<std::byte> odd = random_bytes(7 * 1000, 2);
  std::vector<std::byte> same = std::vector<std::byte>(12 * 50'000, std::byte{5});
  std::vector<std::byte> one = random_bytes(1, 3);

  std::vector<checkpoint_section> sections() const {
    return {{"id", 8, ids, column_filter::delta_shuffle}, {"noise", 1, noise, column_filter::none},
            {"empty", 16, {}, column_filter::shuffle},    {"odd", 7, odd, column_filter::shuffle},
            {"same", 12, same, column_filter::shuffle},   {"text", 1, one, column_filter::shuffle},
            {"plain_ids", 8, ids, column_filter::none}};
  }
};

void write_or_die(file_system& fs, std::span<const checkpoint_section> sections) {
  const auto written = write_checkpoint(fs, path, some_header(), sections);
  ASSERT_TRUE(written) << written.error().message;
}

/// Opens and reads all there is.
result<void> read_whole(file_system& fs) {
  auto reader = checkpoint_reader::open(fs, path, nullptr);
  if (!reader)
    return tl::unexpected(reader.error());
  if (auto fine = reader->verify(); !fine)
    return fine;
  for (const auto& section : reader->sections())
    if (auto bytes = reader->read(section.name); !bytes)
      return tl::unexpected(bytes.error());
  return {};
}

TEST(checkpoint, what_was_written_is_read_back) {
  simulated_disk fs(1);
  const columns given;
  const auto written = write_checkpoint(fs, path, some_header(), given.sections());
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(written->bytes, fs.contents(path).size());
  const auto expected = some_header().identity;
  auto reader = checkpoint_reader::open(fs, path, &expected);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(reader->header(), some_header());
  EXPECT_EQ(reader->written(), *written);
  ASSERT_EQ(reader->sections().size(), given.sections().size());
  for (const auto& section : given.sections()) {
    const auto bytes = reader->read(section.name);
    ASSERT_TRUE(bytes) << bytes.error().message;
    EXPECT_TRUE(std::ranges::equal(*bytes, section.bytes)) << section.name;
    EXPECT_EQ(reader->find(section.name)->element_bytes, section.element_bytes);
    EXPECT_EQ(reader->find(section.name)->filter, section.filter);
  }
  EXPECT_TRUE(reader->verify());
}

TEST(checkpoint, a_file_without_sections_is_one) {
  simulated_disk fs(1);
  write_or_die(fs, {});
  EXPECT_TRUE(read_whole(fs));
}

TEST(checkpoint, ascending_ids_shrink_fiftyfold_and_noise_grows_by_its_block_headers_alone) {
  simulated_disk fs(1);
  write_or_die(fs, columns{}.sections());
  const auto reader = checkpoint_reader::open(fs, path, nullptr);
  EXPECT_LT(reader->find("id")->stored_bytes * 50, reader->find("id")->raw_bytes);
  EXPECT_EQ(reader->find("noise")->stored_bytes, 1'500'000 + 6 * format::block_header_bytes);
}

TEST(checkpoint, the_same_state_gives_the_same_bytes) {
  simulated_disk one(1), other(2);
  write_or_die(one, columns{}.sections());
  write_or_die(other, columns{}.sections());
  EXPECT_EQ(one.contents(path), other.contents(path));
}

TEST(checkpoint, a_section_that_breaks_the_conditions_is_refused_and_no_file_made) {
  const auto bytes = random_bytes(12, 1);
  const std::vector<std::vector<checkpoint_section>> wrong = {
    {{"", 1, bytes}},
    {{"a b", 1, bytes}},
    {{std::string(256, 'a'), 1, bytes}},
    {{"a", 0, bytes}},
    {{"a", 4097, bytes}},
    {{"a", 5, bytes}},
    {{"a", 12, bytes, column_filter::delta_shuffle}},
    {{"a", 1, bytes, static_cast<column_filter>(3)}},
    {{"a", 1, bytes}, {"a", 4, bytes}}};
  for (const auto& sections : wrong) {
    simulated_disk fs(1);
    const auto written = write_checkpoint(fs, path, some_header(), sections);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, error_code::failure);
    EXPECT_EQ(fs.open(path, file_system::mode::read).error().code, error_code::not_there);
  }
}

TEST(checkpoint, a_file_that_is_there_is_not_written_over) {
  simulated_disk fs(1);
  write_or_die(fs, {});
  const auto before = fs.contents(path);
  EXPECT_FALSE(write_checkpoint(fs, path, some_header(), columns{}.sections()));
  EXPECT_EQ(fs.contents(path), before);
}

TEST(checkpoint, a_failing_call_is_passed_on_and_leaves_no_file) {
  simulated_disk counting(1);
  write_or_die(counting, columns{}.sections());
  ASSERT_GE(counting.calls(), 4u);
  for (std::uint64_t call = 0; call < counting.calls(); ++call) {
    simulated_disk fs(1);
    fs.fail_calls(call, error_code::disk_full, 1);
    const auto written = write_checkpoint(fs, path, some_header(), columns{}.sections());
    ASSERT_FALSE(written) << "call " << call;
    EXPECT_EQ(written.error().code, error_code::disk_full);
    EXPECT_FALSE(fs.open(path, file_system::mode::read));
  }
}

/// Some three hundred bytes with every part that a file can have.
void write_small(simulated_disk& fs) {
  const auto ids = ascending_ids(200);
  const auto noise = random_bytes(40, 4);
  const std::vector<checkpoint_section> sections = {{"id", 8, ids, column_filter::delta_shuffle},
                                                    {"position", 8, noise, column_filter::shuffle},
                                                    {"none", 4, {}, column_filter::none}};
  write_or_die(fs, sections);
}

TEST(checkpoint, every_truncation_and_every_lengthening_is_found) {
  simulated_disk fs(1);
  write_small(fs);
  const auto whole = fs.contents(path);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    fs.set_contents(path, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    const auto read = read_whole(fs);
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().code, error_code::corrupt);
  }
  auto longer = whole;
  longer.push_back(std::byte{0});
  fs.set_contents(path, longer);
  EXPECT_EQ(read_whole(fs).error().code, error_code::corrupt);
}

TEST(checkpoint, every_bit_flip_is_found) {
  simulated_disk fs(1);
  write_small(fs);
  const auto bits = fs.contents(path).size() * 8;
  for (std::uint64_t bit = 0; bit < bits; ++bit) {
    fs.flip_bit(path, bit);
    const auto read = read_whole(fs);
    ASSERT_FALSE(read) << "bit " << bit;
    EXPECT_EQ(read.error().code, error_code::corrupt) << read.error().message;
    EXPECT_NE(read.error().message.find(path), std::string::npos);
    fs.flip_bit(path, bit);
  }
}

TEST(checkpoint, sound_blocks_in_the_wrong_order_are_found) {
  simulated_disk fs(1);
  const auto noise = random_bytes(2 * format::block_raw_bytes, 5);
  write_or_die(fs, std::vector<checkpoint_section>{{"noise", 1, noise}});
  auto bytes = fs.contents(path);
  const auto first = bytes.begin() + format::header_bytes;
  const auto block =
    static_cast<std::ptrdiff_t>(format::block_header_bytes + format::block_raw_bytes);
  std::swap_ranges(first, first + block, first + block);
  fs.set_contents(path, bytes);
  const auto read = read_whole(fs);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, error_code::corrupt);
}

TEST(checkpoint, another_world_other_components_and_other_code_are_told_apart) {
  simulated_disk fs(1);
  write_small(fs);
  const auto code_for = [&fs](log_identity expected) {
    const auto reader = checkpoint_reader::open(fs, path, &expected);
    return reader ? std::string() : reader.error().message;
  };
  auto other = some_header().identity;
  EXPECT_EQ(code_for(other), "");
  other.code = 1;
  EXPECT_NE(code_for(other).find("code"), std::string::npos);
  other.schema = 1;
  EXPECT_NE(code_for(other).find("components"), std::string::npos);
  EXPECT_EQ(checkpoint_reader::open(fs, path, &other).error().code, error_code::wrong_code);
  other.world[0] = std::byte{9};
  EXPECT_EQ(checkpoint_reader::open(fs, path, &other).error().code, error_code::wrong_world);
}

TEST(checkpoint, a_section_that_is_not_there_is_named) {
  simulated_disk fs(1);
  write_small(fs);
  const auto read = checkpoint_reader::open(fs, path, nullptr)->read("velocity");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, error_code::not_there);
  EXPECT_NE(read.error().message.find("velocity"), std::string::npos);
}

RC_GTEST_PROP(checkpoint, any_columns_come_back, ()) {
  simulated_disk fs(1);
  const auto bytes = *rc::gen::arbitrary<std::vector<std::uint8_t>>();
  const auto element = *rc::gen::inRange<std::uint32_t>(1, 40);
  std::vector filters = {column_filter::none, column_filter::shuffle};
  if (delta_possible(element))
    filters.push_back(column_filter::delta_shuffle);
  const auto filter = *rc::gen::elementOf(filters);
  const std::size_t whole = bytes.size() / element * element;
  const auto given = std::as_bytes(std::span(bytes)).first(whole);
  RC_ASSERT(write_checkpoint(fs, path, some_header(),
                             std::vector<checkpoint_section>{{"column", element, given, filter}})
              .has_value());
  const auto back = checkpoint_reader::open(fs, path, nullptr)->read("column");
  RC_ASSERT(back.has_value());
  RC_ASSERT(std::ranges::equal(*back, given));
}

RC_GTEST_PROP(byte_shuffle, unshuffling_undoes_shuffling, ()) {
  const auto element = *rc::gen::inRange<std::size_t>(1, 40);
  const auto count = *rc::gen::inRange<std::size_t>(0, 100);
  const auto in = random_bytes(element * count, *rc::gen::arbitrary<std::uint64_t>());
  std::vector<std::byte> shuffled(in.size()), back(in.size());
  shuffle_bytes(in, element, shuffled);
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t b = 0; b < element; ++b)
      RC_ASSERT(shuffled[b * count + i] == in[i * element + b]);
  unshuffle_bytes(shuffled, element, back);
  RC_ASSERT(back == in);
}

RC_GTEST_PROP(byte_shuffle, summing_undoes_differences, ()) {
  const auto element = *rc::gen::elementOf(std::vector<std::size_t>{1, 2, 4, 8});
  const auto in = random_bytes(element * *rc::gen::inRange<std::size_t>(0, 100),
                               *rc::gen::arbitrary<std::uint64_t>());
  auto bytes = in;
  delta_elements(bytes, element, bytes);
  undelta_elements(bytes, element);
  RC_ASSERT(bytes == in);
}

} // namespace
} // namespace tessera
