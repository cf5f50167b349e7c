#include "apps/replayed_shard.hpp"

#include "apps/report.hpp"
#include "apps/text.hpp"
#include "apps/tool_output.hpp"
#include "net/json_values.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace tessera {

namespace {

using json = nlohmann::ordered_json;

std::string line(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

void dump_entities(std::ostream& to, const world_setup& setup, const store& entities) {
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
    json one{{"cell", {c.x, c.z}}};
    for (std::size_t i = 0; i < components.size(); ++i)
      one[components[i].name] =
        fields_value(components[i].fields, cells.now(i) + at * components[i].size);
    to << before << line(one);
    before = ",\n";
  }
}

class shard_run {
public:
  explicit shard_run(const replay_options& options) : options_(options), shard_(*options.shard) {}

  exit_code run() {
    stopwatch watch;
    auto done = open().and_then([&] { return replay(); }).and_then([&] { return dump(); });
    if (!done)
      return complain(done.error());
    seconds_ = watch.seconds();
    options_.json ? print_json(report()) : print();
    std::fflush(stdout);
    return verdict();
  }

private:
  result<void> open();
  result<void> choose_layout();
  result<void> choose_begin();
  result<void> replay();
  result<void> dump() const;
  json report() const;
  void print() const;
  std::string entity_text() const;
  exit_code verdict() const;

  std::optional<replayed_entity> find(const lone_shard& in) const {
    const store& entities = in.state().entities();
    auto who = entities.find(*options_.until);
    if (!who)
      return std::nullopt;
    return read_entity_out(*kept_->world.setup, entities, *who);
  }
  std::string layout_name() const { return kept_->world.cut->name(); }

