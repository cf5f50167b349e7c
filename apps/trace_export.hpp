// A trace in the forms that other people's viewers read.
//
// Both: times are nanoseconds from the first record; an actor is a track under its node; a handler is a
// slice, and so is a span inside it; a message is a flow from the handler that sent it to the one that
// handled it, only where both ends are in the trace.
#pragma once

#include "apps/trace_messages.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

namespace tessera {

struct exported_trace {
  std::uint64_t bytes = 0;
  std::uint64_t flows = 0;
};

/// Perfetto's protobuf, for ui.perfetto.dev and trace_processor. Fails with io_failure.
result<exported_trace> write_perfetto(const trace_log& log, const trace_messages& messages,
                                      const std::filesystem::path& path);

/// Chrome's JSON, for chrome://tracing and whatever else reads it. Fails with io_failure.
result<exported_trace> write_chrome_json(const trace_log& log, const trace_messages& messages,
                                         const std::filesystem::path& path);

/// Times and tracks of a trace, as both forms want them.
class trace_tracks {
public:
  explicit trace_tracks(const trace_log& log);

  /// Nanoseconds since the first record; a damaged file may speak of more than fit.
  std::uint64_t ns(std::uint64_t clock) const {
    if (clock <= first_)
      return 0;
    return static_cast<std::uint64_t>(std::min(9e18, static_cast<double>(clock - first_) * scale_));
  }
  /// Of the steady clock, at the first record.
  std::uint64_t first_steady_ns() const { return steady_ns_; }
  std::uint64_t first_unix_ns() const { return unix_ns_; }

  struct track {
    std::uint32_t actor = no_trace_actor;
    std::string name;
  };
  /// In the order in which they are to be shown: numbers in names count as numbers.
  const std::vector<track>& tracks() const { return tracks_; }
  /// Place in tracks(), from 0.
  std::uint32_t place_of(std::uint32_t actor) const { return places_.at(actor); }
  const std::string& node() const { return node_; }

private:
  std::uint64_t first_ = 0;
  double scale_ = 1;
  std::uint64_t steady_ns_ = 0;
  std::uint64_t unix_ns_ = 0;
  std::string node_;
  std::vector<track> tracks_;
  std::unordered_map<std::uint32_t, std::uint32_t> places_;
};

} // namespace tessera
