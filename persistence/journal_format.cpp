#include "persistence/journal_format.hpp"

#include "persistence/crc32c.hpp"

#include <charconv>
#include <cstdio>

namespace tessera::journal_format {
namespace {

/// Of `bytes` as if the four at `field` were zero.
std::uint32_t crc_without(std::span<const std::byte> bytes, std::size_t field) {
  constexpr std::array<std::byte, 4> zeros{};
  const std::uint32_t before = crc32c(bytes.first(field));
  return crc32c(bytes.subspan(field + zeros.size()), crc32c(zeros, before));
}

/// Takes `word` and the number after it off the front of `text`.
template <class T>
bool take_number(std::string_view& text, std::string_view word, T& value) {
  if (!text.starts_with(word))
    return false;
  text.remove_prefix(word.size());
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{})
    return false;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return true;
}

} // namespace

std::uint32_t crc_of(const frame_header& frame) {
  return crc32c(std::as_bytes(std::span(&frame, 1)).subspan(offsetof(frame_header, salt)));
}

std::uint32_t crc_of(const floor_file& file) {
  return crc_without(std::as_bytes(std::span(&file, 1)), offsetof(floor_file, crc));
}

std::uint32_t crc_of_page(std::span<const std::byte> page) {
  return crc_without(page, offsetof(segment_header, crc));
}

std::string name_of(const segment_name& segment) {
  std::array<char, 80> text{};
  std::snprintf(text.data(), text.size(), "shard-%05u-e%06llu-s%06u.log", segment.shard,
                static_cast<unsigned long long>(segment.epoch), segment.number);
  return text.data();
}

std::optional<segment_name> parse_name(std::string_view name) {
  segment_name segment;
  std::string_view rest = name;
  const bool fits = take_number(rest, "shard-", segment.shard) &&
                    take_number(rest, "-e", segment.epoch) &&
                    take_number(rest, "-s", segment.number) && rest == ".log";
  // One segment has one name: "shard-7-..." beside "shard-00007-..." would be two of one.
  if (!fits || name_of(segment) != name)
    return std::nullopt;
  return segment;
}

} // namespace tessera::journal_format
