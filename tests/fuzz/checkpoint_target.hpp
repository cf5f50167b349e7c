// What must hold of a checkpoint's reader and of the manifest's, whatever the bytes are. For the
// fuzzers and, with mutations of sound files, for the tests.
//
// Always true: a check that fails ends the program, as a fuzzer wants it. Most mutations end at a
// CRC; so every input is also tried with all CRCs made right, which leads to what lies behind them.
#pragma once

#include "persistence/checkpoint_format.hpp"
#include "persistence/checkpoint_reader.hpp"
#include "persistence/crc32c.hpp"
#include "persistence/manifest.hpp"
#include "persistence/manifest_lines.hpp"
#include "tests/fuzz/must_hold.hpp"
#include "tests/persistence/simulated_disk.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace tessera::fuzz {

template <class T>
T get(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

template <class T>
void put(std::span<std::byte> bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

/// Of the blocks from `at` on; returns the CRC of their headers.
inline std::uint32_t seal_blocks(std::span<std::byte> bytes, std::size_t at, std::uint32_t count) {
  std::uint32_t crc = 0;
  for (; count > 0 && at <= bytes.size() && bytes.size() - at >= 12; --count) {
    const std::size_t stored = get<std::uint32_t>(bytes, at + 4);
    if (stored > bytes.size() - at - 12)
      break;
    put(bytes, at + 8, crc32c(bytes.subspan(at + 12, stored), crc32c(bytes.subspan(at, 8))));
    crc = crc32c(bytes.subspan(at, 12), crc);
    at += 12 + stored;
  }
  return crc;
}

/// Makes every CRC right, and the sizes of the footer, as far as the bytes can be followed.
inline void seal_checkpoint(std::span<std::byte> bytes) {
  namespace format = checkpoint_format;
  if (bytes.size() < format::header_bytes + format::footer_bytes)
    return;
  const std::size_t end = bytes.size() - format::footer_bytes;
  const auto directory = std::min<std::uint64_t>(get<std::uint64_t>(bytes, end), end);
  put(bytes, 60, crc32c(bytes.first(60)));
  put(bytes, end, directory);
  put(bytes, end + 8, std::uint64_t{end - directory});
  put(bytes, end + 16, std::uint64_t{bytes.size()});
  put(bytes, end + 28, get<std::uint32_t>(bytes, 60));
  for (std::size_t at = directory; end - at >= format::entry_bytes;) {
    put(bytes, at + 40,
        seal_blocks(bytes.first(directory), get<std::uint64_t>(bytes, at + 16),
                    get<std::uint32_t>(bytes, at + 12)));
    at += format::entry_bytes;
    const std::size_t name = get<std::uint32_t>(bytes, at - format::entry_bytes);
    if (name > end - at)
      break;
    at += name;
  }
  put(bytes, bytes.size() - 4, crc32c(bytes.subspan(directory, bytes.size() - 4 - directory)));
}

/// Whether the file was taken for sound.
inline bool try_checkpoint(std::span<const std::byte> bytes) {
  simulated_disk fs(1);
  fs.set_contents("c", {bytes.begin(), bytes.end()});
  auto reader = checkpoint_reader::open(fs, "c", nullptr);
  if (!reader) {
    must_hold(reader.error().code == error_code::corrupt ||
                reader.error().code == error_code::newer_format,
              "a checkpoint is refused as damaged or as newer");
    return false;
  }
  bool all_read = true;
  for (const auto& section : reader->sections()) {
    must_hold(section.raw_bytes / 255 <= bytes.size(), "sizes are such as the file can hold");
    const auto read = reader->read(section.name);
    must_hold(read ? read->size() == section.raw_bytes : read.error().code == error_code::corrupt,
              "a section has its size, or is refused as damaged");
    all_read = all_read && read.has_value();
  }
  must_hold(reader->verify().has_value() == all_read, "what verifies can be read, and no other");
  return all_read;
}

inline bool check_checkpoint(std::span<const std::byte> bytes) {
  const bool sound = try_checkpoint(bytes);
  std::vector<std::byte> sealed(bytes.begin(), bytes.end());
  seal_checkpoint(sealed);
  const bool sound_when_sealed = try_checkpoint(sealed);
  return sound || sound_when_sealed;
}

inline bool try_manifest(const std::string& text) {
  const auto parsed = parse_manifest(text, "MANIFEST");
  if (!parsed) {
    must_hold(parsed.error().code == error_code::corrupt ||
                parsed.error().code == error_code::newer_format,
              "a manifest is refused as damaged or as newer");
    return false;
  }
  must_hold(to_text(*parsed) == text, "there is one text for a manifest");
  must_hold(!manifest_fault(*parsed), "what is read keeps the rules");
  return true;
}

inline bool check_manifest(std::span<const std::byte> bytes) {
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const bool sound = try_manifest(text);
  const auto body = text.substr(0, text.size() - std::min<std::size_t>(text.size(), 16));
  const auto crc = crc32c(std::as_bytes(std::span(body.data(), body.size())));
  const bool sound_when_sealed = try_manifest(body + "crc32c " + to_hex(crc, 8) + "\n");
  return sound || sound_when_sealed;
}

} // namespace tessera::fuzz
