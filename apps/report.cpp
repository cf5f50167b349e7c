#include "apps/report.hpp"

#include "apps/text.hpp"

#include <algorithm>
#include <map>
#include <tessera_build_info.hpp>

namespace tessera {

namespace {

using json = nlohmann::ordered_json;

double ns_per_entity_tick(const run_facts& f, const run_totals& sums) {
  return sums.entity_ticks > 0 ? f.ended->wall_s * 1e9 / sums.entity_ticks : 0;
}

double ticks_per_s(const run_facts& f) {
  auto ticks = static_cast<double>(f.ended->last.tick - std::min(f.first_tick, f.ended->last.tick));
  return f.ended->wall_s > 0 ? ticks / f.ended->wall_s : 0;
}

json tick_times(const duration_histogram& ticks) {
  return {{"p50", ticks.percentile_ms(0.5)},
          {"p99", ticks.percentile_ms(0.99)},
          {"max", ticks.longest_ms()}};
}

json latencies(std::vector<double> ms) {
  if (ms.empty())
    return nullptr;
  std::sort(ms.begin(), ms.end());
  auto at = [&](double share) {
    return ms[static_cast<std::size_t>(share * static_cast<double>(ms.size() - 1))];
  };
  return {{"p50", at(0.5)}, {"p99", at(0.99)}, {"max", ms.back()}};
}

json by_archetype(const engine_result& ended) {
  std::map<std::string, std::uint64_t> sums;
  for (const auto& shard : ended.shards)
    for (const auto& [name, count] : shard.entities_by_archetype)
      sums[name] += count;
  json out = json::object();
  for (const auto& [name, count] : sums)
    if (count != 0)
      out[name] = count;
  return out;
}

/// At most as many as there are; after a failure the shards' counts are not of one tick.
std::uint64_t entities_in_shards(const engine_result& ended) {
  std::uint64_t sum = 0;
  for (const auto& shard : ended.shards)
    sum += shard.entities;
  return std::min(sum, ended.last.entities);
}

json shard_list(const engine_result& ended) {
  json out = json::array();
  for (const auto& s : ended.shards)
    out.push_back({{"id", s.shard},
                   {"cells", s.cells.area()},
                   {"rect", {s.cells.x0, s.cells.z0, s.cells.x1, s.cells.z1}},
                   {"entities", s.entities},
                   {"tick_ms_p50", s.tick_ms_p50},
                   {"ghosts", s.ghosts}});
  return out;
}

json world_values(const run_facts& f) {
  json out = json::object();
  const auto& declared = f.world->setup->game->world_values;
  const auto& values = f.ended->last.world_values;
  for (std::size_t i = 0; i < std::min(declared.size(), values.size()); ++i)
    out[declared[i].name] = values[i];
  return out;
}

json parameter_values(const run_facts& f) {
  json out = json::object();
  for (const auto& p : f.world->parameters) {
    auto given = f.config->parameters.find(p.name);
    out[p.name] = given == f.config->parameters.end() ? p.fallback : given->second;
  }
  return out;
}

json command_counts(const run_record& record) {
  json out = json::object();
  for (const char* name :
       {"applied", "repeated", "no_such_entity", "rejected", "not_run", "malformed"})
    out[name] = 0;
  for (const auto& [name, count] : record.commands())
    out[name] = count;
  return out;
}

json failure_json(const run_facts& f) {
  if (!f.ended->failure)
    return nullptr;
  const engine_failure& failure = *f.ended->failure;
  return {{"tick", failure.tick},
          {"entity", failure.entity ? json(hex_text(failure.entity.value)) : json(nullptr)},
          {"system", failure.system},
          {"shard", failure.shard},
          {"message", failure.message},
          {"again", f.again.empty() ? json(nullptr) : json(f.again)}};
}

std::uint64_t acked(const run_record& record) {
  std::uint64_t sum = 0;
  for (const auto& [name, count] : record.commands())
    if (name == "applied" || name == "repeated" || name == "no_such_entity" || name == "rejected")
      sum += count;
  return sum;
}

json kept_json(const run_facts& f) {
  if (!f.ended->kept)
    return nullptr;
  const kept_figures& k = *f.ended->kept;
  auto tick = [](const std::optional<tick_number>& t) { return t ? json(*t) : json(nullptr); };
  json out;
  out["directory"] = f.directory;
  out["durability"] = name_of(f.config->persistence.durability);
  out["durable_tick"] = tick(k.durable_tick);
  out["watermark"] = tick(k.durable_tick);
  out["acked"] = acked(*f.record);
  out["journal_bytes"] = k.journal_bytes;
  out["border_bytes"] = k.border_bytes;
  out["fsyncs"] = k.fsyncs;
  out["flush_rounds"] = k.flush_rounds;
  out["checkpoints"] = k.checkpoints;
  out["checkpoint_tick"] = tick(k.checkpoint_tick);
  out["checkpoint_bytes"] = k.checkpoint_bytes;
  out["checkpoint_s"] = k.checkpoint_s;
  out["shard_restarts"] = k.shard_restarts;
  out["disk_bytes"] = f.disk_bytes;
  out["last_recovery"] = {{"from_checkpoint", k.recovered_from},
                          {"replayed_ticks", k.replayed_ticks},
                          {"seconds", k.recovery_s},
                          {"hash_checked", k.hashes_checked}};
  out["failure"] =
    f.ended->storage_failure ? json(f.ended->storage_failure->message) : json(nullptr);
  return out;
}

void put_world(const run_facts& f, json& out) {
  out["world"] = f.config->name;
  out["world_file"] = f.config->path.string();
  out["game"] = f.world->game->name;
  out["seed"] = std::to_string(f.config->seed);
  out["tick_rate_hz"] = f.config->tick_rate_hz;
  out["cell_size_m"] = f.config->cell_size_m;
  out["extent_cells"] = {f.config->extent_x, f.config->extent_z};
  out["layout"] = f.world->cut->name();
  out["workers"] = f.ended->workers;
  out["speed"] = f.paced ? "real" : "max";
  out["parameters"] = parameter_values(f);
}

void put_costs(const run_facts& f, const run_totals& sums, json& out) {
  auto entities = static_cast<double>(f.ended->last.entities);
  out["wall_s"] = f.ended->wall_s;
  out["ticks_per_s"] = ticks_per_s(f);
  out["time_dilation"] = f.ended->dilation;
  out["ns_per_entity_tick"] = ns_per_entity_tick(f, sums);
  out["tick_ms"] = tick_times(f.record->ticks());
  out["tick_latency_ms"] = latencies(f.ended->tick_latency_ms);
  out["busy_s"] = static_cast<double>(sums.busy_ns) * 1e-9;
  out["cpu_s"] = f.cpu_s;
  out["peak_rss_bytes"] = f.peak_rss_bytes;
  out["rss_bytes"] = f.rss_bytes;
  out["bytes_per_entity"] = entities > 0 ? static_cast<double>(f.rss_bytes) / entities : 0.0;
  out["messages_sent"] = f.ended->messages_sent;
  out["packet_bytes"] = sums.packet_bytes;
}

} // namespace

json build_json() {
  return {{"version", TESSERA_VERSION},         {"commit", TESSERA_BUILD_COMMIT},
          {"compiler", TESSERA_BUILD_COMPILER}, {"type", TESSERA_BUILD_TYPE},
          {"arch", TESSERA_BUILD_ARCH},         {"sanitize", TESSERA_BUILD_SANITIZE}};
}

json make_report(const run_facts& f) {
  run_totals sums = f.record->totals();
  json out;
  out["tick"] = f.ended->last.tick;
  out["world_hash"] = hex_text(f.ended->last.hash);
  json hashes = json::object();
  for (const auto& [tick, hash] : f.record->hashes())
    hashes[std::to_string(tick)] = hex_text(hash);
  out["hashes"] = std::move(hashes);
  out["ended_by"] = f.ended_by;
  out["failure"] = failure_json(f);
  out["entities"] = f.ended->last.entities;
  out["entities_by_archetype"] = by_archetype(*f.ended);
  out["travelling"] = f.ended->last.entities - entities_in_shards(*f.ended);
  out["born"] = sums.born;
  out["died"] = sums.died;
  out["migrations"] = sums.migrations;
  out["events_sent"] = sums.events_sent;
  out["events_crossing"] = sums.events_crossing;
  out["events_refused"] = sums.events_refused;
  out["far_mail"] = sums.far_mail;
  out["commands"] = command_counts(*f.record);
  out["world_values"] = world_values(f);
  put_costs(f, sums, out);
  out["kept"] = kept_json(f);
  out["shards"] = shard_list(*f.ended);
  put_world(f, out);
  out["build"] = build_json();
  return out;
}

std::string describe_failure(const engine_failure& failure) {
  return "the world stopped in tick " + std::to_string(failure.tick) + ": " + failure.message +
         "\nsystem: " + (failure.system.empty() ? "not known" : failure.system) +
         "\nentity: " + (failure.entity ? hex_text(failure.entity.value) : "none") +
         "\nshard:  " + std::to_string(failure.shard);
}

std::string make_summary(const run_facts& f) {
  run_totals sums = f.record->totals();
  duration_histogram ticks = f.record->ticks();
  auto mib = [](double bytes) { return short_number(bytes / (1 << 20)) + " MiB"; };
  auto line = [](const char* name, const std::string& value) {
    std::string text = std::string("  ") + name;
    text.resize(16, ' ');
    return text + value + "\n";
  };
  std::string why = f.ended_by == "signal" ? "stopped by signal" : "all ticks run";
  if (f.ended_by == "failure")
    why = "stopped by a failure";
  if (f.ended_by == "storage")
    why = "stopped because the disk failed";
  std::string text =
    f.config->name + " after tick " + std::to_string(f.ended->last.tick) + ", " + why + "\n";
  text += line("world hash", hex_text(f.ended->last.hash));
  text += line("entities", grouped(f.ended->last.entities) + " (" + grouped(sums.born) + " born, " +
                             grouped(sums.died) + " died)");
  text += line("migrations", grouped(sums.migrations) + " between " +
                               std::to_string(f.world->cut->size()) + " shards");
  text += line("events", grouped(sums.events_sent) + " sent, " + grouped(sums.events_crossing) +
                           " across borders, " + grouped(sums.far_mail) + " far mail");
  std::string commands;
  for (const auto& [name, count] : f.record->commands())
    commands += (commands.empty() ? "" : ", ") + grouped(count) + " " + name;
  if (!commands.empty())
    text += line("commands", commands);
  if (const auto& k = f.ended->kept) {
    std::string upto =
      k->durable_tick ? "to tick " + std::to_string(*k->durable_tick) : "nothing yet";
    text += line("durable", upto + ", " + grouped(k->flush_rounds) + " flush rounds, " +
                              mib(static_cast<double>(k->journal_bytes)) + " of journal, " +
                              std::to_string(k->checkpoints) + " checkpoints; " +
                              mib(static_cast<double>(f.disk_bytes)) + " on disk");
    if (k->replayed_ticks != 0)
      text += line("recovered", "from tick " + std::to_string(k->recovered_from) + ", " +
                                  grouped(k->replayed_ticks) + " ticks replayed in " +
                                  short_number(k->recovery_s) + " s, " +
                                  grouped(k->hashes_checked) + " hashes checked");
  }
  text += line("tick ms", "p50 " + short_number(ticks.percentile_ms(0.5)) + ", p99 " +
                            short_number(ticks.percentile_ms(0.99)) + ", max " +
                            short_number(ticks.longest_ms()));
  text += line("time", short_number(f.ended->wall_s) + " s, " + short_number(ticks_per_s(f)) +
                         " ticks/s, " + short_number(ns_per_entity_tick(f, sums)) +
                         " ns per entity and tick" +
                         (f.paced ? ", time dilation " + short_number(f.ended->dilation) : ""));
  text += line("memory", mib(static_cast<double>(f.rss_bytes)) + ", peak " +
                           mib(static_cast<double>(f.peak_rss_bytes)));
  return text;
}

} // namespace tessera
