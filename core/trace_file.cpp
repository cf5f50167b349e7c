#include "core/trace_file.hpp"

#include "core/byte_io.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <optional>

namespace tessera {

namespace {

using trace_format::chunk;

error io_error(const std::filesystem::path& path, const char* what) {
  return {error_code::io_failure, path.string() + ": " + what + ": " + std::strerror(errno)};
}

std::uint64_t unix_now_ns() {
  auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
    std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

} // namespace

// --- writing

trace_writer::trace_writer(std::filesystem::path path, std::unique_ptr<std::FILE, closer> file,
                           const trace_recorder& from)
  : path_(std::move(path)), file_(std::move(file)), from_(&from) {}

result<trace_writer> trace_writer::create(const std::filesystem::path& path,
                                          const trace_recorder& from, begin where,
                                          const trace_facts& about) {
  std::unique_ptr<std::FILE, closer> file{std::fopen(path.c_str(), "wb")};
  if (!file)
    return tl::unexpected(io_error(path, "the trace cannot be made"));
  trace_writer made{path, std::move(file), from};
  for (const trace_ring* ring : from.rings()) {
    const std::uint64_t head = ring->head();
    const std::uint64_t oldest = head > ring->capacity() ? head - ring->capacity() : 0;
    made.next_.push_back(where == begin::now ? head : oldest);
  }
  const trace_time now = trace_time_now();
  byte_writer out{made.bytes_};
  out.write(trace_format::magic);
  out.write(trace_format::version);
  out.write(static_cast<std::uint32_t>(trace_format::header_bytes));
  out.write(now.clock);
  out.write(now.steady_ns);
  out.write(unix_now_ns());
  made.begin_chunk(chunk::about);
  out.write(std::uint64_t{about.size()});
  for (const auto& [key, value] : about) {
    out.write_string(key);
    out.write_string(value);
  }
  made.end_chunk();
  if (auto ok = made.write_out(); !ok)
    return tl::unexpected(ok.error());
  return made;
}

void trace_writer::begin_chunk(chunk kind) {
  chunk_at_ = bytes_.size();
  byte_writer out{bytes_};
  out.write(static_cast<std::uint32_t>(kind));
  out.write(std::uint32_t{0});
  out.write(std::uint64_t{0});
}

void trace_writer::end_chunk() {
  byte_writer out{bytes_};
  out.overwrite(chunk_at_ + 8,
                std::uint64_t{bytes_.size() - chunk_at_ - trace_format::chunk_header_bytes});
}

void trace_writer::put_names() {
  byte_writer out{bytes_};
  if (const auto names = from_->names(names_); !names.empty()) {
    begin_chunk(chunk::names);
    out.write(std::uint64_t{names_});
    out.write(std::uint64_t{names.size()});
    for (const auto& name : names)
      out.write_string(name);
    end_chunk();
    names_ += names.size();
  }
  if (const auto actors = from_->actors(actors_); !actors.empty()) {
    begin_chunk(chunk::actors);
    out.write(std::uint64_t{actors.size()});
    for (const auto& a : actors) {
      out.write(a.actor);
      out.write_string(a.name);
    }
    end_chunk();
    actors_ += actors.size();
  }
}

void trace_writer::put_clock() {
  const trace_time now = trace_time_now();
  begin_chunk(chunk::clock);
  byte_writer out{bytes_};
  out.write(now.clock);
  out.write(now.steady_ns);
  end_chunk();
}

void trace_writer::put_records(std::uint32_t thread, const trace_ring& ring) {
  copied_.clear();
  const std::uint64_t first = ring.read(next_[thread], copied_);
  lost_ += first - next_[thread];
  next_[thread] = first + copied_.size();
  records_ += copied_.size();
  if (copied_.empty())
    return;
  begin_chunk(chunk::records);
  byte_writer out{bytes_};
  out.write(thread);
  out.write(std::uint32_t{0});
  out.write(first);
  out.write_values(std::span<const trace_record>(copied_));
  end_chunk();
}

result<void> trace_writer::drain() {
  const auto rings = from_->rings();
  next_.resize(rings.size());
  for (std::size_t i = 0; i < rings.size(); ++i)
    put_records(static_cast<std::uint32_t>(i), *rings[i]);
  // After the records: every name in them is known by now, and clock readings enclose them.
  put_names();
  put_clock();
  return write_out();
}

result<void> trace_writer::finish() {
  if (auto ok = drain(); !ok)
    return ok;
  begin_chunk(chunk::end);
  byte_writer out{bytes_};
  out.write(records_);
  out.write(lost_);
  end_chunk();
  if (auto ok = write_out(); !ok)
    return ok;
  if (std::fclose(file_.release()) != 0)
    return tl::unexpected(io_error(path_, "the trace cannot be written to its end"));
  return {};
}

result<void> trace_writer::write_out() {
  const bool ok = std::fwrite(bytes_.data(), 1, bytes_.size(), file_.get()) == bytes_.size() &&
                  std::fflush(file_.get()) == 0;
  bytes_.clear();
  if (!ok)
    return tl::unexpected(io_error(path_, "the trace cannot be written"));
  return {};
}

// --- reading

std::string_view trace_log::name_of(std::uint16_t number) const {
  return number < names.size() ? std::string_view{names[number]} : "?";
}

std::string trace_log::actor_name(std::uint32_t actor) const {
  if (auto known = actors.find(actor); known != actors.end())
    return known->second;
  return actor == no_trace_actor ? "outside" : "actor " + std::to_string(actor);
}

double trace_log::ns_per_unit() const {
  if (end.clock <= begin.clock || end.steady_ns <= begin.steady_ns)
    return 1;
  return static_cast<double>(end.steady_ns - begin.steady_ns) /
         static_cast<double>(end.clock - begin.clock);
}

double trace_log::ns_at(std::uint64_t clock) const {
  const auto since = static_cast<std::int64_t>(clock - begin.clock);
  return static_cast<double>(since) * ns_per_unit();
}

namespace {

/// Of spans that begin at one time, the longer holds the others.
bool earlier(const trace_record& l, const trace_record& r) {
  if (l.time != r.time)
    return l.time < r.time;
  if (l.kind != r.kind)
    return l.kind < r.kind;
  return l.kind == trace_kind::span && l.subject > r.subject;
}

/// A thread's records are nearly in order: only a span is written after what came later, at its end. Each
/// is put back over those few; what is farther off than a tick can hold is no work of the recorder, and
/// is sorted like anything else.
void put_in_order(std::vector<trace_record>& records) {
  constexpr std::size_t far = 256;
  for (std::size_t i = 1; i < records.size(); ++i) {
    const trace_record moved = records[i];
    std::size_t to = i;
    for (; to > 0 && i - to < far && earlier(moved, records[to - 1]); --to)
      records[to] = records[to - 1];
    records[to] = moved;
    if (i - to == far)
      return std::stable_sort(records.begin(), records.end(), earlier);
  }
}

class parser {
public:
  explicit parser(std::span<const std::byte> bytes) : bytes_(bytes) {}

