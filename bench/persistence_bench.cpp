// The persistence layer against the raw device and, built with TESSERA_BENCH_PEERS (librocksdb-dev,
// libsqlite3-dev), against RocksDB and SQLite. Prints a line per figure: what was measured, what
// must be reached. With --tessera_json, one JSON object a line.
//
//     persistence_bench [--tessera_json] [--dir PATH] [--no_realtime] [PART]
//
// Always true: sides of a ratio take short turns inside a round, on the same file system, and the
// median over the rounds is reported, since a disk's speed drifts; where a turn makes or removes
// files beside what it measures, that is not timed. Files lie beside the program unless --dir says
// otherwise, and the kind of disk is printed. Threads that wait for the disk run at real-time
// priority where the system lets them: on a machine with other work each sync would else wait for
// the scheduler, 4 ms and more, and every ratio would be 1.
#include "bench/herds_world.hpp"
#include "bench/raw_disk.hpp"
#include "bench/reporting.hpp"
#include "persistence/checkpoint_reader.hpp"
#include "persistence/checkpoint_writer.hpp"
#include "persistence/journal.hpp"
#include "persistence/journal_reader.hpp"
#include "shards/lockstep_world.hpp"
#include "shards/state_codec.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <lz4.h>
#include <optional>
#include <random>
#include <sched.h>
#include <string_view>
#include <thread>
#include <time.h>
#ifdef TESSERA_BENCH_PEERS
#include <rocksdb/db.h>
#include <sqlite3.h>
#endif

namespace {

using namespace tessera;
using namespace tessera::bench;

std::string directory;
reporter report{"persistence/"};
bool may_be_realtime = true;

/// "raw 10900, journal 10400 syncs/s"
std::string rates(std::initializer_list<std::pair<const char*, double>> each, const char* unit) {
  std::string text;
  for (const auto& [name, rate] : each) {
    std::array<char, 64> one{};
    std::snprintf(one.data(), one.size(), "%s%s %.4g", text.empty() ? "" : ", ", name, rate);
    text += one.data();
  }
  return text + " " + unit;
}

// --- measuring

void check(const result<void>& r) {
  if (!r)
    die(r.error().message);
}

double wall_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Processor time of this thread, the kernel's work for it included: others do not count.
double thread_s() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Real-time priority while it lives, for this thread and those that it starts.
class realtime {
public:
  realtime() {
    const sched_param lowest{1};
    held_ = may_be_realtime && ::sched_setscheduler(0, SCHED_FIFO, &lowest) == 0;
  }
  ~realtime() {
    const sched_param none{};
    if (held_)
      ::sched_setscheduler(0, SCHED_OTHER, &none);
  }
  realtime(const realtime&) = delete;
  realtime& operator=(const realtime&) = delete;
  bool held() const { return held_; }

private:
  bool held_ = false;
};

/// One side of a comparison.
struct side {
  double units = 1; ///< that one call of work does
  std::function<void()> work;
};

/// Units per second of each side, round by round.
struct rounds_of {
  std::vector<std::vector<double>> rate;

  double of(std::size_t i) const { return median(rate[i]); }
  /// How many times as fast side i is as side j.
  double ratio(std::size_t i, std::size_t j) const {
    std::vector<double> each;
    for (std::size_t round = 0; round < rate[i].size(); ++round)
      each.push_back(rate[i][round] / rate[j][round]);
    return median(each);
  }
};

/// Sides take `turns` turns a round, for about `budget_s`; `between` rounds is not timed.
rounds_of take_turns(const std::vector<side>& sides, int turns, double budget_s,
                     double (*clock)() = wall_s, const std::function<void()>& between = {}) {
  rounds_of out{std::vector<std::vector<double>>(sides.size())};
  for (const side& each : sides)
    each.work();
  const double begin = wall_s();
  for (int round = 0; round < 7 || (wall_s() < begin + budget_s && round < 101); ++round) {
    std::vector<double> spent(sides.size(), 0);
    for (int turn = 0; turn < turns; ++turn)
      for (std::size_t k = 0; k < sides.size(); ++k) {
        const std::size_t i = turn % 2 == 0 ? k : sides.size() - 1 - k;
        const double start = clock();
        sides[i].work();
        spent[i] += clock() - start;
      }
    for (std::size_t i = 0; i < sides.size(); ++i)
      out.rate[i].push_back(sides[i].units * turns / spent[i]);
    if (between)
      between();
  }
  return out;
}

// --- journals

constexpr std::size_t command_bytes = 100;
constexpr std::size_t frame_bytes(std::size_t records) {
  return journal_format::padded(sizeof(journal_format::frame_header) +
                                sizeof(journal_format::payload_prefix) +
                                records * (sizeof(journal_format::record_header) + command_bytes));
}

std::span<const std::byte> some_bytes(std::size_t count) {
  static const std::vector<std::byte> bytes = [] {
    std::vector<std::byte> all(std::size_t{16} << 20);
    std::mt19937_64 random(11);
    for (std::size_t i = 0; i + 8 <= all.size(); i += 8) {
      const std::uint64_t word = random();
      std::memcpy(all.data() + i, &word, sizeof word);
    }
    return all;
  }();
  return std::span(bytes).first(count);
}

class bench_journal {
public:
  bench_journal(const std::string& directory, std::uint32_t shards, bool sync = true)
    : shards_(shards) {
    journal_options options;
    options.directory = directory;
    options.shards = shards;
    options.sync = sync;
    log_ = or_die(journal::open(posix_files(), std::move(options)));
  }

