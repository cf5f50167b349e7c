#include "persistence/journal_scan.hpp"

#include "persistence/crc32c.hpp"
#include "persistence/file_window.hpp"

#include <algorithm>

namespace tessera {

using namespace journal_format;

namespace {

/// Stays in the second-level cache between read() and CRC.
constexpr std::size_t chunk_bytes = std::size_t{512} << 10;

bool is_zero(std::span<const std::byte> bytes) {
  std::uint64_t any = 0;
  for (; bytes.size() >= sizeof any; bytes = bytes.subspan(sizeof any)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    any |= word;
  }
  for (const std::byte value : bytes)
    any |= static_cast<std::uint64_t>(value);
  return any == 0;
}

/// How many bytes at the front are zero, in whole frame_alignment steps; the end of the file may be
/// shorter than one.
std::size_t zeros_in_front(std::span<const std::byte> bytes) {
  std::size_t count = 0;
  while (count < bytes.size()) {
    const std::size_t step = std::min(frame_alignment, bytes.size() - count);
    if (!is_zero(bytes.subspan(count, step)))
      break;
    count += step;
  }
  return count;
}

std::string hex(std::uint64_t value) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
  return text.data();
}

class segment_scanner {
public:
  segment_scanner(segment_scan& out, file_window& window, std::optional<std::uint64_t> chain_before)
    : out_(out), window_(window), chain_(chain_before) {}

  result<void> run() {
    if (auto read = read_header(); !read)
      return read;
    std::uint64_t offset = std::min<std::uint64_t>(header_bytes, window_.file_bytes());
    while (true) {
      const auto bytes = window_.at(offset, frame_alignment);
      if (bytes.empty())
        break;
      offset += step(offset, bytes);
    }
    if (window_.failure())
      return tl::unexpected(*window_.failure());
    const bool lost_track = damage_since_.has_value();
    end_damage(out_.used_bytes);
    if (out_.header_state == segment_scan::state::unused && out_.used_bytes > 0)
      spoil_header("zeros where a segment's header should be");
    if (!lost_track && out_.header_state == segment_scan::state::sound)
      out_.chain = chain_;
    return {};
  }

private:
  /// Looks at `offset`; how far to go on.
  std::uint64_t step(std::uint64_t offset, std::span<const std::byte> bytes) {
    if (const std::size_t zeros = zeros_in_front(bytes); zeros > 0) {
      if (!zeros_since_)
        zeros_since_ = offset;
      return zeros;
    }
    frame_header header;
    const bool sound = bytes.size() >= sizeof header && read_frame_header(bytes, header);
    if (!sound) {
      begin_damage(offset, "no frame begins there");
      out_.used_bytes = offset + std::min(bytes.size(), frame_alignment);
      zeros_since_.reset();
      return frame_alignment;
    }
    return frame(offset, header);
  }

  bool read_frame_header(std::span<const std::byte> bytes, frame_header& header) const {
    std::memcpy(&header, bytes.data(), sizeof header);
    return header.magic == frame_magic && header.crc == crc_of(header) &&
           (header.salt == out_.header.salt || out_.header_state != segment_scan::state::sound) &&
           header.payload_bytes <= most_payload_bytes;
  }

  std::uint64_t frame(std::uint64_t offset, const frame_header& header) {
    const std::uint64_t total = sizeof header + padded(header.payload_bytes);
    const bool unsynced =
      out_.header_state == segment_scan::state::sound && (out_.header.flags & unsynced_flag) != 0;
    if (!unsynced) // else it was written, and never known to be durable
      out_.witnessed = std::max(out_.witnessed, header.from);
    if (zeros_since_) {
      // Frames lie close together: zeros before one stand where another should be.
      begin_damage(*zeros_since_, "zeros where a frame should be");
      zeros_since_.reset();
    }
    const std::string why = fault_of(offset, header, total);
    if (why.empty()) {
      end_damage(offset);
      accept(offset, header, total);
    } else {
      begin_damage(offset, why);
    }
    chain_ = chain_after(header);
    out_.used_bytes = std::min(offset + total, window_.file_bytes());
    return total;
  }

  /// Why the frame does not count; empty if it does.
  std::string fault_of(std::uint64_t offset, const frame_header& header, std::uint64_t total) {
    const auto bytes = window_.at(offset, static_cast<std::size_t>(total));
    if (bytes.size() < total)
      return "a frame of " + std::to_string(total) + " bytes, cut off by the file's end";
    const auto padded_payload =
      bytes.subspan(sizeof header, static_cast<std::size_t>(total) - sizeof header);
    if (const std::uint32_t found = crc32c(padded_payload); found != header.payload_crc)
      return "a payload with CRC " + hex(found) + " instead of " + hex(header.payload_crc);
    if (out_.header_state != segment_scan::state::sound)
      return "a frame behind a damaged segment header";
    // Where damage lies before, the frames in between are not known, nor is what the chain was.
    if (chain_ && !damage_since_ && header.chain != *chain_)
      return "a frame with chain hash " + hex(header.chain) + " instead of " + hex(*chain_);
    if (!out_.frames.empty() && header.round < out_.frames.back().round)
      return "a frame of round " + std::to_string(header.round) + " behind one of round " +
             std::to_string(out_.frames.back().round);
    if (!parses(header, padded_payload.first(header.payload_bytes)))
      return "a frame with a payload that does not parse";
    return {};
  }

