// Always true: bytes go to the file in order, each once, in pieces of about a megabyte; every CRC
// is taken of bytes that are still in the cache.
#include "persistence/checkpoint_writer.hpp"

#include "persistence/byte_shuffle.hpp"
#include "persistence/checkpoint_directory.hpp"
#include "persistence/checkpoint_format.hpp"
#include "persistence/crc32c.hpp"
#include "persistence/write_back.hpp"

#include <algorithm>
#include <cstring>
#include <lz4.h>
#include <memory>
#include <set>
#include <vector>

namespace tessera {

namespace {

namespace format = checkpoint_format;

/// Large enough that a write's fixed cost is nothing, small enough to stay in the cache.
constexpr std::size_t piece_bytes = 1024 * 1024;

template <byte_copyable T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

/// The directory's entry of a section, as far as it is known before its blocks are written.
stored_section describe(const checkpoint_section& section) {
  stored_section entry;
  entry.name = section.name;
  entry.element_bytes = section.element_bytes;
  entry.filter = section.filter;
  entry.raw_bytes = section.bytes.size();
  return entry;
}

result<void> check_sections(const std::string& path, std::span<const checkpoint_section> sections) {
  if (sections.size() > format::sections)
    return fail(error_code::failure, path + ": " + std::to_string(sections.size()) +
                                       " sections, allowed are " +
                                       std::to_string(format::sections));
  std::set<std::string_view> names;
  for (const auto& section : sections) {
    auto fault = section_fault(describe(section));
    if (!fault && !names.insert(section.name).second)
      fault = "its name is there twice";
    if (fault)
      return fail(error_code::failure,
                  path + ": not written, section '" + section.name + "': " + *fault);
  }
  return {};
}

/// Collects bytes and writes them piece by piece; the disk has one while the next is compressed.
class piecewise_file {
public:
  piecewise_file(file& out, std::string_view path)
    : out_(&out), path_(path), piece_(std::make_unique_for_overwrite<std::byte[]>(capacity)) {}

  std::uint64_t offset() const { return written_ + used_; }

  /// Room for one more block; valid until add().
  std::byte* room() { return piece_.get() + used_; }

  result<void> add(std::size_t bytes) {
    used_ += bytes;
    return used_ < piece_bytes ? result<void>{} : flush();
  }

  result<void> add(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const std::size_t now = std::min(bytes.size(), capacity - used_);
      std::memcpy(room(), bytes.data(), now);
      bytes = bytes.subspan(now);
      if (auto fine = add(now); !fine)
        return fine;
    }
    return {};
  }

  result<void> flush() {
    auto fine = out_->write(written_, {piece_.get(), used_}).and_then([&] {
      return begin_write_back(*out_, path_, written_, used_);
    });
    written_ += used_;
    used_ = 0;
    return fine;
  }

private:
  static constexpr std::size_t capacity =
    piece_bytes + format::block_header_bytes + format::block_raw_bytes;
  file* out_;
  std::string_view path_;
  std::unique_ptr<std::byte[]> piece_;
  std::size_t used_ = 0;
  std::uint64_t written_ = 0;
};

class section_writer {
public:
  explicit section_writer(piecewise_file& out)
    : out_(&out),
      differences_(std::make_unique_for_overwrite<std::byte[]>(format::block_raw_bytes)),
      shuffled_(std::make_unique_for_overwrite<std::byte[]>(format::block_raw_bytes)) {}

