// `tessera checkpoint list|verify|take|export`: looks into the checkpoints of a kept world, and has the process that
// runs it take one. None of them writes into it.
#include "apps/checkpoint_reading.hpp"
#include "apps/control_socket.hpp"
#include "apps/subcommands.hpp"
#include "apps/text.hpp"
#include "apps/text_table.hpp"
#include "apps/tool_group.hpp"
#include "apps/tool_output.hpp"
#include "apps/world_export.hpp"

#include <cstdio>
#include <memory>

namespace tessera {

namespace {

using json = nlohmann::ordered_json;

struct checkpoint_options {
  std::string directory;
  std::optional<tick_number> at;
  export_options how;
  bool json = false;
};

double ratio_of(const checkpoint_bytes& of) {
  return of.stored == 0 ? 1.0 : static_cast<double>(of.raw) / static_cast<double>(of.stored);
}

std::string ratio_text(const checkpoint_bytes& of) {
  char text[16];
  std::snprintf(text, sizeof text, "%.2f", ratio_of(of));
  return text;
}

/// Of one checkpoint, what `list` says; its error is kept, so that the others are listed still.
struct listed_checkpoint {
  const manifest_checkpoint* what = nullptr;
  result<checkpoint_bytes> bytes = checkpoint_bytes{};
};

std::vector<listed_checkpoint> list_all(const kept_reading& kept) {
  std::vector<listed_checkpoint> out;
  for (const auto& c : kept.directory.current().checkpoints)
    out.push_back({&c, bytes_of(kept, c)});
  return out;
}

void print_list(const kept_reading& kept, const std::vector<listed_checkpoint>& all) {
  std::printf("%s: world %s, %s\n", kept.directory.path().c_str(), kept.config.name.c_str(),
              count_of(all.size(), "checkpoint", "checkpoints").c_str());
  if (all.empty())
    return;
  text_table table{{"tick", "world hash", "shards", "state bytes", "on disk", "ratio"}};
  for (const auto& c : all) {
    std::vector<std::string> row{grouped(c.what->tick), hex_text(c.what->world_hash),
                                 std::to_string(shards_of(*c.what))};
    if (c.bytes)
      row.insert(row.end(),
                 {grouped(c.bytes->raw), grouped(c.bytes->stored), ratio_text(*c.bytes)});
    else
      row.insert(row.end(), {"-", "-", "-"});
    table.add(std::move(row));
  }
  std::printf("\n%s", table.text().c_str());
}

json list_json(const kept_reading& kept, const std::vector<listed_checkpoint>& all) {
  json list = json::array();
  for (const auto& c : all) {
    json one{{"tick", c.what->tick},
             {"world_hash", hex_text(c.what->world_hash)},
             {"shards", shards_of(*c.what)},
             {"files", c.what->files.size()}};
    one["bytes"] = c.bytes ? json(c.bytes->raw) : json(nullptr);
    one["stored_bytes"] = c.bytes ? json(c.bytes->stored) : json(nullptr);
    one["ratio"] = c.bytes ? json(ratio_of(*c.bytes)) : json(nullptr);
    one["error"] = c.bytes ? json(nullptr) : json(c.bytes.error().message);
    list.push_back(std::move(one));
  }
  return {{"directory", kept.directory.path()},
          {"world", kept.config.name},
          {"checkpoints", std::move(list)}};
}

exit_code run_list(const checkpoint_options& options) {
  auto kept = read_kept(options.directory);
  if (!kept)
    return complain(kept.error());
  auto all = list_all(*kept);
  if (options.json)
    print_json(list_json(*kept, all));
  else
    print_list(*kept, all);
  std::fflush(stdout);
  exit_code code = exit_code::fine;
  for (const auto& c : all)
    if (!c.bytes)
      code = complain(c.bytes.error());
  return code;
}

void print_verified(const verified_checkpoint& v) {
  double megabytes = static_cast<double>(v.bytes.stored) * 1e-6;
  std::string line = "tick " + grouped(v.tick) + ": ";
  if (v.fault)
    line += "damaged";
  else if (!v.hash)
    line += "every byte is as it was written";
  else
    line += "sound, " + grouped(v.entities) + " entities, world hash " + hex_text(*v.hash) +
            " as in the manifest";
  std::printf("%s; %s bytes checked in %s s%s%s\n", line.c_str(), grouped(v.bytes.stored).c_str(),
              short_number(v.check_s).c_str(),
              v.check_s > 0 ? (", " + short_number(megabytes / v.check_s) + " MB/s").c_str() : "",
              v.hash ? (", loaded and hashed in " + short_number(v.load_s) + " s").c_str() : "");
}

json verified_json(const verified_checkpoint& v) {
  json out{{"tick", v.tick},
           {"sound", !v.fault},
           {"entities", v.entities},
           {"bytes", v.bytes.raw},
           {"stored_bytes", v.bytes.stored},
           {"check_s", v.check_s},
           {"load_s", v.load_s}};
  out["world_hash"] = v.hash ? json(hex_text(*v.hash)) : json(nullptr);
  out["error"] = v.fault ? json(v.fault->message) : json(nullptr);
  return out;
}

exit_code run_verify(const checkpoint_options& options) {
  auto kept = read_kept(options.directory);
  if (!kept)
    return complain(kept.error());
  if (!kept->has_game())
    complain("note: bytes are checked, world hashes not: " + kept->game_gap->message);
  auto which = choose_checkpoints(*kept, options.at);
  if (!which)
    return complain(which.error());
  std::vector<verified_checkpoint> all;
  for (const auto& c : *which) {
    auto verified = verify_checkpoint(*kept, c);
    if (!verified) {
      std::printf("tick %s: replaced by a newer one meanwhile\n", grouped(c.tick).c_str());
      continue;
    }
    all.push_back(std::move(*verified));
    if (!options.json)
      print_verified(all.back());
  }
  if (options.json) {
    json list = json::array();
    for (const auto& v : all)
      list.push_back(verified_json(v));
    print_json({{"directory", kept->directory.path()}, {"checkpoints", std::move(list)}});
  } else if (which->empty()) {
    std::printf("%s: no checkpoint yet; the world begins at tick 0\n",
                kept->directory.path().c_str());
  }
  std::fflush(stdout);
  exit_code code = exit_code::fine;
  for (const auto& v : all)
    if (v.fault)
      code = complain(*v.fault);
  return code;
}

exit_code run_take(const checkpoint_options& options) {
  auto there = data_directory::open_to_read(posix_files(), options.directory);
  if (!there)
    return complain(there.error());
  stopwatch watch;
  auto tick = ask_for_checkpoint(options.directory);
  if (!tick)
    return complain(tick.error());
  if (options.json)
    print_json({{"directory", options.directory}, {"tick", *tick}, {"seconds", watch.seconds()}});
  else
    std::printf("%s: took a checkpoint of tick %s in %s s\n", options.directory.c_str(),
                grouped(*tick).c_str(), short_number(watch.seconds()).c_str());
  return exit_code::fine;
}

exit_code run_export(const checkpoint_options& options) {
  auto kept = read_kept_with_game(options.directory);
  if (!kept)
    return complain(kept.error());
  if (auto named = select_components(*kept->world.setup->game, options.how.components); !named) {
    complain(named.error());
    return exit_code::usage;
  }
  auto which = choose_checkpoints(*kept, options.at);
  if (!which)
    return complain(which.error());
  if (which->empty())
    return complain(
      error{error_code::failure, kept->directory.path() +
                                   ": there is no checkpoint yet; `tessera export` runs "
                                   "the world from its start"});
  auto world = load_checkpoint(*kept, which->back());
  if (!world)
    return complain(world.error());
  auto contents = world_contents::of(*world);
  if (!contents)
    return complain(contents.error());
  return write_export(options.how, {kept->config.name, kept->world.game->name, world->hash()},
                      *contents);
}

using tool = exit_code (*)(const checkpoint_options&);

CLI::App* add_tool(CLI::App& to, exit_code& code, tool run, const char* name, const char* words,
                   const std::shared_ptr<checkpoint_options>& options) {
  CLI::App* command = to.add_subcommand(name, words);
  add_directory(*command, options->directory);
  command->callback([options, run, &code] { code = run(*options); });
  return command;
}

} // namespace

void add_checkpoint(CLI::App& app, exit_code& code) {
  CLI::App* group =
    add_group(app, code, "checkpoint", "A kept world's checkpoints: list, verify, take, export");

  auto listing = std::make_shared<checkpoint_options>();
  CLI::App* list = add_tool(*group, code, &run_list, "list",
                            "List the checkpoints: tick, world hash, sizes", listing);
  add_json(*list, listing->json);
  list->footer("Example:\n  tessera checkpoint list /var/lib/my-world");

  auto verifying = std::make_shared<checkpoint_options>();
  CLI::App* verify = add_tool(*group, code, &run_verify, "verify",
                              "Check every byte of the checkpoints, load them and compare their "
                              "world hashes with the manifest's",
                              verifying);
  add_tick(*verify, "--at", verifying->at, "Only the checkpoint of tick T");
  add_json(*verify, verifying->json);
  verify->footer("Example:\n  tessera checkpoint verify /var/lib/my-world\n"
                 "Exit code 0: sound. 7: damaged. 10: written by a newer Tessera.");

  auto taking = std::make_shared<checkpoint_options>();
  CLI::App* take = add_tool(*group, code, &run_take, "take",
                            "Have the process that runs the world take a checkpoint now; returns "
                            "once it counts",
                            taking);
  add_json(*take, taking->json);
  take->footer(
    "Example:\n  tessera checkpoint take /var/lib/my-world\n"
    "Only the user that runs the world may ask. Two checkpoints are kept: the oldest goes.");

  auto exporting = std::make_shared<checkpoint_options>();
  CLI::App* to_rows = add_tool(*group, code, &run_export, "export",
                               "Write the entities of a checkpoint, or its cells, as CSV, JSON or "
                               "MessagePack; the journal is not needed",
                               exporting);
  add_tick(*to_rows, "--at", exporting->at, "The checkpoint of tick T (default: the newest)");
  exporting->how.add_to(*to_rows);
  to_rows->footer("Example:\n"
                  "  tessera checkpoint export /var/lib/my-world --at 1200 --out state.csv\n"
                  "The formats: docs/manual/log.md#tessera-export.");

  group->footer("`tessera checkpoint TOOL --help` explains a tool. The world may run meanwhile.\n"
                "The manual: docs/manual/log.md.");
}

} // namespace tessera