  result<trace_log> parse() {
    if (auto ok = header(); !ok)
      return tl::unexpected(ok.error());
    at_ = trace_format::header_bytes;
    bool ended = false;
    while (!ended && bytes_.size() - at_ >= trace_format::chunk_header_bytes) {
      byte_reader in{bytes_.subspan(at_)};
      const auto kind = in.read<std::uint32_t>();
      in.read<std::uint32_t>();
      const auto size = in.read<std::uint64_t>();
      if (size > in.remaining())
        break; // cut off
      if (auto ok = one_chunk(static_cast<chunk>(kind), in.take(size)); !ok)
        return tl::unexpected(ok.error());
      at_ += trace_format::chunk_header_bytes + static_cast<std::size_t>(size);
      ended = static_cast<chunk>(kind) == chunk::end;
    }
    log_.cut_off = !ended;
    log_.records = merged();
    return std::move(log_);
  }

private:
  result<void> header() {
    byte_reader in{bytes_};
    const auto magic = in.read<std::array<char, 8>>();
    const auto version = in.read<std::uint32_t>();
    const auto header_bytes = in.read<std::uint32_t>();
    log_.begin.clock = in.read<std::uint64_t>();
    log_.begin.steady_ns = in.read<std::uint64_t>();
    log_.unix_ns = in.read<std::uint64_t>();
    log_.end = log_.begin;
    if (!in.check() || magic != trace_format::magic)
      return fail(error_code::bad_bytes, "this is no trace of Tessera: its first 8 bytes are not "
                                         "TSRTRACE");
    if (version > trace_format::version)
      return fail(error_code::newer_format,
                  "the trace has format version " + std::to_string(version) +
                    "; this build reads versions up to " + std::to_string(trace_format::version));
    if (version == 0 || header_bytes != trace_format::header_bytes)
      return fail(error_code::bad_bytes, "the trace's header is damaged");
    return {};
  }

