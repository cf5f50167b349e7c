// libFuzzer target for the reader of trace files.
#include "core/trace_file.hpp"
#include "tests/fuzz/must_hold.hpp"
#include "tests/fuzz/valid_first.hpp"

#include <fstream>
#include <iterator>
#include <unistd.h>

namespace {

using namespace tessera;

std::vector<std::byte> written(unsigned seed) {
  trace_recorder recorder{64};
  recorder.name_actor(1, "shard 0");
  const auto name = recorder.name("grant_tick");
  for (std::uint64_t i = 0; i < 3 + seed % 80; ++i)
    recorder.record(
      {1000 + i * (seed % 7), i / 3, 1, 2, 3, static_cast<trace_kind>(1 + (i + seed) % 4), name});
  const auto path =
    std::filesystem::temp_directory_path() / ("trace_fuzz_" + std::to_string(::getpid()));
  auto out =
    trace_writer::create(path, recorder, trace_writer::begin::with_what_there_is, {{"world", "w"}});
  fuzz::must_hold(out && out->finish(), "a trace can be written");
  std::ifstream in{path, std::ios::binary};
  const std::vector<char> text{std::istreambuf_iterator<char>(in), {}};
  std::filesystem::remove(path);
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

} // namespace

static std::vector<std::byte> valid_input(unsigned seed) {
  return written(seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto log = parse_trace(std::as_bytes(std::span(data, size)));
  if (!log)
    return 0;
  std::uint64_t last = 0;
  for (const auto& r : log->records) {
    fuzz::must_hold(r.time >= last, "records are in order of time");
    last = r.time;
    log->name_of(r.name);
  }
  return 0;
}