  /// So many commands of each shard, made durable.
  void commit(std::uint32_t commands = 1) {
    for (std::uint32_t shard = 0; shard < shards_; ++shard)
      for (std::uint32_t i = 0; i < commands; ++i)
        log_->append(shard, next_, 1, some_bytes(command_bytes));
    check(log_->flush(next_++));
  }

  /// As after hours: the small segments that an epoch begins with are full.
  void skip_small_segments() {
    for (std::uint32_t shard = 0; shard < shards_; ++shard)
      log_->append(shard, next_, 1, some_bytes(std::size_t{9} << 20));
    check(log_->flush(next_++));
    commit();
    remove_old();
  }
  void remove_old() { check(log_->remove_before(next_)); }
  void close() { check(log_->close()); }
  std::string writer_name() const { return std::string(log_->writer_name()); }

private:
  std::uint32_t shards_;
  tick_number next_ = 0;
  std::unique_ptr<journal> log_;
};

template <class Work>
side times(int count, Work work) {
  return {static_cast<double>(count), [=] {
            for (int i = 0; i < count; ++i)
              work();
          }};
}

constexpr std::size_t segment_bytes = journal_format::largest_segment_bytes;

void one_command_per_sync() {
  const realtime quick;
  const scratch_directory scratch(directory);
  zeroed_file raw(scratch / "raw", segment_bytes);
  bench_journal ours(scratch / "ours", 1);
  ours.skip_small_segments();
  const auto bytes = some_bytes(frame_bytes(1));
  const std::vector<side> sides{times(8, [&] { raw.commit(bytes); }),
                                times(8, [&] { ours.commit(); })};
  auto t = take_turns(sides, 20, 3);
  report.print({"one_command_per_sync", t.ratio(1, 0), "x", .95, better::higher,
                rates({{"raw", t.of(0)}, {"journal", t.of(1)}}, "syncs/s")});

  // Segments of 64 KiB, 128 KiB and so on are made meanwhile.
  int epoch = 0;
  std::optional<bench_journal> fresh;
  const std::vector<side> from_start{times(8, [&] { raw.commit(bytes); }),
                                     times(8, [&] { fresh->commit(); })};
  const auto restart = [&] { fresh.emplace(scratch / ("fresh" + std::to_string(epoch++)), 1); };
  restart();
  t = take_turns(from_start, 128, 2, wall_s, restart);
  report.print(
    {"one_command_per_sync_first_1024", t.ratio(1, 0), "x", 0, better::higher,
     rates({{"raw", t.of(0)}, {"journal", t.of(1)}}, "syncs/s, new segments among them")});
}

void thousand_commands_per_sync() {
  const realtime quick;
  const scratch_directory scratch(directory);
  constexpr std::uint32_t batch = 1000;
  zeroed_file raw(scratch / "raw", 4 * segment_bytes);
  zeroed_file lean(scratch / "lean", 4 * segment_bytes);
  bench_journal ours(scratch / "ours", 1);
  ours.skip_small_segments();
  const auto t = take_turns({times(4, [&] { raw.commit(some_bytes(frame_bytes(batch))); }),
                             times(4, [&] { lean.commit(some_bytes(batch * command_bytes)); }),
                             times(4, [&] { ours.commit(batch); })},
                            8, 3, wall_s, [&] { ours.remove_old(); });
  const double mb = frame_bytes(batch) * 1e-6;
  report.print({"1000_commands_per_sync", t.ratio(2, 0), "x", .85, better::higher,
                rates({{"raw", t.of(0) * mb}, {"journal", t.of(2) * mb}}, "MB/s of frames")});
  report.print({"1000_commands_per_sync_payload_only", t.ratio(2, 1), "x", 0, better::higher,
                "the journal's frames against the commands' bytes alone"});
}

void four_writers() {
  const realtime quick;
  const scratch_directory scratch(directory);
  constexpr int commits = 32;
  bench_journal one(scratch / "one", 1);
  bench_journal four(scratch / "four", 4);
  one.skip_small_segments();
  four.skip_small_segments();
  std::vector<std::unique_ptr<bench_journal>> apart;
  std::vector<zeroed_file> raw;
  for (const char* name : {"a", "b", "c", "d"}) {
    apart.push_back(std::make_unique<bench_journal>(scratch / name, 1));
    apart.back()->skip_small_segments();
    raw.emplace_back(scratch / (std::string("raw_") + name), segment_bytes);
  }
  const auto bytes = some_bytes(frame_bytes(1));
  const auto at_once = [](auto& of, const auto& work) {
    std::vector<std::jthread> threads;
    for (auto& each : of)
      threads.emplace_back([&] {
        for (int i = 0; i < commits; ++i)
          work(each);
      });
  };
  raw_ring ring(4);
  auto t = take_turns(
    {times(commits, [&] { one.commit(); }),
     {4.0 * commits,
      [&] {
        for (int i = 0; i < commits; ++i)
          four.commit();
      }},
     {4.0 * commits, [&] { at_once(apart, [](auto& log) { log->commit(); }); }},
     {4.0 * commits,
      [&] {
        for (int i = 0; i < commits; ++i)
          ring.commit(raw, bytes);
      }},
     {4.0 * commits, [&] { at_once(raw, [&](zeroed_file& file) { file.commit(bytes); }); }}},
    3, 5);
  report.print({"4_shards_against_1", t.ratio(1, 0), "x", 1.7, better::higher,
                rates({{"one", t.of(0)}, {"four", t.of(1)}}, "syncs/s, one journal")});
  report.print({"4_journals_in_4_threads_against_1", t.ratio(2, 0), "x", 1.7, better::higher,
                rates({{"one", t.of(0)}, {"four", t.of(2)}}, "syncs/s")});
  report.print({"4_shards_against_raw_io_uring", t.ratio(1, 3), "x", 0, better::higher,
                rates({{"raw", t.of(3)}, {"journal", t.of(1)}}, "syncs/s")});
  report.print({"4_journals_against_4_raw_threads", t.ratio(2, 4), "x", 0, better::higher,
                rates({{"raw", t.of(4)}, {"journals", t.of(2)}}, "syncs/s")});
}

void sixty_four_shards() {
  const realtime quick;
  const scratch_directory scratch(directory);
  constexpr std::uint32_t shards = 64;
  std::vector<zeroed_file> raw;
  for (std::uint32_t i = 0; i < shards; ++i)
    raw.emplace_back(scratch / ("raw" + std::to_string(i)), std::size_t{1} << 20);
  bench_journal ours(scratch / "ours", shards);
  raw_ring ring(shards);
  const auto bytes = some_bytes(frame_bytes(1));
  double begin = wall_s();
  ours.commit();
  const double first_ms = (wall_s() - begin) * 1e3;
  const auto t = take_turns(
    {times(1, [&] { ring.commit(raw, bytes); }), times(1, [&] { ours.commit(); })}, 20, 4);
  const double ms = 1e3 / t.of(1);
  const double against_raw = 1 / t.ratio(1, 0);
  // Either is enough: the line that is met is judged, the other is shown.
  const bool soon = ms <= 3;
  report.print({"64_shards_durable_once", ms, "ms", soon ? 3.0 : 0.0, better::lower,
                "by " + ours.writer_name() + "; enough is this or the next"});
  report.print({"64_shards_against_raw_io_uring", against_raw, "x", soon ? 0 : 1.2, better::lower,
                rates({{"raw", 1e3 / t.of(0)}, {"journal", ms}}, "ms")});
  report.print(
    {"64_shards_first_round", first_ms, "ms", 0, better::lower, "64 segments made for it"});
}

// --- checkpoints

/// The default world with 100'000 grazers in 64 shards, after some ticks; what the checkpoint
/// coordinator would be given, and the sections that it would write.
class herds_states {
public:
  herds_states()
    : opened_(open_herds(std::array<std::string, 1>{"grazers=100000"})),
      world_(opened_.setup, opened_.cut) {
    world_.run_to(40);
    take();
  }

