#include "net/inspected_world.hpp"

namespace tessera {

void tick_totals::add(const world_summary& state) {
  std::size_t bucket = 0;
  while (bucket < bounds_s.size() && static_cast<double>(state.busy_ns) * 1e-9 > bounds_s[bucket])
    ++bucket;
  ++ticks_by_time[bucket];
  ++ticks;
  busy_ns += state.busy_ns;
  busy_ns_sum += state.busy_ns_sum;
  wait_ns_sum += state.wait_ns_sum;
  migrations += state.migrations;
  packet_bytes += state.packet_bytes;
  events += state.events_sent;
  births += state.born;
  deaths += state.died;
}

void tick_totals::add(const tick_totals& others) {
  for (std::size_t i = 0; i < ticks_by_time.size(); ++i)
    ticks_by_time[i] += others.ticks_by_time[i];
  ticks += others.ticks;
  busy_ns += others.busy_ns;
  busy_ns_sum += others.busy_ns_sum;
  wait_ns_sum += others.wait_ns_sum;
  migrations += others.migrations;
  packet_bytes += others.packet_bytes;
  events += others.events;
  births += others.births;
  deaths += others.deaths;
}

} // namespace tessera
