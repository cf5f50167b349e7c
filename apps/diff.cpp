// `tessera diff`: the first tick at which two kept worlds are not the same, and what differs in it.
#include "apps/subcommands.hpp"
#include "apps/text.hpp"
#include "apps/text_table.hpp"
#include "apps/tool_output.hpp"
#include "apps/world_comparison.hpp"
#include "net/json_values.hpp"
#include "sdk/world_file_text.hpp"
#include "shards/command_codec.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>

namespace tessera {

namespace {

struct diff_options {
  std::string a;
  std::string b;
  std::optional<tick_number> at;
  std::uint64_t most = 20;
  bool json = false;
};

/// A command that only one of the logs has, or that they have differently; null where it is not.
struct command_difference {
  nlohmann::ordered_json a;
  nlohmann::ordered_json b;
};

class comparison_run {
public:
  explicit comparison_run(const diff_options& options) : options_(options) {}

  exit_code run() {
    if (auto ok = open(); !ok)
      return complain(ok.error());
    auto found = options_.at ? compare_at(*options_.at) : find_first();
    if (!found)
      return complain(found.error());
    if (options_.json)
      print_json(report());
    else
      print();
    return different_ ? exit_code::failure : exit_code::fine;
  }

private:
  result<void> open();
  result<void> find_first();
  result<void> compare_at(tick_number tick);
  result<void> replay_both(tick_number tick);
  std::optional<tick_number> first_in_logs() const;
  std::optional<tick_number> first_in_histories() const;
  void find_commands(tick_number below);
  nlohmann::ordered_json report() const;
  void print() const;
  void print_commands() const;

