// What the tools that look into kept worlds have in common: options and how they answer.
#pragma once

#include "apps/replayed_world.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

namespace tessera {

/// The positional DIR, required.
void add_directory(CLI::App& app, std::string& path, const std::string& name = "DIR",
                   const std::string& words = "The data directory; it is only read");
void add_json(CLI::App& app, bool& json);
CLI::Option* add_tick(CLI::App& app, const std::string& name, std::optional<tick_number>& tick,
                      const std::string& words);
/// Sets `id` from text of 16 hex digits; anything else is a usage error.
CLI::Option* add_entity(CLI::App& app, const std::string& name, std::optional<entity_id>& id,
                        const std::string& words);

/// On standard output, indented, with a newline.
void print_json(const nlohmann::ordered_json& value);
/// "  NAME   VALUE" on standard output.
void print_row(const char* name, const std::string& value);
void print_notes(const std::vector<std::string>& notes);

/// "cell [3, 7], 12.5 0 3.25 m".
std::string place_text(const position& p);
/// "in shard 3", "crossing into shard 4", "travelling to shard 5".
std::string whereabouts_text(const replayed_entity& who);
/// {"position":{...},...}: everything that it has, by the fields of the game.
nlohmann::ordered_json components_json(const world_setup& setup, const replayed_entity& who);
/// The same on one line, without position: "velocity x=1 y=2; hungry".
std::string components_text(const world_setup& setup, const replayed_entity& who);

/// "3 shards", "1 shard".
std::string count_of(std::uint64_t count, const std::string& one, const std::string& many);

class stopwatch {
public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

} // namespace tessera
