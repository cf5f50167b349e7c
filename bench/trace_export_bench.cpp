// What it takes to turn a trace file into Perfetto's form and into Chrome's. An event is a record of the
// trace; everything counts, from opening the file to closing the other: reading, sorting, pairing, writing.
#include "apps/trace_export.hpp"
#include "bench/flock_worlds.hpp"
#include "bench/reporting.hpp"

#include <chrono>
#include <filesystem>
#include <unistd.h>

namespace {

using namespace tessera;
using namespace tessera::bench;
namespace fs = std::filesystem;

/// A trace of 64 small shards, some two million records; returns how many.
double make_trace(const fs::path& path) {
  const flock_world world = make_flock(4000, 8, 8);
  engine_options options;
  options.workers = 2;
  options.ticks = 800;
  options.trace = std::make_shared<trace_recorder>(std::size_t{1} << 22);
  options.trace->arm();
  or_die(engine::start(world.setup, world.cut, options))->wait();
  auto out =
    or_die(trace_writer::create(path, *options.trace, trace_writer::begin::with_what_there_is, {}));
  if (auto ok = out.finish(); !ok) {
    std::fprintf(stderr, "benchmark: %s\n", ok.error().message.c_str());
    std::exit(1);
  }
  return static_cast<double>(out.records());
}

template <class Write>
void convert(reporter& report, const char* form, const fs::path& from, const fs::path& to,
             double records, Write write, double reach_rate, double reach_bytes) {
  std::vector<double> rates;
  std::vector<double> reading_s;
  double bytes = 0;
  for (int round = 0; round < 5; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    const auto log = or_die(read_trace(from));
    const std::chrono::duration<double> read = std::chrono::steady_clock::now() - begin;
    const trace_messages messages(log);
    bytes = static_cast<double>(or_die(write(log, messages, to)).bytes);
    const std::chrono::duration<double> all = std::chrono::steady_clock::now() - begin;
    rates.push_back(records / all.count() * 1e-6);
    reading_s.push_back(read.count() / all.count());
  }
  const std::string name = std::string("export_") + form;
  report.print({name, median(rates), "M/s", reach_rate, better::higher,
                std::to_string(static_cast<int>(median(reading_s) * 100)) + " % of it reading"});
  report.print({name + "_bytes", bytes / records, "B", reach_bytes});
}

} // namespace

int main(int argc, char** argv) {
  reporter report{"trace/"};
  for (int i = 1; i < argc; ++i)
    report.takes(argv[i]);
  const fs::path folder =
    fs::temp_directory_path() / ("tessera_trace_export_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const double records = make_trace(folder / "t.trace");
  convert(report, "perfetto", folder / "t.trace", folder / "out", records, &write_perfetto, 5, 32);
  convert(report, "chrome_json", folder / "t.trace", folder / "out", records, &write_chrome_json, 2,
          90);
  fs::remove_all(folder);
}
