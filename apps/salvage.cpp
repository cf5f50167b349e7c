// `tessera salvage`: after damage, what is lost and what is not; with --yes, the world opens again at the
// newest state that can be had whole.
#include "apps/salvage_plan.hpp"

#include "apps/kept_copy.hpp"
#include "apps/subcommands.hpp"
#include "apps/text.hpp"
#include "apps/tool_output.hpp"
#include "persistence/directory_lock.hpp"

#include <cstdio>
#include <memory>

namespace tessera {

namespace {

struct salvage_options {
  std::string directory;
  bool yes = false;
  bool json = false;
};

std::string ticks_text(tick_number from, tick_number end) {
  return end == from + 1 ? "tick " + std::to_string(from)
                         : "ticks " + std::to_string(from) + " to " + std::to_string(end - 1);
}

std::string found_text(const salvage_plan& plan) {
  std::string out = plan.directory + " is damaged:\n";
  for (const auto& line : plan.damage)
    out += "  " + line + "\n";
  for (const auto& line : plan.taken)
    out += "The manifest is made anew with " + line + ".\n";
  for (const auto& line : plan.lost_with_manifest)
    out += "Lost with the manifest: " + line + ".\n";
  for (tick_number tick : plan.damaged_checkpoints)
    out += "The checkpoint of tick " + std::to_string(tick) + " cannot be used.\n";
  if (!plan.lost) {
    out +=
      (plan.new_manifest ? "No tick is lost that the files there know of: " : "Nothing is lost: ") +
      std::string("all that was acknowledged can be had, up to tick ") +
      std::to_string(plan.stands) + ".\n";
    return out;
  }
  out += "Lost: " + ticks_text(plan.lost->from, plan.lost->end) +
         ", with every command in them, acknowledged or not.\n";
  for (const auto& hole : plan.holes)
    out += "  " + ticks_text(hole.from, hole.end) + " of epoch " + std::to_string(hole.epoch) +
           " were durable; tick " + std::to_string(hole.from) +
           " is not whole any more, and what comes after it is of no use without it\n";
  return out;
}

std::string way_text(const salvage_plan& plan) {
  std::string base =
    plan.base == 0 ? "the world's start" : "the checkpoint of tick " + std::to_string(plan.base);
  return "The newest state that can be had whole is that of tick " + std::to_string(plan.stands) +
         ", from " + base + " and " + count_of(plan.stands - plan.base, "tick", "ticks") +
         " of the journal.\n";
}

nlohmann::ordered_json report(const salvage_plan& plan) {
  nlohmann::ordered_json out{{"directory", plan.directory},
                             {"sound", plan.sound()},
                             {"damage", plan.damage},
                             {"notes", plan.notes},
                             {"damaged_checkpoints", plan.damaged_checkpoints},
                             {"new_manifest", plan.new_manifest},
                             {"lost_with_manifest", plan.lost_with_manifest},
                             {"base_tick", plan.base},
                             {"tick", plan.stands}};
  auto& lost = out["lost"];
  if (plan.lost)
    lost = {{"from", plan.lost->from}, {"to", plan.lost->end - 1}};
  auto& holes = out["holes"] = nlohmann::ordered_json::array();
  for (const auto& hole : plan.holes)
    holes.push_back({{"epoch", hole.epoch}, {"from", hole.from}, {"to", hole.end - 1}});
  out["files_to_keep"] = plan.keep;
  return out;
}

void print_plan(const salvage_plan& plan) {
  std::printf("%s%s", found_text(plan).c_str(), way_text(plan).c_str());
  std::printf("With --yes the world opens there, and these files are kept in %s/aside:\n",
              plan.directory.c_str());
  for (const auto& relative : plan.keep)
    std::printf("  %s\n", relative.c_str());
  std::printf("Nothing was changed. %s\n",
              plan.lost || plan.new_manifest
                ? "A backup may hold more: tessera restore BACKUP NEW_DIR"
                : "Nothing would be lost by it.");
}

/// Looks while nobody writes: the lock is held meanwhile.
result<salvage_plan> look(const std::string& path) {
  auto state = data_directory::look(posix_files(), path);
  if (!state)
    return tl::unexpected(state.error());
  if (*state != directory_state::world && *state != directory_state::manifest_lost)
    return plan_salvage(path); // says what is wrong
  auto lock = directory_lock::take(path + "/LOCK");
  if (!lock)
    return tl::unexpected(lock.error());
  return plan_salvage(path);
}

exit_code salvage(const salvage_options& options) {
  auto plan = look(options.directory);
  if (!plan)
    return complain(plan.error());
  if (plan->sound()) {
    if (options.json) {
      print_json(report(*plan));
      return exit_code::fine;
    }
    std::printf("%s is whole: nothing to salvage. It stands at tick %s.\n",
                options.directory.c_str(), grouped(plan->stands).c_str());
    print_notes(plan->notes);
    return exit_code::fine;
  }
  if (!options.yes) {
    options.json ? print_json(report(*plan)) : print_plan(*plan);
    return exit_code::damaged;
  }
  auto place = apply_salvage(*plan, found_text(*plan) + way_text(*plan));
  if (!place)
    return complain(place.error());
  auto now = verify_kept(options.directory);
  if (!now)
    return complain(now.error());
  if (options.json) {
    auto out = report(*plan);
    out["kept_in"] = *place;
    out["tick"] = now->tick;
    print_json(out);
    return exit_code::fine;
  }
  std::printf("%s%s", found_text(*plan).c_str(), way_text(*plan).c_str());
  std::printf(
    "The world stands there now, and was read back whole. What was damaged or given up is in "
    "%s.\nTo go on with it: tessera run --data %s\n",
    place->c_str(), options.directory.c_str());
  return exit_code::fine;
}

} // namespace

void add_salvage(CLI::App& app, exit_code& code) {
  auto options = std::make_shared<salvage_options>();
  CLI::App* command = app.add_subcommand(
    "salvage", "After damage: say what is lost, and open the world where it can be had whole");
  add_directory(*command, options->directory, "DIR", "The data directory; nobody may have it open");
  command->add_flag("--yes", options->yes, "Do it; without this nothing is changed");
  add_json(*command, options->json);
  command->footer(
    "Exit code 0: whole, or made so with --yes; 7: damaged, and nothing was changed.\n"
    "Example:\n"
    "  tessera salvage /var/lib/my-world\n"
    "  tessera salvage /var/lib/my-world --yes\n"
    "More: docs/manual/operating.md.");
  command->callback([options, &code] { code = salvage(*options); });
}

} // namespace tessera
