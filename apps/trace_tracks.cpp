#include "apps/trace_export.hpp"

#include <charconv>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>

namespace tessera {

namespace {

/// "shard 12" comes after "shard 3".
std::pair<std::string_view, std::uint64_t> in_parts(std::string_view name) {
  const auto digits = name.find_last_not_of("0123456789") + 1;
  std::uint64_t number = 0;
  std::from_chars(name.data() + digits, name.data() + name.size(), number);
  return {name.substr(0, digits), number};
}

std::uint64_t moved(std::uint64_t from, double by) {
  return static_cast<std::uint64_t>(std::max(0.0, static_cast<double>(from) + by));
}

} // namespace

trace_tracks::trace_tracks(const trace_log& log) : scale_(log.ns_per_unit()) {
  std::unordered_set<std::uint32_t> seen;
  for (const auto& r : log.records) {
    seen.insert(r.actor);
    if (r.kind == trace_kind::enqueued)
      seen.insert(r.peer);
  }
  for (const auto actor : seen)
    tracks_.push_back({actor, log.actor_name(actor)});
  std::sort(tracks_.begin(), tracks_.end(), [](const track& l, const track& r) {
    return std::tuple(in_parts(l.name), l.actor) < std::tuple(in_parts(r.name), r.actor);
  });
  for (const auto& t : tracks_)
    places_.emplace(t.actor, static_cast<std::uint32_t>(places_.size()));
  if (!log.records.empty()) {
    first_ = log.records.front().time;
    steady_ns_ = moved(log.begin.steady_ns, log.ns_at(first_));
    unix_ns_ = moved(log.unix_ns, log.ns_at(first_));
  }
  node_ = "node 0";
  for (const auto& [what, value] : log.about)
    if (what == "world")
      node_ += ", " + value;
}

} // namespace tessera
