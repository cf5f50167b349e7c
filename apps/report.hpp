// What a run was and did: the JSON of --report and the summary on the screen, from the same facts.
#pragma once

#include "apps/run_record.hpp"
#include "sdk/engine.hpp"
#include "sdk/open_world.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace tessera {

/// All that is known of a run that has ended. Points to what the caller keeps.
struct run_facts {
  const world_config* config = nullptr;
  const opened_world* world = nullptr;
  const engine_result* ended = nullptr;
  const run_record* record = nullptr;
  std::string ended_by;         ///< "ticks", "signal", "storage" or "failure"
  tick_number first_tick = 0;   ///< the first that this run ran; those before were replayed
  std::string directory;        ///< where the world is kept; empty: in memory
  std::uint64_t disk_bytes = 0; ///< of the directory
  bool paced = false;
  std::uint64_t ticks_asked = 0; ///< 0: until stopped
  std::uint64_t peak_rss_bytes = 0;
  std::uint64_t rss_bytes = 0; ///< at the end, the world still in memory
  double cpu_s = 0;            ///< of all threads of the process, start-up included
  std::string again;           ///< the command line that shows a failure again
};

/// docs/manual/command.md explains every field.
nlohmann::ordered_json make_report(const run_facts& facts);

/// The build this is: version, compiler, type, arch, sanitize, commit.
nlohmann::ordered_json build_json();

/// A few lines for a person, the world hash among them.
std::string make_summary(const run_facts& facts);

/// What failed, with tick, entity, system and shard.
std::string describe_failure(const engine_failure& failure);

} // namespace tessera