  result<void> one_chunk(chunk kind, std::span<const std::byte> payload) {
    byte_reader in{payload};
    switch (kind) {
      case chunk::about: about(in); break;
      case chunk::names: names(in); break;
      case chunk::actors: actors(in); break;
      case chunk::clock:
        log_.end.clock = in.read<std::uint64_t>();
        log_.end.steady_ns = in.read<std::uint64_t>();
        break;
      case chunk::records: records(in); break;
      case chunk::end:
        in.read<std::uint64_t>();
        log_.lost = std::max(log_.lost, in.read<std::uint64_t>());
        break;
      default: return {}; // a later minor addition
    }
    if (auto ok = in.check(); !ok)
      return fail(error_code::bad_bytes, "the chunk at byte " + std::to_string(at_) +
                                           " is damaged: " + ok.error().message);
    return {};
  }

  void about(byte_reader& in) {
    const auto count = in.read<std::uint64_t>();
    for (std::uint64_t i = 0; i < count && in.check(); ++i) {
      std::string key = in.read_string();
      log_.about.emplace_back(std::move(key), in.read_string());
    }
  }

  void names(byte_reader& in) {
    const auto first = in.read<std::uint64_t>();
    const auto count = in.read<std::uint64_t>();
    if (first != log_.names.size())
      in.give_up("names from number " + std::to_string(first) + ", where " +
                 std::to_string(log_.names.size()) + " were expected");
    for (std::uint64_t i = 0; i < count && in.check(); ++i)
      log_.names.push_back(in.read_string());
  }

  void actors(byte_reader& in) {
    const auto count = in.read<std::uint64_t>();
    for (std::uint64_t i = 0; i < count && in.check(); ++i) {
      const auto actor = in.read<std::uint32_t>();
      log_.actors[actor] = in.read_string();
    }
  }

  void records(byte_reader& in) {
    const auto thread = in.read<std::uint32_t>();
    in.read<std::uint32_t>();
    const auto first = in.read<std::uint64_t>();
    if (in.remaining() % sizeof(trace_record) != 0)
      in.give_up("a part of a record");
    of_thread& from = threads_[thread];
    if (from.next && first > *from.next)
      log_.lost += first - *from.next;
    const std::size_t count = in.remaining() / sizeof(trace_record);
    from.next = first + count;
    auto found = in.read_values<trace_record>(count);
    from.records.insert(from.records.end(), found.begin(), found.end());
  }

  /// The records of all threads by time, each thread's put in order first.
  std::vector<trace_record> merged() {
    std::vector<std::vector<trace_record>> parts;
    for (auto& [thread, from] : threads_) {
      put_in_order(from.records);
      parts.push_back(std::move(from.records));
    }
    for (; parts.size() > 1; parts.resize((parts.size() + 1) / 2)) {
      for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
        std::vector<trace_record> both(parts[i].size() + parts[i + 1].size());
        std::merge(parts[i].begin(), parts[i].end(), parts[i + 1].begin(), parts[i + 1].end(),
                   both.begin(), earlier);
        parts[i + 1] = {};
        parts[i / 2] = std::move(both);
      }
      if (parts.size() % 2 == 1)
        parts[parts.size() / 2] = std::move(parts.back());
    }
    return parts.empty() ? std::vector<trace_record>{} : std::move(parts.front());
  }

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  trace_log log_;
  struct of_thread {
    std::optional<std::uint64_t> next; ///< number of the record after those that were read
    std::vector<trace_record> records;
  };
  std::map<std::uint32_t, of_thread> threads_;
};

} // namespace

result<trace_log> parse_trace(std::span<const std::byte> bytes) {
  return parser{bytes}.parse();
}

result<trace_log> read_trace(const std::filesystem::path& path) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> in{std::fopen(path.c_str(), "rb"), &std::fclose};
  if (!in)
    return fail(error_code::not_there, path.string() + ": " + std::strerror(errno));
  // Read in pieces: it may be no file with a size, and may grow meanwhile.
  std::vector<std::byte> bytes;
  constexpr std::size_t piece = std::size_t{8} << 20;
  std::size_t got = piece;
  for (std::size_t at = 0; got == piece; at += got) {
    bytes.resize(at + piece);
    got = std::fread(bytes.data() + at, 1, piece, in.get());
    bytes.resize(at + got);
  }
  if (std::ferror(in.get()) != 0)
    return tl::unexpected(io_error(path, "the trace cannot be read"));
  auto log = parse_trace(bytes);
  if (!log)
    return fail(log.error().code, path.string() + ": " + log.error().message);
  return log;
}

} // namespace tessera
