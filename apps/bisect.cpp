// `tessera bisect`: the first tick that this build runs otherwise than the one that wrote the log.
//
// The log has the hash of nearly every state, so one replay per beginning finds it: no search by halves.
#include "apps/subcommands.hpp"
#include "apps/text.hpp"
#include "apps/tool_output.hpp"

#include <cstdio>
#include <iterator>
#include <memory>

namespace tessera {

namespace {

struct bisect_options {
  std::string directory;
  bool json = false;
};

/// Replay from one beginning to the next, or to the end.
struct stretch {
  tick_number first = 0;
  tick_number last = 0; ///< state that was reached
  std::uint64_t hashes_checked = 0;
  std::optional<tick_number> good; ///< the last state whose hash was as logged
  std::optional<hash_difference> difference;
  std::optional<error> failure; ///< a system threw, or the ticks cannot be replayed

  bool fine() const { return !difference && !failure; }
};

result<stretch> replay_stretch(kept_reading& kept, tick_number first,
                               std::optional<tick_number> next) {
  stretch out;
  out.first = out.last = first;
  auto world = replayed_world::open(kept, first);
  if (!world) {
    if (world.error().code != error_code::wrong_code)
      return tl::unexpected(world.error());
    out.failure = world.error();
    return out;
  }
  auto done = world->run_to(std::min(next.value_or(world->end_tick()), world->end_tick()));
  out.last = world->tick();
  out.hashes_checked = world->hashes_checked();
  out.difference = world->difference();
  if (!done && !out.difference)
    out.failure = done.error();
  const auto& logged = world->logged_hashes();
  auto after = logged.lower_bound(out.difference ? out.difference->tick : out.last + 1);
  if (after != logged.begin() && std::prev(after)->first >= first)
    out.good = std::prev(after)->first;
  return out;
}

nlohmann::ordered_json stretch_json(const stretch& s) {
  nlohmann::ordered_json out{
    {"first_tick", s.first}, {"tick", s.last}, {"hashes_checked", s.hashes_checked}};
  out["last_same_tick"] = s.good ? nlohmann::ordered_json(*s.good) : nlohmann::ordered_json();
  auto& difference = out["difference"];
  if (s.difference)
    difference = {{"tick", s.difference->tick},
                  {"logged", hex_text(s.difference->logged)},
                  {"replayed", hex_text(s.difference->replayed)}};
  out["failure"] =
    s.failure ? nlohmann::ordered_json(s.failure->message) : nlohmann::ordered_json();
  return out;
}

std::string see_it(const std::string& directory, const stretch& s) {
  return "tessera replay " + directory + " --from " + std::to_string(s.first) +
         (s.difference ? " --to " + std::to_string(s.difference->tick) + " --dump state.json" : "");
}

void print(const std::string& directory, const std::vector<stretch>& stretches, bool same) {
  for (const auto& s : stretches) {
    std::string words = s.failure ? s.failure->message
                        : s.difference
                          ? "differs at tick " + std::to_string(s.difference->tick)
                          : count_of(s.hashes_checked, "hash", "hashes") + " checked, as logged";
    std::printf("  from %-10s to %-10s %s\n", grouped(s.first).c_str(), grouped(s.last).c_str(),
                words.c_str());
  }
  for (const auto& s : stretches) {
    if (s.fine())
      continue;
    if (const auto& d = s.difference) {
      if (s.good && *s.good + 1 == d->tick)
        std::printf(
          "Tick %llu is the first that this build runs otherwise: the state before it is as "
          "logged,\nthe one after it has hash %s, %s was logged.\n",
          static_cast<unsigned long long>(d->tick - 1), hex_text(d->replayed).c_str(),
          hex_text(d->logged).c_str());
      else if (d->tick == s.first)
        std::printf("The state of tick %llu itself is not the one that was logged: hash %s, %s was "
                    "logged.\n",
                    static_cast<unsigned long long>(d->tick), hex_text(d->replayed).c_str(),
                    hex_text(d->logged).c_str());
      else
        std::printf(
          "This build runs otherwise in one of the ticks %llu to %llu: no hash between was "
          "logged.\n",
          static_cast<unsigned long long>(s.good.value_or(s.first)),
          static_cast<unsigned long long>(d->tick - 1));
    }
    std::printf("To see it: %s\n", see_it(directory, s).c_str());
    return;
  }
  if (same)
    std::printf("This build replays all that is kept as it was logged.\n");
  else
    std::printf(
      "This build replays all that is kept as it was logged, though it is another version.\n");
}

exit_code bisect(const bisect_options& options) {
  auto kept = read_kept_with_game(options.directory);
  if (!kept)
    return complain(kept.error());
  auto beginnings = kept_beginnings(posix_files(), kept->directory);
  if (!beginnings)
    return complain(beginnings.error());
  std::vector<stretch> stretches;
  bool fine = true;
  for (std::size_t i = 0; i < beginnings->size(); ++i) {
    bool last = i + 1 == beginnings->size();
    auto s = replay_stretch(*kept, (*beginnings)[i],
                            last ? std::nullopt : std::optional((*beginnings)[i + 1]));
    if (!s)
      return complain(s.error());
    fine = fine && s->fine();
    stretches.push_back(std::move(*s));
  }
  bool same = same_code(*kept);
  if (options.json) {
    nlohmann::ordered_json out{
      {"directory", options.directory}, {"same", fine}, {"same_version", same}};
    auto& first = out["first_different_tick"];
    for (auto s = stretches.rbegin(); s != stretches.rend(); ++s)
      if (s->difference)
        first = s->difference->tick;
    out["stretches"] = nlohmann::ordered_json::array();
    for (const auto& s : stretches)
      out["stretches"].push_back(stretch_json(s));
    print_json(out);
  } else {
    print(options.directory, stretches, same);
  }
  std::fflush(stdout);
  return fine ? exit_code::fine : exit_code::failure;
}

} // namespace

void add_bisect(CLI::App& app, exit_code& code) {
  auto options = std::make_shared<bisect_options>();
  CLI::App* command = app.add_subcommand(
    "bisect", "Find the first tick that this build runs otherwise than the log says");
  add_directory(*command, options->directory);
  add_json(*command, options->json);
  command->footer("Replays from every state that is kept to the next one, so a difference is not\n"
                  "hidden behind an earlier one. Exit code 0: none; 1: one was found.\n"
                  "Example:\n"
                  "  tessera bisect /var/lib/my-world\n"
                  "What the answers mean: docs/manual/replay.md.");
  command->callback([options, &code] { code = bisect(*options); });
}

} // namespace tessera
