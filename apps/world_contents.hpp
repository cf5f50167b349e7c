// What is in a world between two ticks, ready to be listed and compared: entities by id, with what they
// have, wherever they are; cells; what is on its way.
//
// Always true: entities ascend by id, each is there once, in a shard or in a letter; one that was crossing a
// border counts to the shard that gets it. Scratch components have no value.
#pragma once

#include "apps/replayed_world.hpp"

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <span>
#include <string>
#include <vector>

namespace tessera {

/// Immutable; holds the state that it points into.
class world_contents {
public:
  /// Of the state at which the world stands.
  static result<world_contents> of(const replayed_world& world);

  struct entity {
    entity_id id;
    component_mask mask = 0;
    bool travelling = false; ///< in a letter; its place is where it lands
    shard_id shard = 0;
    position place;

  private:
    friend class world_contents;
    const saved_part::table* table = nullptr;
    std::uint32_t row = 0;
    std::uint32_t letter = 0; ///< index into letters_, of one that travels
  };

  const world_setup& setup() const { return *setup_; }
  const std::vector<entity>& entities() const { return entities_; }
  /// Null where it has none, and for tags and scratch components.
  const std::byte* value(const entity& of, component_id component) const;
  /// Of one cell; `c` is in the world.
  const std::byte* cell_value(std::size_t component, cell c) const;
  std::uint32_t counter(cell c) const;
  shard_id owner(cell c) const { return cut_->owner(c); }
  const saved_world& state() const { return *state_; }

  /// What is said of an entity in a dump.
  nlohmann::ordered_json entity_json(const entity& of) const;

private:
  world_contents() = default;
  struct rare_value {
    entity_id owner;
    const std::byte* bytes = nullptr;
  };

  void add_tables();
  void add_beside();
  void add_letters(const replayed_world& world);
  std::size_t cell_index(const saved_part& part, cell c) const;

  std::shared_ptr<const world_setup> setup_;
  std::shared_ptr<const layout> cut_;
  std::shared_ptr<const saved_world> state_;
  std::vector<entity> entities_;
  std::vector<std::vector<rare_value>> rares_; ///< by component, then by owner
  std::vector<replayed_entity> letters_;
};

/// The state as one JSON object, an entity or a cell per line: what `tessera replay --dump` writes.
void dump_state(std::ostream& to, const world_contents& what, const std::string& world,
                std::uint64_t hash);

} // namespace tessera