  /// Copies every shard's state after one more tick; seconds that each took.
  std::vector<double> copy() {
    world_.run(1);
    std::vector<double> out;
    for (std::size_t i = 0; i < world_.shard_count(); ++i) {
      const auto& from = world_.at(i);
      const double begin = thread_s();
      const auto copied = take_state(from, {});
      out.push_back(thread_s() - begin);
      if (copied.tick != world_.tick())
        die("a state of another tick was copied");
    }
    return out;
  }

  std::vector<std::vector<checkpoint_section>> files() const {
    std::vector<std::vector<checkpoint_section>> out;
    for (const auto& sections : sections_) {
      out.emplace_back();
      for (const auto& s : sections)
        out.back().push_back({s.name, s.element_bytes, s.bytes,
                              s.name.ends_with("/id") ? column_filter::delta_shuffle
                              : s.element_bytes == 1  ? column_filter::none
                                                      : column_filter::shuffle});
    }
    return out;
  }
  std::uint64_t entities() const { return world_.history().back().entities; }

private:
  void take() {
    states_ = world_.take_states();
    for (const auto& state : states_)
      sections_.push_back(write_sections(*opened_.setup->game, state));
  }

  opened_world opened_;
  lockstep_world world_;
  std::vector<shard_state> states_;
  std::vector<std::vector<state_section>> sections_;
};

/// What lengthens a shard's tick when it is saved: the copy of its state. p99 over shards and ticks.
void pause_of_100k(herds_states& world) {
  std::vector<double> each;
  for (int tick = 0; tick < 20; ++tick)
    for (const double s : world.copy())
      each.push_back(s * 1e3);
  std::ranges::sort(each);
  report.print({"checkpoint_100k_pause_of_a_shard_p99", each[each.size() * 99 / 100], "ms", 1,
                better::lower,
                rates({{"p50", each[each.size() / 2]}, {"longest", each.back()}}, "ms")});
}

/// One core, every column in one go.
void compress(std::span<const std::span<const std::byte>> columns, std::vector<char>& out) {
  for (const auto column : columns)
    if (!column.empty() &&
        ::LZ4_compress_default(reinterpret_cast<const char*>(column.data()), out.data(),
                               static_cast<int>(column.size()), static_cast<int>(out.size())) == 0)
      die("LZ4_compress_default");
}

void load_checkpoint(const std::vector<std::string>& paths, std::uint64_t raw_bytes) {
  std::vector<std::byte> memory(raw_bytes);
  const auto load = [&] {
    auto rest = std::span(memory);
    for (const auto& path : paths) {
      auto reader = or_die(checkpoint_reader::open(posix_files(), path, nullptr));
      for (const stored_section& section : reader.sections()) {
        check(reader.read_into(section, rest.first(section.raw_bytes)));
        rest = rest.subspan(section.raw_bytes);
      }
    }
  };
  const double per_s = take_turns({times(1, load)}, 1, .3, thread_s).of(0);
  report.print(
    {"checkpoint_100k_load", 1e3 / per_s, "ms", 0, better::lower,
     rates({{"columns", per_s * static_cast<double>(raw_bytes) * 1e-6}}, "MB/s, files warm")});
}

/// A file per shard on every side, each synced.
void checkpoint_of_100k() {
  herds_states world;
  pause_of_100k(world);
  const realtime quick;
  const scratch_directory scratch(directory);
  const auto files = world.files();
  std::vector<std::vector<std::span<const std::byte>>> columns;
  std::size_t raw_bytes = 0, largest = 0;
  for (const auto& sections : files) {
    columns.emplace_back();
    for (const auto& section : sections) {
      columns.back().push_back(section.bytes);
      raw_bytes += section.bytes.size();
      largest = std::max(largest, section.bytes.size());
    }
  }
  std::vector<char> room(static_cast<std::size_t>(::LZ4_compressBound(static_cast<int>(largest))));
  std::uint64_t file_bytes = 0;
  int made = 0;
  std::vector<std::string> paths;
  const auto new_path = [&] { return scratch / ("file" + std::to_string(made++)); };
  const auto write_ours = [&] {
    file_bytes = 0;
    paths.clear();
    for (const auto& sections : files) {
      paths.push_back(new_path());
      file_bytes += or_die(write_checkpoint(posix_files(), paths.back(), {}, sections)).bytes;
    }
  };
  const auto t =
    take_turns({times(1, write_ours),
                times(1,
                      [&] {
                        for (const auto& each : columns)
                          compress(each, room);
                      }),
                times(1,
                      [&] {
                        for (const auto& each : columns)
                          write_new_file(new_path(), each);
                      })},
               1, 4, wall_s, [&] {
                 for (const auto& old : std::filesystem::directory_iterator(scratch.path()))
                   std::filesystem::remove(old);
               });
  std::vector<double> ratios;
  for (std::size_t round = 0; round < t.rate[0].size(); ++round)
    ratios.push_back(t.rate[0][round] / std::min(t.rate[1][round], t.rate[2][round]));
  const auto ms = [&](std::size_t i) { return 1e3 / t.of(i); };
  report.print({"checkpoint_100k_whole", median(ratios), "x", .7, better::higher,
                rates({{"checkpoint", ms(0)}, {"LZ4", ms(1)}, {"raw write and sync", ms(2)}},
                      "ms; against the slower of the two")});
  const auto raw = static_cast<double>(raw_bytes), file = static_cast<double>(file_bytes);
  report.print({"checkpoint_100k_bytes", file / raw, "x", .5, better::lower,
                rates({{"columns", raw * 1e-6}, {"file", file * 1e-6}}, "MB")});
  write_ours();
  load_checkpoint(paths, raw_bytes);
}

// --- reading logs

struct written_log {
  std::string directory;
  std::uint64_t bytes = 0;
  std::uint64_t commands = 0;
};

/// Of 4 shards, about `bytes` of frames with so many commands each. Not synced while it is written.
written_log write_log(const std::string& directory, std::uint64_t bytes, std::uint32_t commands) {
  constexpr std::uint32_t shards = 4;
  written_log log{directory, 0, 0};
  bench_journal writer(directory, shards, false);
  for (; log.bytes < bytes; log.bytes += shards * frame_bytes(commands)) {
    writer.commit(commands);
    log.commands += std::uint64_t{shards} * commands;
  }
  writer.close();
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    // So that no write-back runs beside the reading.
    auto segment = or_die(posix_files().open(entry.path(), file_system::mode::write));
    check(segment->sync());
  }
  return log;
}