  const diff_options& options_;
  std::optional<kept_reading> kept_a_;
  std::optional<kept_reading> kept_b_;
  std::optional<replayed_world> a_;
  std::optional<replayed_world> b_;
  std::vector<std::string> made_differently_;
  bool different_ = false;
  tick_number tick_ = 0; ///< at which they differ first, or up to which they are the same
  tick_number from_ = 0; ///< nothing before is known
  tick_number end_a_ = 0;
  tick_number end_b_ = 0;
  state_comparison states_;
  std::vector<command_difference> commands_; ///< that ran before and are not the same
  std::uint64_t commands_different_ = 0;
};

result<void> comparison_run::open() {
  auto a = read_kept_with_game(options_.a);
  if (!a)
    return tl::unexpected(a.error());
  auto b = read_kept_with_game(options_.b);
  if (!b)
    return tl::unexpected(b.error());
  kept_a_.emplace(std::move(*a));
  kept_b_.emplace(std::move(*b));
  made_differently_ = differences(kept_a_->config, kept_b_->config);
  return same_form(*kept_a_->world.setup, *kept_b_->world.setup);
}

/// Where the logs say so; nothing if all that both have are the same.
std::optional<tick_number> comparison_run::first_in_logs() const {
  for (auto [tick, hash] : a_->logged_hashes()) {
    auto other = b_->logged_hashes().find(tick);
    if (other != b_->logged_hashes().end() && other->second != hash)
      return tick;
  }
  return std::nullopt;
}

std::optional<tick_number> comparison_run::first_in_histories() const {
  tick_number from = std::max(a_->first_tick(), b_->first_tick());
  tick_number to = std::min(a_->tick(), b_->tick());
  for (tick_number t = from; t <= to; ++t)
    if (a_->history()[t - a_->first_tick()].hash != b_->history()[t - b_->first_tick()].hash)
      return t;
  return std::nullopt;
}

result<void> comparison_run::find_first() {
  auto a = replayed_world::open_earliest(*kept_a_);
  if (!a)
    return tl::unexpected(a.error());
  auto b = replayed_world::open_earliest(*kept_b_);
  if (!b)
    return tl::unexpected(b.error());
  a_.emplace(std::move(*a));
  b_.emplace(std::move(*b));
  end_a_ = a_->end_tick();
  end_b_ = b_->end_tick();
  from_ = std::max(a_->first_tick(), b_->first_tick());
  tick_number both = std::min(end_a_, end_b_);
  if (both < from_)
    return fail(error_code::failure, "there is no tick that both directories hold: " + options_.a +
                                       " has ticks " + std::to_string(a_->first_tick()) + " to " +
                                       std::to_string(end_a_) + ", " + options_.b + " has ticks " +
                                       std::to_string(b_->first_tick()) + " to " +
                                       std::to_string(end_b_));
  auto logged = first_in_logs();
  // Where the logs have every tick and agree, nothing has to be run.
  bool agreed = !logged && a_->logged_hashes().contains(both) && b_->logged_hashes().contains(both);
  tick_ = both;
  if (agreed)
    return {};
  bool exact = logged && *logged > from_ && a_->logged_hashes().contains(*logged - 1) &&
               b_->logged_hashes().contains(*logged - 1);
  if (!exact && (!logged || *logged > from_)) {
    if (auto ok = replay_both(logged.value_or(both)); !ok)
      return ok;
    logged = first_in_histories();
  }
  if (!logged)
    return {};
  find_commands(*logged);
  return compare_at(*logged);
}

result<void> comparison_run::replay_both(tick_number tick) {
  auto named = [](const std::string& path, error e) {
    e.message = path + ": " + e.message;
    return tl::unexpected(std::move(e));
  };
  if (auto ok = a_->run_to(tick); !ok)
    return named(options_.a, ok.error());
  if (auto ok = b_->run_to(tick); !ok)
    return named(options_.b, ok.error());
  return {};
}

result<void> comparison_run::compare_at(tick_number tick) {
  bool here = a_ && b_ && a_->tick() == tick && b_->tick() == tick;
  if (!here) {
    auto a = replayed_world::open(*kept_a_, tick);
    if (!a)
      return tl::unexpected(a.error());
    auto b = replayed_world::open(*kept_b_, tick);
    if (!b)
      return tl::unexpected(b.error());
    a_.emplace(std::move(*a));
    b_.emplace(std::move(*b));
    if (auto ok = replay_both(tick); !ok)
      return ok;
  }
  end_a_ = a_->end_tick();
  end_b_ = b_->end_tick();
  tick_ = tick;
  different_ = a_->hash() != b_->hash();
  if (!different_)
    return {};
  auto left = world_contents::of(*a_);
  if (!left)
    return tl::unexpected(left.error());
  auto right = world_contents::of(*b_);
  if (!right)
    return tl::unexpected(right.error());
  states_ = compare(*left, *right, options_.most);
  return {};
}

/// The commands of the ticks that both logs have and that led to this state.
void comparison_run::find_commands(tick_number below) {
  auto place = [](const command& c) { return std::tuple(c.tick, c.session, c.sequence); };
  auto bytes = [](const command& c) {
    std::vector<std::byte> out;
    write_command(out, c);
    return out;
  };
  const auto left = commands_of(a_->kept().inputs);
  const auto right = commands_of(b_->kept().inputs);
  auto l = left.begin();
  auto r = right.begin();
  while (l != left.end() || r != right.end()) {
    bool takes_l = r == right.end() || (l != left.end() && place(*l) <= place(*r));
    bool takes_r = l == left.end() || (r != right.end() && place(*r) <= place(*l));
    tick_number tick = takes_l ? l->tick : r->tick;
    if (tick >= below)
      break;
    bool same = takes_l && takes_r && bytes(*l) == bytes(*r);
    if (!same && tick >= from_ && ++commands_different_ <= options_.most) {
      command_difference d;
      if (takes_l)
        d.a = command_value(*l, kept_a_->world.setup->game.get());
      if (takes_r)
        d.b = command_value(*r, kept_b_->world.setup->game.get());
      commands_.push_back(std::move(d));
    }
    l += takes_l ? 1 : 0;
    r += takes_r ? 1 : 0;
  }
}

nlohmann::ordered_json comparison_run::report() const {
  nlohmann::ordered_json out{{"a", options_.a},
                             {"b", options_.b},
                             {"same", !different_},
                             {"tick", tick_},
                             {"a_end_tick", end_a_},
                             {"b_end_tick", end_b_},
                             {"made_differently", made_differently_}};
  if (!different_)
    return out;
  out["a_hash"] = hex_text(a_->hash());
  out["b_hash"] = hex_text(b_->hash());
  out["commands_different"] = commands_different_;
  auto& commands = out["commands"] = nlohmann::ordered_json::array();
  for (const auto& c : commands_)
    commands.push_back({{"a", c.a}, {"b", c.b}});
  out["entities_different"] = states_.entities;
  out["differences"] = states_.differences;
  auto& first = out["first"] = nlohmann::ordered_json::array();
  for (const auto& d : states_.first)
    first.push_back({{"what", d.what},
                     {"field", d.field},
                     {"shard_a", d.shard_a},
                     {"shard_b", d.shard_b},
                     {"a", d.a},
                     {"b", d.b}});
  return out;
}

std::string cell_text(const nlohmann::ordered_json& value) {
  return value.is_null() ? "-" : value.is_string() ? value.get<std::string>() : value.dump();
}

void comparison_run::print_commands() const {
  if (commands_different_ == 0)
    return;
  std::printf(
    "%s not the same in both:\n",
    count_of(commands_different_, "command before that is", "commands before that are").c_str());
  for (const auto& c : commands_) {
    for (const auto& [name, one] : {std::pair("A", &c.a), std::pair("B", &c.b)})
      if (!one->is_null())
        std::printf("  %s  %s\n", name, one->dump().c_str());
  }
  if (commands_different_ > commands_.size())
    std::printf("  and more; --most shows them\n");
}

void comparison_run::print() const {
  std::printf("A is %s, which stands at tick %s.\nB is %s, which stands at tick %s.\n",
              options_.a.c_str(), grouped(end_a_).c_str(), options_.b.c_str(),
              grouped(end_b_).c_str());
  for (const auto& line : made_differently_)
    std::printf("note: they were made differently: %s\n", line.c_str());
  if (!different_) {
    std::printf(options_.at ? "They are the same at tick %s.\n"
                            : "They are the same up to tick %s.\n",
                grouped(tick_).c_str());
    return;
  }
  if (options_.at)
    std::printf("They differ at tick %s.\n", grouped(tick_).c_str());
  else if (tick_ == from_)
    std::printf("They differ at tick %s, the first that both keep.\n", grouped(tick_).c_str());
  else
    std::printf("They are the same up to tick %s and differ from tick %s on.\n",
                grouped(tick_ - 1).c_str(), grouped(tick_).c_str());
  print_commands();
  std::printf("%s at tick %s, in %s:\n",
              count_of(states_.differences, "difference", "differences").c_str(),
              grouped(tick_).c_str(), count_of(states_.entities, "entity", "entities").c_str());
  text_table table({"what", "field", "shard A", "shard B", "in A", "in B"});
  for (const auto& d : states_.first)
    table.add({d.what, d.field.empty() ? "-" : d.field, cell_text(d.shard_a), cell_text(d.shard_b),
               cell_text(d.a), cell_text(d.b)});
  std::printf("%s", table.text().c_str());
  if (states_.differences > states_.first.size())
    std::printf("and %s more; --most shows them\n",
                grouped(states_.differences - states_.first.size()).c_str());
  std::fflush(stdout);
}

} // namespace

void add_diff(CLI::App& app, exit_code& code) {
  auto options = std::make_shared<diff_options>();
  CLI::App* command = app.add_subcommand(
    "diff", "Find the first tick at which two kept worlds differ, and what differs in it");
  add_directory(*command, options->a, "DIR_A", "A data directory; it is only read");
  add_directory(*command, options->b, "DIR_B", "The other one");
  add_tick(*command, "--at", options->at, "Compare the states of this tick instead");
  CLI::Validator positive = CLI::PositiveNumber;
  positive.description("");
  command->add_option("--most", options->most, "Show at most N of the differences (default 20)")
    ->type_name("N")
    ->check(positive);
  add_json(*command, options->json);
  command->footer("Exit code 0: the same; 1: they differ.\n"
                  "Examples:\n"
                  "  tessera diff /var/lib/my-world /backup/my-world\n"
                  "  tessera diff /var/lib/my-world /tmp/repaired --at 4000\n"
                  "What the answers mean: docs/manual/replay.md.");
  command->callback([options, &code] { code = comparison_run{*options}.run(); });
}

} // namespace tessera
