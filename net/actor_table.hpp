// Who does how much: figures of actors, of what they send each other and of a tick's systems, from a recorder.
//
// Always true: reading never holds up who records; what was overwritten before it was read is counted as lost, and a
// message without both its ends in the records is left out of the times.
//
// Thread: any; each function takes the lock.
#pragma once

#include "core/trace_recorder.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace tessera {

struct actor_figures {
  bool armed = false;
  double seconds = 0; ///< that the figures are of
  std::uint64_t lost = 0;
  struct row {
    std::uint32_t actor = 0;
    std::string name;
    std::uint64_t handled = 0;
    std::uint64_t waiting = 0;
    bool running = false;
    double run_ms_p50 = 0;
    double run_ms_p99 = 0;
    double run_ms_sum = 0;
    double wait_ms_p50 = 0;
    double wait_ms_p99 = 0;
  };
  std::vector<row> actors; ///< by number
  struct edge {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::string message;
    std::uint64_t count = 0;
  };
  std::vector<edge> edges; ///< the busiest first
  struct span {
    std::string name;
    double ms = 0;
  };
  std::vector<span> spans; ///< the longest first
};

/// Times of spans, summed up by tick; for the last ticks that were recorded.
struct system_times {
  std::vector<std::string> names;
  std::uint32_t first_tick = 0;
  std::vector<std::vector<double>> ms; ///< per tick, per name
};

class actor_table {
public:
  static constexpr std::size_t most_edges = 2000;
  static constexpr std::size_t most_ticks = 600;

  /// The recorder outlives the table.
  explicit actor_table(trace_recorder& from) : from_(&from) {}

  /// Holds the recorder armed until then; look_at_clock() releases it.
  void watch(std::chrono::steady_clock::time_point until);
  /// Releases it when the time is over. To be called now and then.
  void look_at_clock(std::chrono::steady_clock::time_point now);

  /// Of what was recorded since the last call.
  actor_figures take();
  /// Of ticks from `from` on.
  system_times systems(std::uint32_t from);

private:
  struct message {
    std::uint64_t enqueued = 0;
    std::uint64_t began = 0;
  };
  struct tally {
    std::uint64_t handled = 0;
    std::uint64_t running = 0;
    std::vector<float> run_ms;
    std::vector<float> wait_ms;
  };

  void read_rings();
  void take_record(const trace_record& r);
  void start_over();

  std::mutex mutex_;
  trace_recorder* from_;
  std::optional<trace_hold> watching_;
  std::chrono::steady_clock::time_point until_{};
  trace_time begin_;
  double ms_per_unit_ = 0;
  std::vector<std::uint64_t> next_; ///< per ring: the first record not yet read
  std::vector<trace_record> records_;
  std::unordered_map<std::uint64_t, message> open_; ///< by message
  std::map<std::uint32_t, tally> tallies_;          ///< by actor
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint16_t>, std::uint64_t> edges_;
  std::unordered_map<std::uint16_t, double> spans_;
  std::map<std::uint32_t, std::unordered_map<std::uint16_t, double>> ticks_;
  std::uint64_t lost_ = 0;
};

} // namespace tessera