/// Of processor time: what others take of the machine does not count.
void read_log(const written_log& log, const char* suffix, double verify_reach, double visit_reach) {
  const std::array epochs{epoch_start{1, 0}};
  std::optional<journal_survey> survey;
  std::uint64_t seen = 0, total = 0;
  const auto verify = [&] {
    survey = or_die(survey_journal(posix_files(), log.directory, {}, epochs, {0, false}));
  };
  const auto visit = [&] {
    seen = 0;
    check(visit_journal(posix_files(), *survey, {}, [&](const journal_record& record) {
      ++seen;
      total += static_cast<std::uint64_t>(record.bytes.front()) + record.tick;
      return true;
    }));
  };
  const auto t = take_turns(
    {{static_cast<double>(log.bytes), verify}, {static_cast<double>(log.commands), visit}}, 1, 1.5,
    thread_s);
  if (seen != log.commands || !survey->clean_stop || total == 0)
    die("the log was not read whole");
  const double mib = static_cast<double>(log.bytes) / (1 << 20);
  report.print({std::string("verify") + suffix, t.of(0) * 1e-9, "GB/s", verify_reach,
                better::higher, rates({{"", mib}}, "MiB, warm, per core")});
  report.print(
    {std::string("visit") + suffix, t.of(1) * 1e-6, "M/s", visit_reach, better::higher,
     rates({{"", static_cast<double>(log.commands) * 1e-6}}, "M records of 100 bytes, per core")});
}