  const replay_options& options_;
  shard_id shard_;
  std::optional<kept_reading> kept_;
  logged_layout part_; ///< of the history, that ends with what is replayed
  tick_number begin_ = 0;
  shard_replay done_;
  std::optional<bool> was_there_; ///< the entity, at the beginning
  double seconds_ = 0;
};

result<void> shard_run::open() {
  auto kept = read_kept_with_game(options_.directory);
  if (!kept)
    return tl::unexpected(kept.error());
  kept_.emplace(std::move(*kept));
  return choose_layout().and_then([&] { return choose_begin(); });
}

/// That under which the last tick ran.
result<void> shard_run::choose_layout() {
  auto parts = read_steadily(
    *kept_, [](const kept_reading& from) { return logged_layouts(posix_files(), from.directory); });
  if (!parts)
    return tl::unexpected(parts.error());
  if (parts->empty())
    return fail(error_code::not_there,
                kept_->directory.border_path() +
                  ": there is no border log, which one shard alone is replayed from; it is written "
                  "with persistence.border_log = true: replay the world without --shard");
  part_ = parts->back();
  for (const auto& part : *parts)
    if (options_.to && part.from < *options_.to && *options_.to <= part.end)
      part_ = part;
  if (part_.name != layout_name()) {
    auto other = read_kept_with_game(options_.directory, part_.name);
    if (!other)
      return fail(error_code::failure, "a shard of layout \"" + part_.name +
                                         "\" cannot be replayed alone, for only grids can be made "
                                         "again from their name; replay the world without --shard");
    kept_->world = std::move(other->world);
  }
  if (shard_ >= kept_->world.cut->size())
    return fail(error_code::failure, options_.directory + ": no shard " + std::to_string(shard_) +
                                       "; what is replayed ran under layout " + part_.name +
                                       ", which has 0 to " +
                                       std::to_string(kept_->world.cut->size() - 1));
  return {};
}

/// The newest state that leaves a tick to run, unless another was asked for.
result<void> shard_run::choose_begin() {
  auto all = replayed_world::beginnings(*kept_);
  if (!all)
    return tl::unexpected(all.error());
  tick_number end = options_.to.value_or(part_.end);
  begin_ = options_.from.value_or(all->front());
  for (tick_number state : *all)
    if (options_.from ? state <= *options_.from : state < end)
      begin_ = state;
  if (begin_ >= part_.from)
    return {};
  std::string text = options_.directory + ": ticks " + std::to_string(part_.from) + " to " +
                     std::to_string(part_.end - 1) + " ran under layout " + part_.name +
                     ", those before under another, and shards are replayed under one: begin with "
                     "a checkpoint from tick " +
                     std::to_string(part_.from) + " on (--from), or end at " +
                     std::to_string(part_.from) + " (--to); there are states to begin with at";
  for (tick_number state : *all)
    text += " " + std::to_string(state);
  return fail(error_code::failure, text);
}

result<void> shard_run::replay() {
  auto on_state = [this](const lone_shard& shard) {
    if (!options_.until)
      return true;
    bool there = find(shard).has_value();
    bool first = !was_there_;
    was_there_ = was_there_.value_or(there);
    return first || there == *was_there_;
  };
  auto done = read_steadily(*kept_, [&](const kept_reading& from) {
    was_there_.reset();
    return replay_shard(posix_files(), from.directory, from.world.setup, from.world.cut, shard_,
                        begin_, options_.to, on_state);
  });
  if (!done)
    return tl::unexpected(done.error());
  done_ = std::move(*done);
  return {};
}

result<void> shard_run::dump() const {
  if (options_.dump.empty() || done_.failure)
    return {};
  const world_setup& setup = *kept_->world.setup;
  const shard& state = done_.shard->state();
  std::ofstream to(options_.dump, std::ios::trunc);
  to << "{\"tick\":" << done_.to << ",\n\"world\":" << line(kept_->config.name)
     << ",\n\"game\":" << line(setup.game->game) << ",\n\"layout\":" << line(layout_name())
     << ",\n\"shard\":" << shard_ << ",\n\"entities\":[";
  dump_entities(to, setup, state.entities());
  to << "],\n\"cells\":[";
  dump_cells(to, setup, state.cells());
  to << "]}\n";
  to.close();
  if (!to)
    return fail(error_code::failure, options_.dump + ": the dump cannot be written there");
  return {};
}

json shard_run::report() const {
  json out{{"directory", options_.directory},
           {"world", kept_->config.name},
           {"layout", layout_name()},
           {"shard", shard_},
           {"first_tick", done_.from},
           {"tick", done_.to},
           {"hashes_checked", done_.hashes_checked},
           {"seconds", seconds_}};
  // After a failure the shard is in the middle of a tick.
  out["shard_hash"] = done_.to > done_.from ? json(hex_text(done_.found)) : json();
  out["entities"] = done_.failure ? json() : json(done_.shard->state().entities().size());
  auto& difference = out["difference"];
  if (done_.differs_at)
    difference = {{"tick", *done_.differs_at},
                  {"logged", hex_text(done_.expected)},
                  {"replayed", hex_text(done_.found)}};
  auto& failure = out["failure"];
  if (const auto& f = done_.failure)
    failure = {{"tick", f->tick},
               {"system", f->system},
               {"entity", f->entity ? json(hex_text(f->entity.value)) : json()},
               {"message", f->message}};
  if (options_.until && !done_.failure) {
    auto who = find(*done_.shard);
    auto& entity = out["entity"] = {{"id", hex_text(options_.until->value)},
                                    {"was_there", *was_there_},
                                    {"is_there", who.has_value()}};
    if (who)
      entity["components"] = components_json(*kept_->world.setup, *who);
  }
  return out;
}

std::string shard_run::entity_text() const {
  auto who = find(*done_.shard);
  std::string text = hex_text(options_.until->value);
  if (who)
    text += ", " + place_text(who->place) + ": " + components_text(*kept_->world.setup, *who);
  if (who.has_value() == *was_there_)
    return text + (who ? " (in this shard all the time)" : ": not in this shard");
  return text + (who ? " (came to this shard in tick " : ": gone from this shard in tick ") +
         std::to_string(done_.to - 1) + (who ? ")" : "");
}

void shard_run::print() const {
  std::printf("%s: shard %u of layout %s, ticks %s to %s of %s\n", kept_->config.name.c_str(),
              static_cast<unsigned>(shard_), layout_name().c_str(), grouped(done_.from).c_str(),
              grouped(done_.to).c_str(), options_.directory.c_str());
  print_row("checked",
            count_of(done_.hashes_checked, "hash", "hashes") +
              (done_.differs_at ? ", the last one differs" : ", all as they were logged"));
  if (done_.failure)
    return;
  print_row("entities", grouped(done_.shard->state().entities().size()));
  if (options_.until)
    print_row("entity", entity_text());
  if (!options_.dump.empty())
    print_row("dump", options_.dump);
}

exit_code shard_run::verdict() const {
  if (done_.differs_at) {
    complain("shard " + std::to_string(shard_) + " was replayed to hash " + hex_text(done_.found) +
             " at tick " + std::to_string(*done_.differs_at) + ", but " + hex_text(done_.expected) +
             " was logged");
    return exit_code::damaged;
  }
  if (!done_.failure)
    return exit_code::fine;
  complain(describe_failure(*done_.failure));
  return exit_code::failure;
}

} // namespace

exit_code replay_one_shard(const replay_options& options) {
  if (options.shards.empty())
    return shard_run{options}.run();
  complain("--shard replays under the layout that was logged; leave --shards out");
  return exit_code::usage;
}

} // namespace tessera
