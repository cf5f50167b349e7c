// What the records of a trace say together: which message was handled when, and what an actor did inside
// its handlers.
//
// Always true:
// - a message that is paired was put into the mailbox of the actor that handled it, by the same peer, with
//   the same type and tick; what has no partner is counted, never guessed;
// - slices of one actor nest: each lies in the one that was open when it began, or after it.
#pragma once

#include "core/trace_file.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <queue>
#include <unordered_map>
#include <vector>

namespace tessera {

/// Pairs the records of a log, by their place in it. Keeps no reference to the log.
class trace_messages {
public:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  explicit trace_messages(const trace_log& log);

  /// Of an `enqueued`: where its handling began; of a `handling_began`: where it was enqueued.
  std::uint32_t other_end(std::size_t record) const { return other_[record]; }
  /// Of a `handling_began`: when the handler ended. Of one whose end is not there: when the actor was next
  /// seen to begin another, or the end of the trace.
  std::uint64_t end_time(std::size_t record) const { return end_[record]; }

  struct counts {
    std::uint64_t enqueued = 0;
    std::uint64_t between_actors = 0; ///< of these: from one actor to another
    std::uint64_t handled = 0;
    std::uint64_t paired = 0;      ///< enqueued and handled
    std::uint64_t not_handled = 0; ///< enqueued, and its handling is not in the trace
    std::uint64_t not_sent = 0;    ///< handled, and its enqueueing is not in the trace
    std::uint64_t unfinished = 0;  ///< handlers whose end is not in the trace
    std::uint64_t unbegun = 0;     ///< ends of handlers whose begin is not in the trace
    std::uint64_t spans = 0;
  };
  const counts& totals() const { return counts_; }
  std::uint64_t last_time() const { return last_; } ///< at which anything is in the trace

private:
  std::vector<std::uint32_t> other_;
  std::vector<std::uint64_t> end_;
  counts counts_;
  std::uint64_t last_ = 0;
};

/// One handler or span of an actor.
struct trace_slice {
  std::uint32_t record; ///< its handling_began or span
  std::uint64_t end;    ///< by the trace clock
};

/// Tells a sink of the trace in order of time: sink.sent(record), sink.begin(slice), sink.end(actor, time).
/// An end comes before what begins at the same time.
template <class Sink>
void tell_slices(const trace_log& log, const trace_messages& messages, Sink& sink) {
  struct open_slice {
    std::uint64_t end;
    std::uint32_t actor;
    bool operator>(const open_slice& r) const { return end > r.end; }
  };
  std::priority_queue<open_slice, std::vector<open_slice>, std::greater<>> open;
  std::unordered_map<std::uint32_t, std::vector<std::uint64_t>> ends; // by actor, innermost last
  auto close = [&](std::uint64_t until) {
    for (; !open.empty() && open.top().end <= until; open.pop()) {
      ends[open.top().actor].pop_back();
      sink.end(open.top().actor, open.top().end);
    }
  };
  for (std::size_t i = 0; i < log.records.size(); ++i) {
    const trace_record& r = log.records[i];
    if (r.kind != trace_kind::enqueued && r.kind != trace_kind::handling_began &&
        r.kind != trace_kind::span)
      continue;
    close(r.time);
    const auto at = static_cast<std::uint32_t>(i);
    if (r.kind == trace_kind::enqueued) {
      sink.sent(at);
      continue;
    }
    auto& outer = ends[r.actor];
    std::uint64_t end = r.kind == trace_kind::span ? r.time + r.subject : messages.end_time(i);
    if (!outer.empty())
      end = std::min(end, outer.back());
    end = std::max(end, r.time);
    outer.push_back(end);
    open.push({end, r.actor});
    sink.begin(trace_slice{at, end});
  }
  close(std::numeric_limits<std::uint64_t>::max());
}

} // namespace tessera