void read_logs() {
  const scratch_directory scratch(directory);
  read_log(write_log(scratch / "batches", std::uint64_t{256} << 20, 1000), "", 5, 10);
  read_log(write_log(scratch / "single", std::uint64_t{32} << 20, 1), "_of_single_commands", 0, 0);
}

// --- peers

#ifdef TESSERA_BENCH_PEERS
constexpr std::size_t key_bytes = 8, value_bytes = command_bytes - key_bytes;

class rocksdb_log {
public:
  explicit rocksdb_log(const std::string& path) {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* opened = nullptr;
    check(rocksdb::DB::Open(options, path, &opened));
    db_.reset(opened);
  }
  void commit(int puts) {
    rocksdb::WriteBatch batch;
    for (int i = 0; i < puts; ++i) {
      const std::uint64_t key = __builtin_bswap64(next_++);
      check(batch.Put({reinterpret_cast<const char*>(&key), key_bytes},
                      {reinterpret_cast<const char*>(some_bytes(1).data()), value_bytes}));
    }
    rocksdb::WriteOptions durable;
    durable.sync = true;
    check(db_->Write(durable, &batch));
  }

private:
  static void check(const rocksdb::Status& status) {
    if (!status.ok())
      die("RocksDB: " + status.ToString());
  }
  std::unique_ptr<rocksdb::DB> db_;
  std::uint64_t next_ = 0;
};

