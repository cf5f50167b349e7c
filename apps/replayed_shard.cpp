#include "apps/replayed_shard.hpp"

#include "apps/json_values.hpp"
#include "apps/kept_reading.hpp"
#include "apps/report.hpp"
#include "apps/text.hpp"
#include "apps/tool_output.hpp"
#include "sdk/shard_replay.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace tessera {

namespace {

std::string cells_text(const cell_rect& r) {
  return "cells [" + std::to_string(r.x0) + ", " + std::to_string(r.z0) + "] to [" +
         std::to_string(r.x1 - 1) + ", " + std::to_string(r.z1 - 1) + "]";
}

class shard_run {
public:
  explicit shard_run(const replay_options& options) : options_(options) {}

  exit_code run() {
    if (!options_.shards.empty()) {
      complain("--shard replays under the layout that was logged; leave --shards out");
      return exit_code::usage;
    }
    auto kept = read_kept_with_game(options_.directory);
    if (!kept)
      return complain(kept.error());
    kept_.emplace(std::move(*kept));
    stopwatch watch;
    auto done = read_steadily(*kept_, [&](const kept_reading& from) { return replay(from); });
    if (!done)
      return complain(done.error());
    seconds_ = watch.seconds();
    done_ = std::move(*done);
    if (auto ok = dump(); !ok)
      return complain(ok.error());
    options_.json ? print_json(report()) : print();
    std::fflush(stdout);
    return verdict();
  }

private:
  result<shard_replay> replay(const kept_reading& from) {
    was_there_.reset();
    shard_replay_request request;
    request.shard = *options_.shard;
    request.from = options_.from;
    request.to = options_.to;
    request.cut = from.world.cut;
    if (options_.until)
      request.on_state = [this](const lone_shard& shard) {
        bool there = find(shard).has_value();
        bool first = !was_there_;
        was_there_ = was_there_.value_or(there);
        return first || there == *was_there_;
      };
    return replay_shard(posix_files(), from.directory, from.world.setup, request);
  }

  std::optional<replayed_entity> find(const lone_shard& shard) const {
    const store& entities = shard.state().entities();
    auto who = entities.find(*options_.until);
    if (!who)
      return std::nullopt;
    auto out = read_entity_out(*kept_->world.setup, entities, *who);
    out.shard = *options_.shard;
    return out;
  }

  const shard& state() const { return done_.shard->state(); }
  const cell_rect& region() const { return state().region(); }

  exit_code verdict() const {
    if (done_.differs_at) {
      complain("shard " + std::to_string(*options_.shard) + " was replayed to hash " +
               hex_text(*done_.hash) + " at tick " + std::to_string(*done_.differs_at) + ", but " +
               hex_text(done_.expected) +
               " was logged: the game's code or the machine differs from the one that wrote it");
      return exit_code::damaged;
    }
    if (!done_.failure)
      return exit_code::fine;
    complain(describe_failure(*done_.failure));
    return exit_code::failure;
  }

  result<void> dump() const;
  nlohmann::ordered_json report() const;
  void print() const;
  std::string entity_text() const;