  result<stored_section> write(const checkpoint_section& section) {
    auto entry = describe(section);
    entry.offset = out_->offset();
    const std::size_t full = format::full_block_bytes(section.element_bytes);
    for (auto rest = section.bytes; !rest.empty(); ++entry.block_count) {
      const auto raw = rest.first(std::min(rest.size(), full));
      rest = rest.subspan(raw.size());
      const auto header = encode(raw, section, out_->room());
      entry.crc = crc32c(bytes_of(header), entry.crc);
      if (auto fine = out_->add(format::block_header_bytes + header.stored_bytes); !fine)
        return tl::unexpected(fine.error());
    }
    entry.stored_bytes = out_->offset() - entry.offset;
    return entry;
  }

private:
  format::block_header encode(std::span<const std::byte> raw, const checkpoint_section& section,
                              std::byte* to) {
    std::byte* body = to + format::block_header_bytes;
    const auto filtered = filter(raw, section);
    format::block_header header;
    header.raw_bytes = static_cast<std::uint32_t>(raw.size());
    // One byte of room less than the block: what does not gain does not fit, and LZ4 gives 0.
    header.stored_bytes = static_cast<std::uint32_t>(LZ4_compress_default(
      reinterpret_cast<const char*>(filtered.data()), reinterpret_cast<char*>(body),
      static_cast<int>(filtered.size()), static_cast<int>(raw.size()) - 1));
    if (header.stored_bytes == 0) {
      header.stored_bytes = header.raw_bytes;
      std::memcpy(body, raw.data(), raw.size());
    }
    header.crc = crc32c(bytes_of(header).first(8));
    header.crc = crc32c({body, header.stored_bytes}, header.crc);
    std::memcpy(to, &header, sizeof header);
    return header;
  }

  std::span<const std::byte> filter(std::span<const std::byte> raw,
                                    const checkpoint_section& section) {
    if (section.filter == column_filter::delta_shuffle) {
      delta_elements(raw, section.element_bytes, {differences_.get(), raw.size()});
      raw = {differences_.get(), raw.size()};
    }
    if (section.filter == column_filter::none || section.element_bytes == 1)
      return raw;
    const std::span<std::byte> shuffled(shuffled_.get(), raw.size());
    shuffle_bytes(raw, section.element_bytes, shuffled);
    return shuffled;
  }

  piecewise_file* out_;
  std::unique_ptr<std::byte[]> differences_;
  std::unique_ptr<std::byte[]> shuffled_;
};

format::header make_header(const checkpoint_header& from) {
  format::header header;
  header.shard = from.shard;
  header.world = from.identity.world;
  header.schema = from.identity.schema;
  header.code = from.identity.code;
  header.tick = from.tick;
  header.crc = crc32c(bytes_of(header).first(format::header_bytes - 4));
  return header;
}

/// The sections' blocks, into the directory what became of them.
result<void> write_sections(piecewise_file& pieces, std::span<const checkpoint_section> sections,
                            std::vector<std::byte>& directory) {
  section_writer writer(pieces);
  byte_writer entries(directory);
  for (const auto& section : sections) {
    const auto entry = writer.write(section);
    if (!entry)
      return tl::unexpected(entry.error());
    append_entry(entries, *entry);
  }
  return {};
}

result<written_checkpoint> write_all(file& out, std::string_view path,
                                     const checkpoint_header& from,
                                     std::span<const checkpoint_section> sections) {
  piecewise_file pieces(out, path);
  const auto header = make_header(from);
  std::vector<std::byte> directory;
  format::footer footer;
  const auto finish = [&] {
    footer.directory_offset = pieces.offset();
    footer.directory_bytes = directory.size();
    footer.file_bytes = footer.directory_offset + directory.size() + format::footer_bytes;
    footer.section_count = static_cast<std::uint32_t>(sections.size());
    footer.header_crc = header.crc;
    footer.crc = crc32c(bytes_of(footer).first(format::footer_bytes - 4), crc32c(directory));
    return pieces.add(directory);
  };
  const auto done = pieces.add(bytes_of(header))
                      .and_then([&] { return write_sections(pieces, sections, directory); })
                      .and_then(finish)
                      .and_then([&] { return pieces.add(bytes_of(footer)); })
                      .and_then([&] { return pieces.flush(); })
                      .and_then([&] { return out.sync(); });
  if (!done)
    return tl::unexpected(done.error());
  return written_checkpoint{footer.file_bytes, footer.crc};
}

} // namespace

result<written_checkpoint> write_checkpoint(file_system& fs, const std::string& path,
                                            const checkpoint_header& header,
                                            std::span<const checkpoint_section> sections) {
  if (auto fine = check_sections(path, sections); !fine)
    return tl::unexpected(fine.error());
  auto out = fs.open(path, file_system::mode::create_new);
  if (!out)
    return tl::unexpected(out.error());
  auto written = write_all(**out, path, header, sections);
  if (!written) {
    out->reset();
    // Only to free the space: the first error is the one that counts.
    static_cast<void>(fs.remove(path));
  }
  return written;
}

} // namespace tessera