class sqlite_log {
public:
  explicit sqlite_log(const std::string& path) {
    check(::sqlite3_open(path.c_str(), &db_));
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
    run("CREATE TABLE puts(key INTEGER PRIMARY KEY, value BLOB)");
    check(::sqlite3_prepare_v2(db_, "INSERT INTO puts VALUES(?, ?)", -1, &insert_, nullptr));
  }
  ~sqlite_log() {
    ::sqlite3_finalize(insert_);
    ::sqlite3_close(db_);
  }
  sqlite_log(const sqlite_log&) = delete;
  sqlite_log& operator=(const sqlite_log&) = delete;

  void commit(int puts) {
    if (puts > 1)
      run("BEGIN");
    for (int i = 0; i < puts; ++i) {
      ::sqlite3_bind_int64(insert_, 1, next_++);
      ::sqlite3_bind_blob(insert_, 2, some_bytes(1).data(), value_bytes, SQLITE_STATIC);
      if (::sqlite3_step(insert_) != SQLITE_DONE)
        check(SQLITE_ERROR);
      check(::sqlite3_reset(insert_));
    }
    if (puts > 1)
      run("COMMIT");
  }

private:
  void check(int code) {
    if (code != SQLITE_OK)
      die(std::string("SQLite: ") + ::sqlite3_errmsg(db_));
  }
  void run(const char* statement) {
    check(::sqlite3_exec(db_, statement, nullptr, nullptr, nullptr));
  }
  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_int64 next_ = 0;
};

void peers() {
  const realtime quick;
  const scratch_directory scratch(directory);
  bench_journal ours(scratch / "ours", 1);
  ours.skip_small_segments();
  rocksdb_log rocks(scratch / "rocksdb");
  sqlite_log lite(scratch / "sqlite");
  for (const int puts : {1, 1000}) {
    const auto t =
      take_turns({times(8, [&] { ours.commit(static_cast<std::uint32_t>(puts)); }),
                  times(8, [&] { rocks.commit(puts); }), times(8, [&] { lite.commit(puts); })},
                 puts == 1 ? 16 : 2, 4);
    const std::string name = std::to_string(puts) + (puts == 1 ? "_put" : "_puts") + "_per_sync";
    const auto detail = [&](const char* other, std::size_t i) {
      return rates({{"journal", t.of(0) * puts}, {other, t.of(i) * puts}}, "durable puts/s");
    };
    report.print(
      {name + "_against_RocksDB", t.ratio(0, 1), "x", 0, better::higher, detail("RocksDB", 1)});
    report.print(
      {name + "_against_SQLite", t.ratio(0, 2), "x", 0, better::higher, detail("SQLite", 2)});
  }
}
#endif

/// Says what the figures are of; in memory they are not of a disk.
void print_place() {
  const mounted_on mount = mount_of(directory);
  std::printf("# files in %s: %s on %s%s\n", directory.c_str(), mount.type.c_str(),
              mount.device.c_str(),
              mount.in_memory() ? ": MEMORY, NO DISK; give --dir PATH on one" : "");
  std::printf("# threads that wait for the disk: %s\n",
              realtime().held() ? "real-time priority" : "ordinary priority");
  std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
  directory = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  std::string_view only;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (report.takes(word))
      continue;
    if (word == "--no_realtime")
      may_be_realtime = false;
    else if (word == "--dir" && i + 1 < argc)
      directory = argv[++i];
    else
      only = word;
  }
  print_place();
  const std::pair<std::string_view, void (*)()> parts[] = {
    {"one", one_command_per_sync},
    {"thousand", thousand_commands_per_sync},
    {"four", four_writers},
    {"many", sixty_four_shards},
    {"checkpoint", checkpoint_of_100k},
    {"read", read_logs},
#ifdef TESSERA_BENCH_PEERS
    {"peers", peers},
#endif
  };
  for (const auto& [name, run] : parts)
    if (only.empty() || only == name)
      run();
  if (!report.as_json())
    std::printf("%d short of reach\n", report.short_of_reach());
}
