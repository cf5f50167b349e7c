// Reads and checks a checkpoint file. docs/formats/checkpoint.md is the format.
//
// Always true of an open reader: header, footer and directory passed their CRCs, and the sections
// lie in the file one after the other without a gap; so no size that is allocated for was made up
// by a damaged file. A section's own bytes are checked when they are read, each time.
#pragma once

#include "persistence/checkpoint.hpp"
#include "persistence/file_system.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera {

/// One file, open. One thread at a time.
///
/// Errors of all its functions: corrupt when bytes are damaged, missing or too many; wrong_world,
/// wrong_code and newer_format for a sound file that is not for us; else those of the file system.
/// Each names the file and the place.
class checkpoint_reader {
public:
  /// `expected`: null takes any. Reads header, footer and directory, not the sections.
  static result<checkpoint_reader> open(file_system& fs, const std::string& path,
                                        const log_identity* expected);

  const checkpoint_header& header() const { return header_; }
  /// In the writer's order.
  const std::vector<stored_section>& sections() const { return sections_; }
  /// To compare with what the manifest notes.
  const written_checkpoint& written() const { return written_; }
  /// Null when there is none of this name.
  const stored_section* find(std::string_view name) const;

  /// A section's bytes as they were given to the writer; not_there without such a section.
  result<std::vector<std::byte>> read(std::string_view name);
  /// The same into memory of the caller's, who gives it section.raw_bytes of room.
  result<void> read_into(const stored_section& section, std::span<std::byte> out);
  /// Reads and decodes everything.
  result<void> verify();

private:
  /// Where the raw bytes of the next block go.
  using block_target = std::function<std::span<std::byte>(std::size_t raw_bytes)>;

  checkpoint_reader(std::unique_ptr<file> in, std::string path);
  result<void> read_header(const log_identity* expected);
  result<void> check_identity(const log_identity* expected) const;
  result<void> read_directory(std::uint64_t file_bytes);
  result<void> read_exactly(std::uint64_t offset, std::span<std::byte> out);
  result<void> read_blocks(const stored_section& section, const block_target& target);
  result<void> decode(const stored_section& section, std::span<const std::byte> stored,
                      std::span<std::byte> out);
  tl::unexpected<error> damaged(const std::string& what) const;

  std::string path_;
  std::unique_ptr<file> file_;
  checkpoint_header header_;
  std::uint32_t header_crc_ = 0;
  written_checkpoint written_;
  std::vector<stored_section> sections_;
  std::unique_ptr<std::byte[]> stored_;  ///< one block, its header and the next one's
  std::unique_ptr<std::byte[]> decoded_; ///< one block, shuffled still
};

} // namespace tessera
