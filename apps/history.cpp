// `tessera history`: the life of one entity, as far as it is kept: found by replaying the world and
// looking at the entity after every tick.
#include "apps/run_record.hpp"
#include "apps/subcommands.hpp"
#include "apps/text.hpp"
#include "apps/tool_output.hpp"
#include "net/json_values.hpp"

#include <cstdio>
#include <cstring>
#include <memory>
#include <set>

namespace tessera {

namespace {

struct history_options {
  std::string directory;
  std::optional<entity_id> entity;
  bool each_tick = false;
  bool json = false;
};

/// One line of a life. `tick` is the state in which it shows: what happened in tick T shows in T + 1.
struct life_event {
  tick_number tick = 0;
  std::string what;  ///< "there", "born", "moved", "command", "changed", "gone", "standing"
  std::string words; ///< for people
  nlohmann::ordered_json more;
};

class life {
public:
  life(const history_options& options, replayed_world& world)
    : options_(options), world_(world), id_(*options.entity) {}

  result<void> follow();
  const std::vector<life_event>& events() const { return events_; }
  bool seen() const { return seen_; }
  bool alive() const { return now_.has_value(); }

private:
  void look(bool first);
  void add(const std::string& what, const std::string& words, nlohmann::ordered_json more = {});
  void appeared(bool first);
  void vanished();
  void moved();
  void commanded();
  nlohmann::ordered_json changes() const;
  void note_changes(const std::string& why);

