#include "apps/phase_times.hpp"

#include <algorithm>
#include <unordered_map>

namespace tessera {

void phase_times::watch(bool on) {
  if (on == watching_.has_value())
    return;
  if (!on) {
    watching_.reset();
    return;
  }
  watching_.emplace(*from_);
  begin_ = trace_time_now();
  next_.clear();
  for (const trace_ring* ring : from_->rings())
    next_.push_back(ring->head());
}

std::vector<phase_time> phase_times::take() {
  if (!watching_)
    return {};
  records_.clear();
  const auto rings = from_->rings();
  next_.resize(rings.size());
  for (std::size_t i = 0; i < rings.size(); ++i) {
    const std::size_t before = records_.size();
    const std::uint64_t first = rings[i]->read(next_[i], records_);
    next_[i] = first + (records_.size() - before);
  }
  std::unordered_map<std::uint16_t, std::pair<std::uint64_t, std::uint64_t>> sums; // count, time
  for (const trace_record& r : records_)
    if (r.kind == trace_kind::span && r.tick != no_trace_tick) {
      auto& [count, time] = sums[r.name];
      ++count;
      time += r.subject;
    }
  const trace_time now = trace_time_now();
  const auto names = from_->names();
  const auto whole = std::find(names.begin(), names.end(), "tick");
  const auto ticks = sums.find(static_cast<std::uint16_t>(whole - names.begin()));
  if (whole == names.end() || ticks == sums.end() || now.clock <= begin_.clock)
    return {};
  // Since the first reading, the longer the better known.
  const double ms_per_unit = static_cast<double>(now.steady_ns - begin_.steady_ns) * 1e-6 /
                             static_cast<double>(now.clock - begin_.clock);
  const double share = static_cast<double>(shards_) / static_cast<double>(ticks->second.first);
  std::vector<phase_time> out;
  for (const auto& [name, sum] : sums)
    if (name != ticks->first)
      out.push_back({name < names.size() ? names[name] : "?",
                     static_cast<double>(sum.second) * ms_per_unit * share});
  std::sort(out.begin(), out.end(), [](const auto& l, const auto& r) {
    return l.ms != r.ms ? l.ms > r.ms : l.name < r.name;
  });
  return out;
}

} // namespace tessera
