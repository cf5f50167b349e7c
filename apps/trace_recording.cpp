#include "apps/trace_recording.hpp"

#include "apps/crash_signals.hpp"
#include "apps/text.hpp"
#include "apps/wake_up.hpp"
#include "core/stall_detector.hpp"
#include "sdk/engine.hpp"

#include <atomic>
#include <cctype>
#include <limits>
#include <mutex>
#include <thread>

namespace tessera {

namespace {

/// A ring holds 131,072 records; no thread makes so many in this time.
constexpr std::chrono::milliseconds drain_interval{5};
constexpr std::chrono::milliseconds long_time{60'000};

} // namespace

void trace_options::add_to(CLI::App& app) {
  auto* trace = app.add_option("--trace", file, "Record what every actor does, for tessera trace")
                  ->type_name("FILE");
  auto tick = [&](const char* name, std::optional<tick_number>& to_set, const char* words) {
    app
      .add_option_function<std::uint64_t>(
        name, [&to_set](const std::uint64_t& value) { to_set = value; }, words)
      ->type_name("T")
      ->needs(trace);
  };
  tick("--trace-from", from, "Record from tick T on; with --trace");
  tick("--trace-to", to, "Record up to tick T; with --trace");
  app
    .add_option("--trace-actors", actors,
                "Record only actors whose names match, as in \"shard 1*\"; with --trace")
    ->type_name("PATTERN")
    ->needs(trace);
  app.add_flag("--no-flight-recorder", no_flight_recorder,
               "Do not record the last seconds, which are written when a tick fails or the process "
               "crashes");
  app
    .add_option("--stall-limit-ms", stall_limit_ms,
                "Tell of handlers that take longer, with actor, message and stack; 0: do not "
                "(default 1000)")
    ->type_name("N")
    ->check([](const std::string& text) {
      const auto value = parse_whole(text);
      return value && *value <= 86'400'000
               ? std::string{}
               : "found " + text + "; allowed: whole milliseconds from 0 to 86400000, a day";
    });
}

void trace_options::check(tick_number ticks) const {
  auto refuse = [](const char* name, const std::string& why) {
    throw CLI::ValidationError(name, why);
  };
  if (from && to && *from > *to)
    refuse("--trace-to", "found " + std::to_string(*to) + "; allowed: at least --trace-from, " +
                           std::to_string(*from));
  if (from && ticks != 0 && *from >= ticks)
    refuse("--trace-from",
           "found " + std::to_string(*from) + "; this run ends at tick " + std::to_string(ticks));
}

std::string file_name_of(const std::string& world) {
  std::string out = world;
  for (char& c : out)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '.')
      c = '_';
  return out;
}

struct trace_recording::impl {
  impl(const trace_options& asked, trace_facts facts, std::filesystem::path stem)
    : options(asked), about(std::move(facts)), flight_stem(std::move(stem)) {}

  ~impl() { end_thread(); }

  bool flies() const { return !options.no_flight_recorder && options.file.empty(); }

  void begin() {
    if (flies() || (writer && !options.from && !options.to))
      armed.emplace(*recorder);
    if (options.records()) {
      crash.emplace(wake, crash_written);
      thread = std::thread([this] { work(); });
    }
    if (options.records() && options.stall_limit_ms != 0)
      stalls.emplace(*recorder, std::chrono::milliseconds(options.stall_limit_ms),
                     [this](const stall& found) {
                       ++stalls_found;
                       complain("warning: " + describe(found));
                     });
  }

  void end_thread() {
    stalls.reset();
    if (!thread.joinable())
      return;
    ending = true;
    wake.notify();
    thread.join();
    crash.reset();
  }

  void work() {
    while (!ending) {
      wake.sleep(writer ? drain_interval : long_time);
      if (crash_signals::caught() != 0) {
        save_from_crash();
        crash_written.notify();
        return;
      }
      if (writer)
        keep(writer->drain());
    }
  }

  /// A writer that failed once writes no more: its file ends with what was whole.
  void keep(const result<void>& ok) {
    if (ok)
      return;
    failure = ok.error();
    records = writer->records();
    lost = writer->lost();
    writer.reset();
  }

