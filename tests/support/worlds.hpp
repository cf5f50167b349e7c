// Worlds for tests: made in one call, cut in every way that is known to hurt, run in lockstep, and
// compared tick by tick.
#pragma once

#include "sdk/game_builder.hpp"
#include "shards/lockstep_world.hpp"

#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tessera::testing {

struct world_options {
  cell_rect extent = {0, 0, 16, 16};
  float cell_size_m = 16;
  std::uint64_t seed = 1;
  std::uint64_t shuffle_rows_seed = 0;
  std::map<std::string, double> parameters;
};

/// The schema of a game, or what is wrong with it.
result<std::shared_ptr<const schema>> register_game(void (*define)(game_builder&),
                                                    const world_options& options = {});

/// Throws std::runtime_error with the reason where the game is refused.
std::shared_ptr<const world_setup> make_world(void (*define)(game_builder&),
                                              const world_options& options = {});

struct named_layout {
  std::string name;
  std::shared_ptr<const layout> cut;
};

std::shared_ptr<const layout> grid(const world_setup& setup, int rows, int columns);

/// 1x1 first; then 2x2, 3x5, 8x8, and one of rectangles in which one shard has many neighbours and
/// some have 2 x 2 cells. For worlds of at least 16 x 16 cells.
std::vector<named_layout> layouts_of(const world_setup& setup);

// --- commands

/// All fields of one component or event.
template <class T>
command::part part_of(const schema& s, const T& value) {
  constexpr auto d = describe(of<T>{});
  command::part part;
  component_id id = 0;
  if (s.find_component(d.name, &id) != nullptr)
    part.type = id;
  else if (s.find_event(d.name, &part.type) == nullptr)
    throw std::logic_error(std::string{d.name} + " is neither component nor event");
  part.fields = ~std::uint64_t{0};
  if constexpr (!std::is_empty_v<T>) {
    part.bytes.resize(sizeof(T));
    std::memcpy(part.bytes.data(), &value, sizeof(T));
  }
  return part;
}

command::part position_part();

template <class... C>
command spawn_at(const schema& s, const position& place, const C&... components) {
  command c;
  c.op = command_op::spawn;
  c.place = place;
  (c.parts.push_back(part_of(s, components)), ...);
  return c;
}
command despawn(entity_id who);
command teleport(entity_id who, const position& to);
command move_to(entity_id who, const position& to);
template <class T>
command set_component(const schema& s, entity_id who, const T& value) {
  command c;
  c.op = command_op::set;
  c.target = who;
  c.parts.push_back(part_of(s, value));
  return c;
}
template <class E>
command send_event(const schema& s, entity_id who, const E& event) {
  command c = set_component(s, who, event);
  c.op = command_op::event;
  return c;
}
command stamped(command c, session_id session, std::uint64_t sequence, tick_number tick);

/// Commands of one session, sequence numbers rising, as a batch. Throws where it is refused.
batch_pointer routed(const world_setup& setup, const layout& cut,
                     const std::vector<command>& commands);

/// `count` commands of all kinds, seeded, spread over `ticks`: to entities that may live or not, some
/// repeated.
std::vector<command> wanderers_commands(const world_setup& setup, std::uint64_t seed,
                                        std::size_t count, tick_number ticks);

// --- runs

struct run_options {
  lockstep_options lockstep;
  std::vector<command> commands;
  tick_number ticks = 60;
};

/// A world with all its commands submitted.
std::unique_ptr<lockstep_world> open(const std::shared_ptr<const world_setup>& setup,
                                     const std::shared_ptr<const layout>& cut,
                                     const run_options& options = {});

/// History of a whole run.
std::vector<world_summary> run(const std::shared_ptr<const world_setup>& setup,
                               const std::shared_ptr<const layout>& cut,
                               const run_options& options);

/// What differs first that must be the same under every layout: hashes at each tick, and every figure
/// that speaks of the world and not of its shards. Empty if nothing does.
std::string first_difference(const std::vector<world_summary>& a,
                             const std::vector<world_summary>& b);

/// Every entity of the world as its record: id -> bytes. Of those in packets too, not in letters.
std::map<entity_id, std::vector<std::byte>> entities_of(const lockstep_world& world,
                                                        const world_setup& setup);

/// Where the two runs part: the first tick, and the entities that differ there.
std::string explain(const std::shared_ptr<const world_setup>& a_setup,
                    const std::shared_ptr<const layout>& a,
                    const std::shared_ptr<const world_setup>& b_setup,
                    const std::shared_ptr<const layout>& b, const run_options& options,
                    const run_options& b_options);

/// A component of an entity wherever it is now, in a shard or in a packet.
template <class T>
std::optional<T> component_of(const lockstep_world& world, const world_setup& setup, entity_id who);

std::optional<std::vector<std::byte>> component_bytes(const lockstep_world& world,
                                                      const world_setup& setup, entity_id who,
                                                      const char* component);

template <class T>
std::optional<T> component_of(const lockstep_world& world, const world_setup& setup,
                              entity_id who) {
  auto bytes = component_bytes(world, setup, who, describe(of<T>{}).name);
  if (!bytes)
    return std::nullopt;
  T value;
  std::memcpy(&value, bytes->data(), sizeof value);
  return value;
}

/// Checks a file of "tick hash" lines in tests/golden against a history, or writes it when
/// TESSERA_UPDATE_GOLDEN is set. Empty if all is well, else what is not.
std::string check_golden(const std::string& name, const std::vector<world_summary>& history,
                         tick_number every);

} // namespace tessera::testing
