// What two states of worlds with the same components differ in, thing by thing.
#pragma once

#include "apps/world_contents.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tessera {

/// One thing that differs. `a` and `b` are null where the one world lacks it.
struct state_difference {
  std::string what;  ///< "entity ID", "cell [x, z]", "session N", "letters", "events"
  std::string field; ///< COMPONENT.FIELD, COMPONENT alone where only one has it, or empty
  nlohmann::ordered_json shard_a;
  nlohmann::ordered_json shard_b;
  nlohmann::ordered_json a;
  nlohmann::ordered_json b;
};

struct state_comparison {
  std::vector<state_difference> first; ///< entities by id, then cells, then what is on its way
  std::uint64_t differences = 0;       ///< in all
  std::uint64_t entities = 0;          ///< that differ in anything
};

/// Keeps at most `most` of the differences; counts them all. Both worlds have the same extent and the same
/// components (same_form).
state_comparison compare(const world_contents& a, const world_contents& b, std::size_t most);

/// Whether states of the two can be compared; the reason if not.
result<void> same_form(const world_setup& a, const world_setup& b);

} // namespace tessera
