// A trace that somebody asked for while the world runs: recorded into a file without a name, handed out once it is
// whole.
//
// Always true: at most one is recorded at a time; it ends after its time or at most_bytes; the file goes with the
// capture.
//
// Thread: any; each function takes the lock. A thread of its own drains the recorder.
#pragma once

#include "core/trace_file.hpp"
#include "core/trace_recorder.hpp"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace tessera {

class trace_capture {
public:
  static constexpr std::uint64_t most_bytes = std::uint64_t{256} << 20;

  enum class state : std::uint8_t { none, recording, ready, failed };
  struct status {
    state what = state::none;
    unsigned seconds = 0;
    std::uint64_t bytes = 0;
    std::uint64_t records = 0;
    std::uint64_t lost = 0;
    std::string error;
  };

  /// The recorder outlives the capture.
  explicit trace_capture(trace_recorder& from) : from_(&from) {}
  ~trace_capture();

  /// False: one is being recorded.
  bool start(unsigned seconds, trace_facts about);
  status now() const;
  /// The file's path, if it is ready. It stays until the next start().
  std::optional<std::filesystem::path> file() const;

private:
  void record(trace_writer writer, unsigned seconds);

  trace_recorder* from_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;
  status status_;
  std::filesystem::path path_;
  std::thread thread_;
};

} // namespace tessera
