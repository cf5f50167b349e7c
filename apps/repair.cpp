// `tessera repair`: a copy of a kept world whose history lacks one command.
#include "apps/kept_branch.hpp"
#include "apps/run_record.hpp"
#include "apps/subcommands.hpp"
#include "apps/text.hpp"
#include "apps/tool_output.hpp"
#include "net/json_values.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>

namespace tessera {

namespace {

struct repair_options {
  std::string from;
  std::string to;
  std::string skip;
  session_id session = 0;
  std::uint64_t sequence = 0;
  bool json = false;

  bool means(const command& c) const { return c.session == session && c.sequence == sequence; }
};

class repair_run {
public:
  explicit repair_run(const repair_options& options) : options_(options) {}

  exit_code run() {
    stopwatch watch;
    auto done = find_command().and_then([&] { return replay_without(); });
    if (!done)
      return complain(done.error());
    auto to = new_directory::begin(options_.to, options_.from);
    if (!to)
      return complain(to.error());
    done = write_branch(*kept_, *world_, *to).and_then([&] { return to->finish(); });
    if (!done)
      return complain(done.error());
    count_results();
    options_.json ? print_report(watch.seconds()) : print();
    return exit_code::fine;
  }

private:
  result<void> find_command();
  void skip(std::vector<stamped_commands>& inputs) const;
  result<void> replay_without();
  error not_found(const recovered_world& kept) const;
  void count_results();
  void print() const;
  void print_report(double seconds) const;

