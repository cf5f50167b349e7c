// Always true: every number is compared with the file's size or with a limit of the format; no sum
// or product of them can overflow before it was.
#include "persistence/checkpoint_directory.hpp"

#include "persistence/byte_shuffle.hpp"

#include <algorithm>
#include <set>

namespace tessera {

namespace format = checkpoint_format;

namespace {

stored_section read_entry(byte_reader& in) {
  stored_section section;
  const auto name_bytes = in.read<std::uint32_t>();
  section.filter = static_cast<column_filter>(in.read<std::uint32_t>());
  section.element_bytes = in.read<std::uint32_t>();
  section.block_count = in.read<std::uint32_t>();
  section.offset = in.read<std::uint64_t>();
  section.raw_bytes = in.read<std::uint64_t>();
  section.stored_bytes = in.read<std::uint64_t>();
  section.crc = in.read<std::uint32_t>();
  const auto name = in.take(name_bytes);
  section.name.assign(reinterpret_cast<const char*>(name.data()), name.size());
  return section;
}

/// `begin` and `end`: where the section must start, and what it must not pass.
std::optional<std::string> place_fault(const stored_section& section, std::uint64_t begin,
                                       std::uint64_t end) {
  if (section.offset != begin || section.stored_bytes > end - begin)
    return "it does not follow the section before it";
  const std::uint64_t headers = section.block_count * std::uint64_t{format::block_header_bytes};
  if (section.stored_bytes < headers)
    return std::to_string(section.block_count) + " blocks in " +
           std::to_string(section.stored_bytes) + " bytes";
  const std::uint64_t stored = section.stored_bytes - headers;
  if (section.raw_bytes / format::lz4_most_gain > stored || section.raw_bytes < stored)
    return std::to_string(section.raw_bytes) + " bytes cannot be stored in " +
           std::to_string(stored);
  const std::size_t full = format::full_block_bytes(section.element_bytes);
  if (section.block_count != section.raw_bytes / full + (section.raw_bytes % full != 0 ? 1 : 0))
    return std::to_string(section.block_count) + " blocks for " +
           std::to_string(section.raw_bytes) + " bytes";
  return std::nullopt;
}

} // namespace

std::optional<std::string> section_fault(const stored_section& section) {
  const auto printable = [](char c) { return c > ' ' && c <= '~'; };
  if (section.name.empty() || section.name.size() > format::name_bytes ||
      !std::ranges::all_of(section.name, printable))
    return "a name is 1 to 255 printable ASCII characters without the space";
  if (section.element_bytes == 0 || section.element_bytes > format::element_bytes)
    return "elements of " + std::to_string(section.element_bytes) + " bytes, allowed are 1 to " +
           std::to_string(format::element_bytes);
  if (section.filter > column_filter::delta_shuffle)
    return "filter " + std::to_string(static_cast<std::uint32_t>(section.filter)) +
           ", known are 0 to 2";
  if (section.filter == column_filter::delta_shuffle && !delta_possible(section.element_bytes))
    return "delta_shuffle takes elements of 1, 2, 4 or 8 bytes, not " +
           std::to_string(section.element_bytes);
  if (section.raw_bytes % section.element_bytes != 0)
    return std::to_string(section.raw_bytes) + " bytes are not whole elements of " +
           std::to_string(section.element_bytes);
  return std::nullopt;
}

std::optional<std::string> footer_fault(const format::footer& footer, std::uint64_t file_bytes) {
  if (footer.end != format::end_magic)
    return "its last 48 bytes are not a footer: it was cut off, or never finished";
  if (footer.file_bytes != file_bytes)
    return "its footer is that of a file of " + std::to_string(footer.file_bytes) +
           " bytes, it has " + std::to_string(file_bytes);
  const std::uint64_t end = file_bytes - format::footer_bytes;
  if (footer.directory_offset < format::header_bytes || footer.directory_offset > end ||
      footer.directory_bytes != end - footer.directory_offset)
    return "its directory does not lie between its sections and its footer";
  const std::uint64_t count = footer.section_count;
  if (count > format::sections)
    return std::to_string(count) + " sections, allowed are " + std::to_string(format::sections);
  if (footer.directory_bytes < count * format::entry_bytes ||
      footer.directory_bytes > count * (format::entry_bytes + format::name_bytes))
    return "a directory of " + std::to_string(footer.directory_bytes) + " bytes for " +
           std::to_string(count) + " sections";
  if (footer.reserved != 0)
    return "the reserved field of its footer is not 0";
  return std::nullopt;
}

void append_entry(byte_writer& directory, const stored_section& section) {
  directory.write(static_cast<std::uint32_t>(section.name.size()));
  directory.write(static_cast<std::uint32_t>(section.filter));
  directory.write(section.element_bytes);
  directory.write(section.block_count);
  directory.write(section.offset);
  directory.write(section.raw_bytes);
  directory.write(section.stored_bytes);
  directory.write(section.crc);
  directory.write_values(std::span(section.name.data(), section.name.size()));
}

result<std::vector<stored_section>> parse_directory(std::span<const std::byte> directory,
                                                    const format::footer& footer) {
  byte_reader entries(directory);
  std::vector<stored_section> sections;
  std::set<std::string> names;
  std::uint64_t begin = format::header_bytes;
  for (std::uint32_t i = 0; i < footer.section_count; ++i) {
    auto section = read_entry(entries);
    if (auto fine = entries.check(); !fine)
      return fail(error_code::corrupt, "its directory ends too early, " + fine.error().message);
    auto fault = section_fault(section);
    if (!fault && !names.insert(section.name).second)
      fault = "its name is there twice";
    if (!fault)
      fault = place_fault(section, begin, footer.directory_offset);
    if (fault)
      return fail(error_code::corrupt, "section " + std::to_string(i) + ": " + *fault);
    begin += section.stored_bytes;
    sections.push_back(std::move(section));
  }
  if (auto fine = entries.finish(); !fine)
    return fail(error_code::corrupt, "its directory is too long, " + fine.error().message);
  if (begin != footer.directory_offset)
    return fail(error_code::corrupt, "its sections end at byte " + std::to_string(begin) +
                                       ", its directory begins at " +
                                       std::to_string(footer.directory_offset));
  return sections;
}

} // namespace tessera
