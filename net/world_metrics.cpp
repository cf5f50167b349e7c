#include "net/world_metrics.hpp"

#include "net/inspector_json.hpp"
#include "net/metrics_text.hpp"
#include "net/world_questions.hpp"

#include <fstream>
#include <unistd.h>

namespace tessera {

namespace {

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double seconds(std::uint64_t ns) {
  return static_cast<double>(ns) * 1e-9;
}

using samples = std::vector<std::pair<metrics_text::labels, double>>;

void put_kept(metrics_text& out, const kept_state& kept) {
  if (kept.durable_tick)
    out.gauge("durable_tick", "Inputs of ticks up to this one are durable.",
              static_cast<double>(*kept.durable_tick));
  if (kept.checkpoint_tick) {
    out.gauge("checkpoint_tick", "State that the last checkpoint is of.",
              static_cast<double>(*kept.checkpoint_tick));
    out.gauge("checkpoint_bytes", "Size of the last checkpoint.",
              static_cast<double>(kept.checkpoint_bytes));
    out.gauge("checkpoint_seconds", "From the first copy until the last checkpoint counted.",
              kept.checkpoint_s);
  }
  out.counter("checkpoints_total", "Checkpoints made since the start.",
              static_cast<double>(kept.checkpoints));
  out.family("disk_bytes", "gauge", "Bytes in the data directory.",
             samples{{{{"kind", "journal"}}, static_cast<double>(kept.disk_journal)},
                     {{{"kind", "border"}}, static_cast<double>(kept.disk_border)},
                     {{{"kind", "checkpoints"}}, static_cast<double>(kept.disk_checkpoints)},
                     {{{"kind", "other"}}, static_cast<double>(kept.disk_other)}});
}

void put_shards(metrics_text& out, inspected_world& world) {
  look_request what;
  what.memory = true;
  samples memory{{{{"owner", "process"}}, resident_bytes()}};
  // Without an answer these are left out: the rest is worth having.
  if (auto look = ask_shards(world, std::move(what))) {
    double bytes = 0;
    for (const auto& s : look->shards)
      bytes += static_cast<double>(s->memory_bytes);
    memory.push_back({{{"owner", "shards"}}, bytes});
  }
  out.family("memory_bytes", "gauge", "Memory in use: of the shards' entities, of the process.",
             memory);
}

void put_mailboxes(metrics_text& out, inspected_world& world) {
  const auto counts = world.waiting_messages();
  if (!counts)
    return;
  samples waiting;
  for (const auto& [kind, count] : *counts)
    waiting.push_back({{{"kind", kind}}, static_cast<double>(count)});
  out.family("mailbox_messages", "gauge", "Messages that wait, over all actors of a kind.",
             waiting);
}

} // namespace

answer<std::string> world_metrics(inspected_world& world,
                                  const std::array<std::uint64_t, 6>& requests) {
  auto seen = world.seen();
  if (!seen)
    return tl::unexpected(seen.error());
  const world_summary& now = (*seen)->newest;
  const tick_totals& sums = (*seen)->totals;
  auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  metrics_text out;
  out.gauge("tick", "Ticks run: the newest complete state.", number(now.tick));
  out.gauge("entities", "Entities in the world.", number(now.entities));
  out.gauge("ghosts", "Copies of neighbours' entities.", number(now.ghosts));
  out.gauge("travelling", "Entities on their way by letter.", number(now.travelling));
  out.gauge("shards", "Shards of the layout.", number(world.about().cut->size()));
  out.counter("ticks_total", "Ticks completed since the start.", number(sums.ticks));
  out.counter("migrations_total", "Entities that went to another shard.", number(sums.migrations));
  out.counter("packet_bytes_total", "Bytes of border packets.", number(sums.packet_bytes));
  out.counter("events_total", "Events sent.", number(sums.events));
  out.counter("births_total", "Entities born.", number(sums.births));
  out.counter("deaths_total", "Entities died.", number(sums.deaths));
  out.histogram("tick_seconds", "Busy time of a tick's slowest shard.", tick_totals::bounds_s,
                sums.ticks_by_time, seconds(sums.busy_ns));
  out.counter("shard_busy_seconds_total", "Time in ticks, over all shards.",
              seconds(sums.busy_ns_sum));
  out.counter("shard_wait_seconds_total",
              "Time that shards had their grant and waited for packets, over all shards.",
              seconds(sums.wait_ns_sum));
  if (auto dilation = status_json(**seen, false)["dilation"]; dilation.is_number())
    out.gauge("dilation_ratio", "Real over planned time of the last second.",
              dilation.get<double>());
  put_shards(out, world);
  put_mailboxes(out, world);
  if (world.about().kept)
    if (auto kept = world.history())
      put_kept(out, *kept);
  out.family("inspector_requests_total", "counter", "Requests to the inspector, by status.",
             samples{{{{"status", "2xx"}}, number(requests[2])},
                     {{{"status", "4xx"}}, number(requests[4])},
                     {{{"status", "5xx"}}, number(requests[5])}});
  return out.text();
}

} // namespace tessera