  const repair_options& options_;
  std::optional<kept_reading> kept_;
  std::optional<command> skipped_;
  std::optional<replayed_world> world_;
  std::uint64_t hashes_checked_ = 0;
  std::uint64_t hash_before_ = 0; ///< what was logged at the end; 0 where nothing was
  std::map<std::string, std::uint64_t> results_; ///< of the commands after it
};

result<void> repair_run::find_command() {
  auto kept = read_kept_with_game(options_.from);
  if (!kept)
    return tl::unexpected(kept.error());
  kept_.emplace(std::move(*kept));
  auto all = replayed_world::open_earliest(*kept_);
  if (!all)
    return tl::unexpected(all.error());
  for (const auto& c : commands_of(all->kept().inputs))
    if (options_.means(c) && !skipped_)
      skipped_ = c;
  if (!skipped_)
    return tl::unexpected(not_found(all->kept()));
  return {};
}

error repair_run::not_found(const recovered_world& kept) const {
  std::optional<command> first;
  std::optional<command> last;
  for (const auto& c : commands_of(kept.inputs)) {
    if (c.session != options_.session)
      continue;
    if (!first)
      first = c;
    last = c;
  }
  std::string session = std::to_string(options_.session);
  std::string text = options_.from + ": command " + options_.skip + " is not in ticks " +
                     std::to_string(kept.state_tick()) + " to " + std::to_string(kept.next_tick) +
                     ", which are what is kept";
  if (!first)
    return {error_code::failure, text + "; nor is any other of session " + session};
  return {error_code::failure,
          text + "; of session " + session + " there are " + std::to_string(first->sequence) +
            " (tick " + std::to_string(first->tick) + ") to " + std::to_string(last->sequence) +
            " (tick " + std::to_string(last->tick) + "). tessera log show " + options_.from +
            " lists them"};
}

/// Takes the command out of its batch.
void repair_run::skip(std::vector<stamped_commands>& inputs) const {
  for (auto& [tick, batch] : inputs) {
    command_batch rest{batch.session()};
    for (std::size_t i = 0; i < batch.size(); ++i)
      if (!options_.means(to_command(batch.at(i), tick)))
        rest.add_encoded(batch.sequence(i), batch.bytes(i));
    batch = std::move(rest);
  }
  std::erase_if(inputs, [](const stamped_commands& c) { return c.commands.empty(); });
}

result<void> repair_run::replay_without() {
  recovered_world without;
  {
    // Up to the command everything must be as it was; after it nothing can be compared.
    auto before = replayed_world::open(*kept_, skipped_->tick);
    if (!before)
      return tl::unexpected(before.error());
    if (auto ok = before->run_to(skipped_->tick); !ok)
      return ok;
    hashes_checked_ = before->hashes_checked();
    without = before->kept();
  }
  skip(without.inputs);
  if (auto last = without.hashes.find(without.next_tick); last != without.hashes.end())
    hash_before_ = last->second;
  without.hashes.erase(without.hashes.upper_bound(skipped_->tick), without.hashes.end());
  auto world = replayed_world::from(*kept_, std::move(without));
  if (!world)
    return tl::unexpected(world.error());
  world_.emplace(std::move(*world));
  return world_->run_to(world_->end_tick());
}

void repair_run::count_results() {
  for (const auto& state : world_->history())
    for (const auto& a : state.answers())
      if (a.tick >= skipped_->tick)
        ++results_[result_name(a.result)];
}

void repair_run::print() const {
  std::printf("%s stands at tick %s as if command %s had never come. %s is as it was.\n",
              options_.to.c_str(), grouped(world_->tick()).c_str(), options_.skip.c_str(),
              options_.from.c_str());
  print_notes(world_->notes());
  print_row("skipped", command_value(*skipped_, world_->setup().game.get()).dump());
  print_row("world hash",
            hex_text(world_->hash()) +
              (hash_before_ == 0 ? "" : ", with the command " + hex_text(hash_before_)));
  std::string after;
  for (const auto& [result, count] : results_)
    after += (after.empty() ? "" : ", ") + std::to_string(count) + " " + result;
  print_row("after it", after.empty() ? "no commands" : after);
  std::printf("Sent again it would be %s.\n",
              world_->world().known().save().sequence[options_.session] >= options_.sequence
                ? "answered as a repeat and not applied: later commands of its session were"
                : "applied: it was the last of its session");
  std::printf("To go on with it: tessera run --data %s\n", options_.to.c_str());
}

void repair_run::print_report(double seconds) const {
  nlohmann::ordered_json out{{"from", options_.from},
                             {"to", options_.to},
                             {"skipped", command_value(*skipped_, world_->setup().game.get())},
                             {"tick", world_->tick()},
                             {"world_hash", hex_text(world_->hash())}};
  out["world_hash_with_it"] =
    hash_before_ == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(hex_text(hash_before_));
  out["hashes_checked_before_it"] = hashes_checked_;
  out["commands_after"] = results_;
  out["seconds"] = seconds;
  print_json(out);
}

void parse_skip(repair_options& options) {
  auto colon = options.skip.find(':');
  auto session = parse_whole(options.skip.substr(0, colon));
  auto sequence =
    colon == std::string::npos ? std::nullopt : parse_whole(options.skip.substr(colon + 1));
  if (!session || !sequence)
    throw CLI::ValidationError(
      "--skip", "found " + options.skip + "; allowed: SESSION:SEQ, two whole numbers such as 7:42");
  options.session = *session;
  options.sequence = *sequence;
}

} // namespace

void add_repair(CLI::App& app, exit_code& code) {
  auto options = std::make_shared<repair_options>();
  CLI::App* command =
    app.add_subcommand("repair", "Make a copy of a kept world as if one command had never come");
  add_directory(*command, options->from);
  command->add_option("--skip", options->skip, "The command: its session and its number in it")
    ->type_name("SESSION:SEQ")
    ->required();
  add_directory(*command, options->to, "TO", "The copy; nothing may be there yet");
  add_json(*command, options->json);
  command->footer(
    "All other commands stay, in their ticks; the world is replayed with them to the tick\n"
    "where the original stands. What the command made is not there, so later commands\n"
    "for it find nobody: the answer counts them.\n"
    "Example:\n"
    "  tessera repair /var/lib/my-world --skip 7:42 /var/lib/my-world-mended\n"
    "More: docs/manual/replay.md.");
  command->callback([options, &code] {
    parse_skip(*options);
    code = repair_run{*options}.run();
  });
}

} // namespace tessera
