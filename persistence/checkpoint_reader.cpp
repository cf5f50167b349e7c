// Always true: nothing is allocated, read or decoded by a number that was not compared with the
// file's size or with a limit of the format first.
#include "persistence/checkpoint_reader.hpp"

#include "persistence/byte_shuffle.hpp"
#include "persistence/checkpoint_directory.hpp"
#include "persistence/crc32c.hpp"

#include <algorithm>
#include <cstring>
#include <lz4.h>

namespace tessera {

namespace format = checkpoint_format;

namespace {

constexpr std::size_t stored_room = format::block_raw_bytes + format::block_header_bytes;

template <byte_copyable T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

template <byte_copyable T>
std::span<std::byte> writable(T& value) {
  return std::as_writable_bytes(std::span(&value, 1));
}

} // namespace

checkpoint_reader::checkpoint_reader(std::unique_ptr<file> in, std::string path)
  : path_(std::move(path)), file_(std::move(in)) {}

tl::unexpected<error> checkpoint_reader::damaged(const std::string& what) const {
  return fail(error_code::corrupt,
              path_ + ": the checkpoint is damaged: " + what +
                "; keep the file, recover from another checkpoint of the manifest");
}

result<checkpoint_reader> checkpoint_reader::open(file_system& fs, const std::string& path,
                                                  const log_identity* expected) {
  auto in = fs.open(path, file_system::mode::read);
  if (!in)
    return tl::unexpected(in.error());
  const auto file_bytes = (*in)->size();
  if (!file_bytes)
    return tl::unexpected(file_bytes.error());
  checkpoint_reader reader(std::move(*in), path);
  if (*file_bytes < format::header_bytes + format::footer_bytes)
    return reader.damaged("it ends after " + std::to_string(*file_bytes) + " bytes");
  if (auto fine = reader.read_header(expected); !fine)
    return tl::unexpected(fine.error());
  if (auto fine = reader.read_directory(*file_bytes); !fine)
    return tl::unexpected(fine.error());
  reader.stored_ = std::make_unique_for_overwrite<std::byte[]>(stored_room);
  reader.decoded_ = std::make_unique_for_overwrite<std::byte[]>(format::block_raw_bytes);
  return reader;
}

result<void> checkpoint_reader::read_exactly(std::uint64_t offset, std::span<std::byte> out) {
  const auto got = file_->read(offset, out);
  if (!got)
    return tl::unexpected(got.error());
  if (*got != out.size())
    return damaged("it ends at byte " + std::to_string(offset + *got) +
                   ", inside of what follows " + std::to_string(offset));
  return {};
}

result<void> checkpoint_reader::read_header(const log_identity* expected) {
  format::header header;
  if (auto fine = read_exactly(0, writable(header)); !fine)
    return fine;
  if (header.start != format::magic)
    return damaged("it does not begin with TSRACKPT");
  if (header.crc != crc32c(bytes_of(header).first(format::header_bytes - 4)))
    return damaged("the CRC of its header, bytes 0 to 63, is wrong");
  if (header.file_version > format::version)
    return fail(error_code::newer_format,
                path_ + ": checkpoint format " + std::to_string(header.file_version) +
                  ", this Tessera reads up to " + std::to_string(format::version) +
                  "; use the Tessera that wrote it, or a newer one");
  if (header.file_version != format::version || header.reserved != 0)
    return damaged("format " + std::to_string(header.file_version) +
                   " or a reserved field is wrong");
  header_ = {{header.world, header.schema, header.code}, header.tick, header.shard};
  header_crc_ = header.crc;
  return check_identity(expected);
}

result<void> checkpoint_reader::check_identity(const log_identity* expected) const {
  const log_identity& found = header_.identity;
  if (expected == nullptr || found == *expected)
    return {};
  if (found.world != expected->world)
    return fail(error_code::wrong_world,
                path_ + ": a checkpoint of another world; it does not belong into this directory");
  const std::string what = found.schema != expected->schema ? "components" : "code";
  return fail(error_code::wrong_code, path_ + ": written by a game whose " + what +
                                        " differ; recover with the build that wrote it, or have "
                                        "its data migrated");
}

result<void> checkpoint_reader::read_directory(std::uint64_t file_bytes) {
  format::footer footer;
  if (auto fine = read_exactly(file_bytes - format::footer_bytes, writable(footer)); !fine)
    return fine;
  if (auto fault = footer_fault(footer, file_bytes))
    return damaged(*fault);
  std::vector<std::byte> directory(static_cast<std::size_t>(footer.directory_bytes));
  if (auto fine = read_exactly(footer.directory_offset, directory); !fine)
    return fine;
  if (footer.crc != crc32c(bytes_of(footer).first(format::footer_bytes - 4), crc32c(directory)))
    return damaged("the CRC of its directory and footer, from byte " +
                   std::to_string(footer.directory_offset) + " on, is wrong");
  if (footer.header_crc != header_crc_)
    return damaged("its header and its footer are of different files");
  written_ = {file_bytes, footer.crc};
  auto sections = parse_directory(directory, footer);
  if (!sections)
    return damaged(sections.error().message);
  sections_ = std::move(*sections);
  return {};
}

const stored_section* checkpoint_reader::find(std::string_view name) const {
  const auto found = std::ranges::find(sections_, name, &stored_section::name);
  return found == sections_.end() ? nullptr : &*found;
}

result<void> checkpoint_reader::decode(const stored_section& section,
                                       std::span<const std::byte> stored,
                                       std::span<std::byte> out) {
  if (stored.size() == out.size()) {
    std::ranges::copy(stored, out.begin());
    return {};
  }
  const bool shuffled = section.filter != column_filter::none && section.element_bytes > 1;
  std::byte* to = shuffled ? decoded_.get() : out.data();
  const int decoded =
    LZ4_decompress_safe(reinterpret_cast<const char*>(stored.data()), reinterpret_cast<char*>(to),
                        static_cast<int>(stored.size()), static_cast<int>(out.size()));
  if (decoded != static_cast<int>(out.size()))
    return damaged("a block of section '" + section.name + "' is no LZ4");
  if (shuffled)
    unshuffle_bytes({to, out.size()}, section.element_bytes, out);
  if (section.filter == column_filter::delta_shuffle)
    undelta_elements(out, section.element_bytes);
  return {};
}

result<void> checkpoint_reader::read_blocks(const stored_section& section,
                                            const block_target& target) {
  const std::uint64_t end = section.offset + section.stored_bytes;
  const std::size_t full = format::full_block_bytes(section.element_bytes);
  std::uint64_t at = section.offset;
  std::uint64_t left = section.raw_bytes;
  std::uint32_t crc = 0;
  format::block_header header;
  if (left != 0)
    if (auto fine = read_exactly(at, writable(header)); !fine)
      return fine;
  while (left != 0) {
    const auto place = [&] {
      return "section '" + section.name + "', block at byte " + std::to_string(at);
    };
    at += format::block_header_bytes;
    if (header.raw_bytes != std::min<std::uint64_t>(full, left) || header.stored_bytes == 0 ||
        header.stored_bytes > header.raw_bytes || header.stored_bytes > end - at)
      return damaged(place() + ": its sizes are impossible");
    left -= header.raw_bytes;
    const std::size_t next = left != 0 ? format::block_header_bytes : 0;
    if (next > end - at - header.stored_bytes)
      return damaged(place() + ": no room for the next block");
    // One read gives the block and the next one's header.
    if (auto fine = read_exactly(at, {stored_.get(), header.stored_bytes + next}); !fine)
      return fine;
    const std::span<const std::byte> stored(stored_.get(), header.stored_bytes);
    if (header.crc != crc32c(stored, crc32c(bytes_of(header).first(8))))
      return damaged(place() + ": its CRC is wrong");
    if (auto fine = decode(section, stored, target(header.raw_bytes)); !fine)
      return fine;
    crc = crc32c(bytes_of(header), crc);
    at += header.stored_bytes;
    std::memcpy(&header, stored_.get() + stored.size(), next);
  }
  if (at != end || crc != section.crc)
    return damaged("section '" + section.name + "': its blocks are not those of the directory");
  return {};
}

result<void> checkpoint_reader::read_into(const stored_section& section, std::span<std::byte> out) {
  if (out.size() != section.raw_bytes)
    return fail(error_code::failure, path_ + ": section '" + section.name + "' has " +
                                       std::to_string(section.raw_bytes) + " bytes, room is for " +
                                       std::to_string(out.size()));
  return read_blocks(section, [&out](std::size_t bytes) {
    const auto block = out.first(bytes);
    out = out.subspan(bytes);
    return block;
  });
}

result<std::vector<std::byte>> checkpoint_reader::read(std::string_view name) {
  const auto* section = find(name);
  if (section == nullptr)
    return fail(error_code::not_there,
                path_ + ": no section '" + std::string(name) + "' in this checkpoint");
  std::vector<std::byte> bytes(static_cast<std::size_t>(section->raw_bytes));
  if (auto fine = read_into(*section, bytes); !fine)
    return tl::unexpected(fine.error());
  return bytes;
}

result<void> checkpoint_reader::verify() {
  const auto scratch = std::make_unique_for_overwrite<std::byte[]>(format::block_raw_bytes);
  for (const auto& section : sections_) {
    auto fine = read_blocks(
      section, [&scratch](std::size_t bytes) { return std::span(scratch.get(), bytes); });
    if (!fine)
      return fine;
  }
  return {};
}

} // namespace tessera
