// A trace file: what a recorder held, for tools. The format is docs/formats/trace.md; its numbers are here.
//
// Always true:
// - a file that is cut off anywhere reads up to its last whole chunk, and says that it was cut;
// - a reader believes nothing: sizes and counts are checked against what is there.
#pragma once

#include "core/error.hpp"
#include "core/trace_recorder.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tessera {

namespace trace_format {
inline constexpr std::array<char, 8> magic = {'T', 'S', 'R', 'T', 'R', 'A', 'C', 'E'};
inline constexpr std::uint32_t version = 1;
inline constexpr std::size_t header_bytes = 40;
inline constexpr std::size_t chunk_header_bytes = 16;

enum class chunk : std::uint32_t { about = 1, names, actors, clock, records, end };
} // namespace trace_format

/// Facts about the run, in order: "world", "workers" and the like.
using trace_facts = std::vector<std::pair<std::string, std::string>>;

/// Writes what a recorder records. One thread at a time; the recorder outlives it.
class trace_writer {
public:
  enum class begin { with_what_there_is, now };

  /// Makes the file, replacing one of that name. Fails with io_failure.
  static result<trace_writer> create(const std::filesystem::path& path, const trace_recorder& from,
                                     begin where, const trace_facts& about);

  /// Appends what was recorded since the last call. Must come sooner than a ring fills, or records
  /// are lost. Fails with io_failure; the file is what it was until then.
  result<void> drain();
  /// The last drain(), and the end: nothing is appended after it.
  result<void> finish();

  std::uint64_t records() const { return records_; }
  std::uint64_t lost() const { return lost_; } ///< overwritten before they could be written

private:
  struct closer {
    void operator()(std::FILE* f) const noexcept { std::fclose(f); }
  };

  trace_writer(std::filesystem::path path, std::unique_ptr<std::FILE, closer> file,
               const trace_recorder& from);
  void begin_chunk(trace_format::chunk kind);
  void end_chunk();
  void put_names();
  void put_clock();
  void put_records(std::uint32_t thread, const trace_ring& ring);
  result<void> write_out();

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, closer> file_;
  const trace_recorder* from_;
  std::vector<std::uint64_t> next_; ///< per ring: the first record not yet written
  std::size_t names_ = 0;
  std::size_t actors_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t lost_ = 0;
  std::vector<std::byte> bytes_; ///< of the chunks being put together
  std::size_t chunk_at_ = 0;
  std::vector<trace_record> copied_; ///< used again
};

/// A trace file, read.
struct trace_log {
  trace_facts about;
  std::vector<std::string> names; ///< by number
  std::unordered_map<std::uint32_t, std::string> actors;
  std::vector<trace_record> records; ///< by time; what one thread recorded at one time in its order
  std::uint64_t lost = 0;            ///< overwritten before they could be written
  bool cut_off = false;              ///< the file has no end: a crash, or still being written
  trace_time begin;
  trace_time end;
  std::uint64_t unix_ns = 0; ///< of `begin`

  std::string_view name_of(std::uint16_t number) const;
  /// The actor's name, or "outside" of no_trace_actor, or "actor N".
  std::string actor_name(std::uint32_t actor) const;
  /// Nanoseconds from the file's begin to `clock`, negative before it.
  double ns_at(std::uint64_t clock) const;
  double ns_of(std::uint64_t length) const { return static_cast<double>(length) * ns_per_unit(); }
  double ns_per_unit() const;
};

/// Fails with not_there, io_failure, newer_format or bad_bytes, naming the file.
result<trace_log> read_trace(const std::filesystem::path& path);
/// As read_trace, of bytes.
result<trace_log> parse_trace(std::span<const std::byte> bytes);

} // namespace tessera