  const replay_options& options_;
  std::optional<kept_reading> kept_;
  shard_replay done_;
  std::optional<bool> was_there_; ///< the entity, at the beginning
  double seconds_ = 0;
};

std::string line(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void dump_entities(std::ostream& to, const world_setup& setup, const shard& from) {
  const store& entities = from.entities();
  std::vector<std::pair<entity_id, handle>> all;
  for (std::uint32_t t = 0; t < entities.archetype_count(); ++t)
    for (std::uint32_t row = 0; row < entities.at(t).rows(); ++row)
      all.emplace_back(entities.at(t).ids()[row], entities.handle_at(t, row));
  std::sort(all.begin(), all.end(), [](const auto& l, const auto& r) { return l.first < r.first; });
  const char* before = "\n";
  for (const auto& [id, who] : all) {
    to << before
       << line({{"id", hex_text(id.value)},
                {"components", components_json(setup, read_entity_out(setup, entities, who))}});
    before = ",\n";
  }
}

void dump_cells(std::ostream& to, const world_setup& setup, const cell_table& cells) {
  const auto& components = setup.game->cell_components;
  const char* before = "\n";
  for (std::size_t at = 0; !components.empty() && at < cells.size(); ++at) {
    cell c = cells.cell_at(at);
    nlohmann::ordered_json one{{"cell", {c.x, c.z}}};
    for (std::size_t i = 0; i < components.size(); ++i)
      one[components[i].name] =
        fields_value(components[i].fields, cells.now(i) + at * components[i].size);
    to << before << line(one);
    before = ",\n";
  }
}

result<void> shard_run::dump() const {
  if (options_.dump.empty())
    return {};
  const world_setup& setup = *kept_->world.setup;
  std::ofstream to(options_.dump, std::ios::trunc);
  if (to) {
    to << "{\"tick\":" << done_.to << ",\n\"world\":" << line(kept_->config.name)
       << ",\n\"game\":" << line(setup.game->game) << ",\n\"shard\":" << *options_.shard
       << ",\n\"layout\":" << line(done_.cut->name()) << ",\n\"entities\":[";
    dump_entities(to, setup, state());
    to << "],\n\"cells\":[";
    dump_cells(to, setup, state().cells());
    to << "]}\n";
  }
  to.close();
  if (!to)
    return fail(error_code::failure, options_.dump + ": the dump cannot be written there");
  return {};
}

nlohmann::ordered_json shard_run::report() const {
  const cell_rect& r = region();
  nlohmann::ordered_json out{{"directory", options_.directory},
                             {"world", kept_->config.name},
                             {"shard", *options_.shard},
                             {"layout", done_.cut->name()},
                             {"cells", {{"from", {r.x0, r.z0}}, {"to", {r.x1 - 1, r.z1 - 1}}}},
                             {"epochs", done_.epochs},
                             {"first_tick", done_.from},
                             {"tick", done_.to},
                             {"end_tick", done_.end},
                             {"hashes_checked", done_.hashes_checked},
                             {"entities", state().entities().size()},
                             {"seconds", seconds_}};
  out["shard_hash"] =
    done_.hash ? nlohmann::ordered_json(hex_text(*done_.hash)) : nlohmann::ordered_json();
  auto& difference = out["difference"];
  if (done_.differs_at)
    difference = {{"tick", *done_.differs_at},
                  {"logged", hex_text(done_.expected)},
                  {"replayed", hex_text(*done_.hash)}};
  auto& failure = out["failure"];
  if (const auto& f = done_.failure)
    failure = {{"tick", f->tick},
               {"shard", f->shard},
               {"system", f->system},
               {"entity", f->entity ? nlohmann::ordered_json(hex_text(f->entity.value)) : nullptr},
               {"message", f->message}};
  if (options_.until) {
    auto who = find(*done_.shard);
    auto& entity = out["entity"] = {{"id", hex_text(options_.until->value)},
                                    {"was_there", was_there_.value_or(false)},
                                    {"is_there", who.has_value()}};
    if (who)
      entity["components"] = components_json(*kept_->world.setup, *who);
  }
  out["notes"] = done_.notes;
  return out;
}

std::string shard_run::entity_text() const {
  auto who = find(*done_.shard);
  std::string text = hex_text(options_.until->value);
  if (who)
    text += ", " + place_text(who->place) + ": " + components_text(*kept_->world.setup, *who);
  bool was = was_there_.value_or(false);
  std::string tick = std::to_string(done_.to - (done_.to != 0 ? 1 : 0));
  if (who.has_value() == was)
    return text + (was ? " (in this shard all the time)" : ": not in this shard");
  return text + (who ? " (came into this shard in tick " : ": left this shard, or died, in tick ") +
         tick + (who ? ")" : "");
}

void shard_run::print() const {
  std::printf("%s: shard %u of layout %s, %s, ticks %s to %s of %s\n", kept_->config.name.c_str(),
              static_cast<unsigned>(*options_.shard), done_.cut->name().c_str(),
              cells_text(region()).c_str(), grouped(done_.from).c_str(), grouped(done_.to).c_str(),
              options_.directory.c_str());
  print_notes(done_.notes);
  if (done_.hash)
    print_row("shard hash", hex_text(*done_.hash) + " at tick " + std::to_string(done_.to));
  print_row("checked",
            count_of(done_.hashes_checked, "hash", "hashes") +
              (done_.differs_at ? ", the last one differs" : ", all as they were logged"));
  print_row("entities", grouped(state().entities().size()));
  auto ticks = static_cast<double>(done_.to - done_.from);
  print_row(
    "time",
    short_number(seconds_) + " s" +
      (ticks > 0 && seconds_ > 0 ? ", " + short_number(ticks / seconds_) + " ticks/s" : ""));
  if (options_.until)
    print_row("entity", entity_text());
  if (!options_.dump.empty())
    print_row("dump", options_.dump);
}

} // namespace

exit_code replay_one_shard(const replay_options& options) {
  return shard_run{options}.run();
}

} // namespace tessera
