// `tessera replay`: runs what a data directory holds again, the world or one shard alone, and compares every hash that
// was logged.
#include "apps/replayed_shard.hpp"
#include "apps/subcommands.hpp"
#include "apps/text.hpp"
#include "apps/tool_output.hpp"
#include "apps/world_contents.hpp"

#include <cstdio>
#include <fstream>
#include <memory>

namespace tessera {

namespace {

class replay_run {
public:
  explicit replay_run(const replay_options& options) : options_(options) {}

  exit_code run() {
    auto done = open().and_then([&] { return replay(); });
    bool stood_still = !done && !world_;
    if (stood_still)
      return complain(done.error());
    if (done)
      done = dump();
    if (options_.json)
      print_json(report(done));
    else
      print();
    return done ? exit_code::fine : complain(done.error());
  }

private:
  result<void> open();
  result<void> replay();
  result<void> replay_until(tick_number to);
  result<void> dump() const;
  nlohmann::ordered_json report(const result<void>& done) const;
  void print() const;

  const replay_options& options_;
  std::optional<kept_reading> kept_;
  std::optional<replayed_world> world_;
  std::optional<bool> entity_was_there_; ///< at the beginning
  bool entity_changed_ = false;          ///< born or gone by now
  double seconds_ = 0;
};

result<void> replay_run::open() {
  auto kept = read_kept_with_game(options_.directory, options_.shards);
  if (!kept)
    return tl::unexpected(kept.error());
  kept_.emplace(std::move(*kept));
  auto world = options_.from ? replayed_world::open(*kept_, options_.from)
                             : replayed_world::open_earliest(*kept_);
  if (!world)
    return tl::unexpected(world.error());
  if (options_.to && *options_.to < world->first_tick())
    return fail(error_code::failure,
                options_.directory + ": tick " + std::to_string(*options_.to) +
                  " is not kept any more; what can be replayed begins at tick " +
                  std::to_string(world->first_tick()));
  if (options_.to && *options_.to == world->end_tick() + 1)
    if (auto ok = world->add_failed_tick(*kept_); !ok)
      return ok;
  if (options_.to && *options_.to > world->last_tick())
    return fail(error_code::failure, options_.directory + ": the world stands at tick " +
                                       std::to_string(world->end_tick()) + ", before tick " +
                                       std::to_string(*options_.to));
  world_.emplace(std::move(*world));
  return {};
}

result<void> replay_run::replay() {
  stopwatch watch;
  tick_number to = options_.to.value_or(world_->end_tick());
  auto done = options_.until ? replay_until(to) : world_->run_to(to);
  seconds_ = watch.seconds();
  return done;
}

result<void> replay_run::replay_until(tick_number to) {
  auto done = world_->run_to(world_->first_tick());
  entity_was_there_ = world_->find(*options_.until).has_value();
  while (done && world_->tick() < to && !entity_changed_) {
    done = world_->run_to(world_->tick() + 1);
    entity_changed_ = world_->find(*options_.until).has_value() != *entity_was_there_;
  }
  return done;
}

result<void> replay_run::dump() const {
  if (options_.dump.empty())
    return {};
  auto contents = world_contents::of(*world_);
  if (!contents)
    return tl::unexpected(contents.error());
  std::ofstream file(options_.dump, std::ios::trunc);
  if (file)
    dump_state(file, *contents, kept_->config.name, world_->hash());
  file.close();
  if (!file)
    return fail(error_code::failure, options_.dump + ": the dump cannot be written there");
  return {};
}

nlohmann::ordered_json replay_run::report(const result<void>& done) const {
  nlohmann::ordered_json out{{"directory", options_.directory},
                             {"world", kept_->config.name},
                             {"layout", world_->world().cut().name()},
                             {"first_tick", world_->first_tick()},
                             {"tick", world_->tick()},
                             {"end_tick", world_->end_tick()},
                             {"world_hash", hex_text(world_->hash())},
                             {"hashes_checked", world_->hashes_checked()},
                             {"entities", world_->history().back().entities},
                             {"seconds", seconds_}};
  auto& difference = out["difference"];
  if (const auto& d = world_->difference())
    difference = {
      {"tick", d->tick}, {"logged", hex_text(d->logged)}, {"replayed", hex_text(d->replayed)}};
  out["failure"] = done ? nlohmann::ordered_json() : nlohmann::ordered_json(done.error().message);
  if (options_.until) {
    auto who = world_->find(*options_.until);
    auto& entity = out["entity"] = {{"id", hex_text(options_.until->value)},
                                    {"was_there", entity_was_there_.value_or(false)},
                                    {"is_there", who.has_value()}};
    if (who) {
      entity["whereabouts"] = whereabouts_text(*who);
      entity["shard"] = who->shard;
      entity["components"] = components_json(world_->setup(), *who);
    }
  }
  out["notes"] = world_->notes();
  return out;
}

void replay_run::print() const {
  std::printf("%s: ticks %s to %s of %s, layout %s\n", kept_->config.name.c_str(),
              grouped(world_->first_tick()).c_str(), grouped(world_->tick()).c_str(),
              options_.directory.c_str(), world_->world().cut().name().c_str());
  print_notes(world_->notes());
  print_row("world hash", hex_text(world_->hash()) + " at tick " + std::to_string(world_->tick()));
  print_row("checked",
            count_of(world_->hashes_checked(), "hash", "hashes") +
              (world_->difference() ? ", the last one differs" : ", all as they were logged"));
  print_row("entities", grouped(world_->history().back().entities));
  auto ticks = static_cast<double>(world_->tick() - world_->first_tick());
  print_row(
    "time",
    short_number(seconds_) + " s" +
      (ticks > 0 && seconds_ > 0 ? ", " + short_number(ticks / seconds_) + " ticks/s" : ""));
  if (options_.until) {
    auto who = world_->find(*options_.until);
    std::string text = hex_text(options_.until->value);
    if (who)
      text += ", " + whereabouts_text(*who) + ", " + place_text(who->place) + ": " +
              components_text(world_->setup(), *who);
    if (!entity_changed_)
      text += entity_was_there_.value_or(false) ? " (there all the time)" : ": not in the world";
    else
      text += who ? " (born in tick " + std::to_string(world_->tick() - 1) + ")"
                  : ": gone in tick " + std::to_string(world_->tick() - 1);
    print_row("entity", text);
  }
  if (!options_.dump.empty() && !world_->difference())
    print_row("dump", options_.dump);
  std::fflush(stdout);
}

} // namespace

void add_replay(CLI::App& app, exit_code& code) {
  auto options = std::make_shared<replay_options>();
  CLI::App* command = app.add_subcommand(
    "replay", "Run a kept world again from its log, comparing every hash that was logged");
  add_directory(*command, options->directory);
  add_tick(*command, "--from", options->from,
           "Begin at the newest checkpoint not above state T (default: as early as is kept)");
  add_tick(*command, "--to", options->to,
           "End at state T, which T ticks led to (default: where the world stands)");
  command
    ->add_option("--dump", options->dump, "Write the state at the end, entities with their fields")
    ->type_name("FILE");
  add_entity(*command, "--until-entity", options->until,
             "End when this entity is first there, or gone if it was there at the beginning");
  command
    ->add_option("--shards", options->shards,
                 "Cut the world into R rows of C shards; changes no hash")
    ->type_name("RxC");
  command
    ->add_option_function<shard_id>(
      "--shard", [options](const shard_id& shard) { options->shard = shard; },
      "Replay shard N alone, from its own journal and border log, under the layout that was logged")
    ->type_name("N");
  add_json(*command, options->json);
  command->footer("Examples:\n"
                  "  tessera replay /var/lib/my-world\n"
                  "  tessera replay /var/lib/my-world --from 4000 --to 4000 --dump state.json\n"
                  "  tessera replay /var/lib/my-world --shard 3 --to 4000\n"
                  "  tessera replay /var/lib/my-world --until-entity 0003000700000001\n"
                  "What the answers mean: docs/manual/replay.md.");
  command->callback([options, &code] {
    code = options->shard ? replay_one_shard(*options) : replay_run{*options}.run();
  });
}

} // namespace tessera