  void save_from_crash() {
    std::string saved = options.file;
    if (writer)
      keep(writer->finish());
    else if (flies())
      saved = write_flight("crash-tick-" + std::to_string(next_tick.load()));
    else
      return;
    if (failure)
      complain(failure->message);
    else if (!saved.empty())
      complain("crashed (signal " + std::to_string(crash_signals::caught()) +
               "); what its actors did last: " + saved);
  }

  /// Path of the file; empty if it could not be written.
  std::string write_flight(const std::string& what) {
    const std::lock_guard held{flight};
    const std::filesystem::path path = flight_stem.string() + "-" + what + ".trace";
    auto out =
      trace_writer::create(path, *recorder, trace_writer::begin::with_what_there_is, about);
    const result<void> ok = out ? out->finish() : tl::unexpected(out.error());
    if (ok)
      return path.string();
    complain(ok.error().message);
    return {};
  }

  trace_options options;
  trace_facts about;
  std::filesystem::path flight_stem;
  std::shared_ptr<trace_recorder> recorder = std::make_shared<trace_recorder>();
  std::optional<trace_hold> armed;
  std::optional<trace_writer> writer; ///< the thread's, once that runs
  std::optional<error> failure;       ///< of the writer; likewise below, once it is gone
  std::uint64_t records = 0;
  std::uint64_t lost = 0;
  std::atomic<tick_number> next_tick = 0;
  std::mutex flight; ///< one file at a time; of flight_file too
  std::string flight_file;
  std::atomic<std::uint64_t> stalls_found = 0;
  std::atomic<bool> ending = false;
  wake_up wake;
  wake_up crash_written;
  std::optional<crash_signals> crash;
  std::thread thread;
  std::optional<stall_detector> stalls;
};

trace_recording::trace_recording(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
trace_recording::~trace_recording() = default;

result<std::unique_ptr<trace_recording>> trace_recording::start(const trace_options& options,
                                                                trace_facts about,
                                                                std::filesystem::path flight_stem) {
  auto made = std::make_unique<impl>(options, std::move(about), std::move(flight_stem));
  if (!options.file.empty()) {
    auto writer =
      trace_writer::create(options.file, *made->recorder, trace_writer::begin::now, made->about);
    if (!writer)
      return tl::unexpected(writer.error());
    made->writer = std::move(*writer);
  }
  made->begin();
  return std::unique_ptr<trace_recording>(new trace_recording(std::move(made)));
}

const std::shared_ptr<trace_recorder>& trace_recording::recorder() const {
  return impl_->recorder;
}

void trace_recording::put_into(engine_options& options) const {
  const trace_options& asked = impl_->options;
  options.trace = impl_->recorder;
  options.trace_actors = asked.actors;
  if (asked.from || asked.to)
    options.trace_ticks = {asked.from.value_or(0),
                           asked.to.value_or(std::numeric_limits<tick_number>::max())};
}

void trace_recording::state_complete(tick_number tick) noexcept {
  impl_->next_tick = tick;
}

void trace_recording::tick_failed(tick_number tick) {
  if (!impl_->flies())
    return;
  auto path = impl_->write_flight("tick-" + std::to_string(tick));
  if (path.empty())
    return;
  complain("what the actors did before tick " + std::to_string(tick) + " failed: " + path);
  const std::lock_guard held{impl_->flight};
  impl_->flight_file = std::move(path);
}

result<void> trace_recording::finish() {
  impl_->end_thread();
  impl_->armed.reset();
  if (impl_->writer) {
    auto ok = impl_->writer->finish();
    impl_->records = impl_->writer->records();
    impl_->lost = impl_->writer->lost();
    impl_->writer.reset();
    if (!ok)
      impl_->failure = ok.error();
  }
  if (impl_->failure)
    return tl::unexpected(*impl_->failure);
  return {};
}

trace_figures trace_recording::figures() const {
  return {impl_->options.file, impl_->records, impl_->lost, impl_->flight_file,
          impl_->stalls_found};
}

} // namespace tessera