  bool parses(const frame_header& header, std::span<const std::byte> payload) {
    if (header.zero != 0 || header.round == 0 || header.frames == 0)
      return false;
    records_ = 0;
    switch (header.kind) {
      case frame_kind::records:
        return for_each_record(
          payload, header.from, header.end,
          [&](tick_number, std::uint16_t, std::span<const std::byte>) { ++records_; });
      case frame_kind::empty_round:
        return payload.empty() && header.frames == 1 && header.from < header.end;
      case frame_kind::clean_stop:
        return payload.empty() && header.frames == 1 && header.from == header.end;
    }
    return false;
  }

  void accept(std::uint64_t offset, const frame_header& header, std::uint64_t total) {
    out_.frames.push_back({offset, static_cast<std::uint32_t>(total), header.payload_bytes,
                           header.round, header.from, header.end, header.frames, records_,
                           header.kind, false});
  }

  void begin_damage(std::uint64_t offset, std::string what) {
    if (damage_since_)
      return;
    damage_since_ = offset;
    damage_is_ = std::move(what);
  }

  void end_damage(std::uint64_t offset) {
    if (damage_since_)
      out_.damage.push_back({out_.path, *damage_since_, offset - *damage_since_, damage_is_});
    damage_since_.reset();
  }

  void spoil_header(std::string what) {
    out_.header_state = segment_scan::state::damaged;
    out_.damage.insert(out_.damage.begin(), {out_.path, 0, header_bytes, std::move(what)});
  }

  result<void> read_header() {
    const auto page = window_.at(0, header_bytes);
    if (page.size() < header_bytes) {
      if (!is_zero(page)) {
        spoil_header("a segment header cut off by the file's end");
        out_.used_bytes = page.size();
      }
      return {};
    }
    if (is_zero(page.first(header_bytes)))
      return {};
    out_.used_bytes = header_bytes;
    segment_header& header = out_.header;
    std::memcpy(&header, page.data(), sizeof header);
    if (header.magic != segment_magic) {
      spoil_header("no journal segment begins there");
    } else if (const std::uint32_t found = crc_of_page(page.first(header_bytes));
               found != header.crc) {
      spoil_header("a segment header with CRC " + hex(found) + " instead of " + hex(header.crc));
    } else if (header.format_version > version) {
      return fail(error_code::newer_format,
                  out_.path + " has format version " + std::to_string(header.format_version) +
                    ", this program knows up to " + std::to_string(version) +
                    ": open it with a newer Tessera");
    } else if (segment_name{header.shard, header.epoch, header.number} != out_.name) {
      spoil_header("the header of " + name_of({header.shard, header.epoch, header.number}));
    } else {
      out_.header_state = segment_scan::state::sound;
      if (header.number == 1)
        chain_ = chain_start(header.epoch, header.shard);
      else if (!chain_)
        chain_ = header.previous_chain;
    }
    return {};
  }

  segment_scan& out_;
  file_window& window_;
  std::optional<std::uint64_t> chain_; ///< what the next frame must carry
  std::optional<std::uint64_t> damage_since_;
  std::string damage_is_;
  std::optional<std::uint64_t> zeros_since_;
  std::uint32_t records_ = 0;
};

} // namespace

result<segment_scan> scan_segment(file_system& fs, const std::string& directory,
                                  const segment_name& name,
                                  std::optional<std::uint64_t> chain_before, bool keep_bytes) {
  segment_scan out;
  out.name = name;
  out.path = directory + "/" + name_of(name);
  auto opened = fs.open(out.path, file_system::mode::read);
  if (!opened)
    return tl::unexpected(opened.error());
  const auto size = (*opened)->size();
  if (!size)
    return tl::unexpected(size.error());
  out.file_bytes = *size;
  file_window window(**opened, *size,
                     keep_bytes ? std::max(chunk_bytes, static_cast<std::size_t>(*size))
                                : chunk_bytes);
  if (auto scanned = segment_scanner(out, window, chain_before).run(); !scanned)
    return tl::unexpected(scanned.error());
  if (keep_bytes && !out.frames.empty())
    out.bytes = window.release();
  return out;
}

} // namespace tessera