  const history_options& options_;
  replayed_world& world_;
  entity_id id_;
  std::vector<life_event> events_;
  bool seen_ = false;
  std::optional<replayed_entity> before_;
  std::optional<replayed_entity> now_;
  std::optional<replayed_entity> told_; ///< whose fields were told last
};

result<void> life::follow() {
  if (auto ok = world_.run_to(world_.first_tick()); !ok)
    return ok;
  look(true);
  while (world_.tick() < world_.end_tick()) {
    if (auto ok = world_.run_to(world_.tick() + 1); !ok)
      return ok;
    look(false);
  }
  if (now_) {
    note_changes("at the end of what is kept");
    add("standing",
        whereabouts_text(*now_) + ", " + place_text(now_->place) + ": " +
          components_text(world_.setup(), *now_),
        {{"shard", now_->shard}, {"components", components_json(world_.setup(), *now_)}});
  }
  return {};
}

void life::add(const std::string& what, const std::string& words, nlohmann::ordered_json more) {
  events_.push_back({world_.tick(), what, words, std::move(more)});
}

void life::look(bool first) {
  before_ = std::move(now_);
  now_ = world_.find(id_);
  if (now_ && !before_)
    appeared(first);
  if (!first)
    commanded();
  if (!now_ && before_)
    vanished();
  if (!now_ || !before_)
    return;
  moved();
  const auto& checkpoints = world_.checkpoint_ticks();
  if (options_.each_tick)
    note_changes("");
  else if (checkpoints.contains(world_.tick()))
    note_changes("at a checkpoint");
}

void life::appeared(bool first) {
  seen_ = true;
  told_ = now_;
  std::string born =
    first ? "there when what is kept begins" : "born in tick " + std::to_string(world_.tick() - 1);
  add(first ? "there" : "born",
      born + ", " + whereabouts_text(*now_) + ", " + place_text(now_->place) + ": " +
        components_text(world_.setup(), *now_),
      {{"shard", now_->shard},
       {"cell", {now_->place.where.x, now_->place.where.z}},
       {"components", components_json(world_.setup(), *now_)}});
}

void life::vanished() {
  add("gone",
      "died in tick " + std::to_string(world_.tick() - 1) + ", last seen " +
        whereabouts_text(*before_) + ", " + place_text(before_->place) + ": " +
        components_text(world_.setup(), *before_),
      {{"shard", before_->shard},
       {"cell", {before_->place.where.x, before_->place.where.z}},
       {"components", components_json(world_.setup(), *before_)}});
}

void life::moved() {
  bool travels = now_->at == replayed_entity::whereabouts::travelling;
  bool travelled = before_->at == replayed_entity::whereabouts::travelling;
  bool shard = now_->shard != before_->shard;
  if (!shard && now_->place.where == before_->place.where && travels == travelled)
    return;
  std::string words = travels && !travelled   ? "teleports to "
                      : travelled && !travels ? "lands in "
                                              : "";
  words += "cell [" + std::to_string(now_->place.where.x) + ", " +
           std::to_string(now_->place.where.z) + "]";
  if (shard)
    words += ", shard " + std::to_string(before_->shard) + " -> " + std::to_string(now_->shard);
  add("moved", words,
      {{"shard", now_->shard},
       {"cell", {now_->place.where.x, now_->place.where.z}},
       {"travelling", travels}});
}

/// Commands of the tick that led here and that were for this entity, or that made it.
void life::commanded() {
  const world_summary& state = world_.history().back();
  if (!state.outcomes)
    return;
  const auto answers = state.answers();
  for (const command& c : commands_of(*state.outcomes->ran)) {
    const command_answer* answer = nullptr;
    for (const auto& a : answers)
      if (a.session == c.session && a.sequence == c.sequence)
        answer = &a;
    bool made_it = c.op == command_op::spawn && answer != nullptr && answer->entity == id_;
    if (c.target != id_ && !made_it)
      continue;
    auto value = command_value(c, world_.setup().game.get());
    std::string result = answer == nullptr ? "" : result_name(answer->result);
    std::string words = "command " + std::to_string(c.session) + ":" + std::to_string(c.sequence) +
                        " in tick " + std::to_string(c.tick) + ", " + name_of(c.op);
    if (value.contains("component"))
      words += " " + value["component"].get<std::string>();
    if (value.contains("value"))
      words += " " + value["value"].dump();
    if (!result.empty())
      words += ": " + result;
    if (answer != nullptr && !answer->reason.empty())
      words += ", " + answer->reason;
    nlohmann::ordered_json more{{"command", value}};
    if (!result.empty())
      more["result"] = result;
    add("command", words, std::move(more));
    if (before_ && now_)
      note_changes("in that tick");
  }
}

/// Fields that are not what they were when they were told last; position apart.
nlohmann::ordered_json life::changes() const {
  auto then = components_json(world_.setup(), *told_);
  auto now = components_json(world_.setup(), *now_);
  auto out = nlohmann::ordered_json::object();
  const std::string& position = world_.setup().game->components[position_component].name;
  for (const auto* side : {&then, &now}) {
    for (const auto& [component, fields] : side->items()) {
      if (component == position || out.contains(component))
        continue;
      bool had = then.contains(component);
      bool has = now.contains(component);
      if (had != has) {
        out[component] = has ? "added" : "removed";
        continue;
      }
      for (const auto& [field, value] : fields.items())
        if (then[component][field] != now[component][field])
          out[component + "." + field] = {then[component][field], now[component][field]};
    }
  }
  return out;
}

void life::note_changes(const std::string& why) {
  auto changed = changes();
  if (changed.empty())
    return;
  std::string words;
  for (const auto& [field, values] : changed.items()) {
    words += (words.empty() ? "" : ", ") + field;
    words += values.is_string() ? " " + values.get<std::string>()
                                : " " + values[0].dump() + " -> " + values[1].dump();
  }
  add("changed", words + (why.empty() ? "" : " (" + why + ")"), {{"fields", changed}});
  told_ = now_;
}

std::string birth_words(entity_id id) {
  return "number " + std::to_string(id.serial()) + " of those whose birth cell is [" +
         std::to_string(id.birth_cell_x()) + ", " + std::to_string(id.birth_cell_z()) + "]";
}

void print(const history_options& options, const replayed_world& world, const life& of) {
  std::printf("%s, %s\n", hex_text(options.entity->value).c_str(),
              birth_words(*options.entity).c_str());
  print_notes(world.notes());
  std::printf("What is kept: ticks %s to %s; shards are those of layout %s.\n",
              grouped(world.first_tick()).c_str(), grouped(world.tick()).c_str(),
              world.world().cut().name().c_str());
  for (const auto& e : of.events())
    std::printf("  %10s  %s\n", grouped(e.tick).c_str(), e.words.c_str());
  if (!of.seen())
    std::printf("It was not in the world in these ticks: dead before, or never born.\n");
  else if (!options.each_tick)
    std::printf("Births, deaths and moves are exact; fields are told at commands and checkpoints. "
                "--each-tick tells every change.\n");
}

nlohmann::ordered_json report(const history_options& options, const replayed_world& world,
                              const life& of, const result<void>& done) {
  entity_id id = *options.entity;
  nlohmann::ordered_json out{{"entity", hex_text(id.value)},
                             {"birth_cell", {id.birth_cell_x(), id.birth_cell_z()}},
                             {"serial", id.serial()},
                             {"first_tick", world.first_tick()},
                             {"tick", world.tick()},
                             {"layout", world.world().cut().name()},
                             {"seen", of.seen()},
                             {"alive", of.alive()},
                             {"resolution", options.each_tick ? "tick" : "command and checkpoint"}};
  auto& events = out["events"] = nlohmann::ordered_json::array();
  for (const auto& e : of.events()) {
    nlohmann::ordered_json one{{"tick", e.tick}, {"what", e.what}};
    one.update(e.more);
    events.push_back(std::move(one));
  }
  out["failure"] = done ? nlohmann::ordered_json() : nlohmann::ordered_json(done.error().message);
  return out;
}

exit_code history(const history_options& options) {
  auto kept = read_kept_with_game(options.directory);
  if (!kept)
    return complain(kept.error());
  auto world = replayed_world::open_earliest(*kept);
  if (!world)
    return complain(world.error());
  life of(options, *world);
  auto done = of.follow();
  if (options.json)
    print_json(report(options, *world, of, done));
  else
    print(options, *world, of);
  std::fflush(stdout);
  return done ? exit_code::fine : complain(done.error());
}

} // namespace

void add_history(CLI::App& app, exit_code& code) {
  auto options = std::make_shared<history_options>();
  CLI::App* command =
    app.add_subcommand("history", "Follow one entity through all that is kept of a world");
  add_directory(*command, options->directory);
  add_entity(*command, "--entity", options->entity, "Whose life, 16 hex digits")->required();
  command->add_flag("--each-tick", options->each_tick,
                    "Tell every change of every field, tick by tick; position apart");
  add_json(*command, options->json);
  command->footer("Example:\n"
                  "  tessera history /var/lib/my-world --entity 0003000700000001\n"
                  "What the answers mean: docs/manual/replay.md.");
  command->callback([options, &code] { code = history(*options); });
}

} // namespace tessera
