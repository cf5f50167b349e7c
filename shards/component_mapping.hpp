// From the components, cell components and events that a saved state names to those that the game has
// now. Fields are matched by name; what differs must be declared by the game (schema::changes), or the
// state is refused with the name of the component and the field.
#pragma once

#include "core/error.hpp"
#include "shards/schema.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera {

/// Names, marks and fields of all components, cell components and events, as bytes.
std::vector<std::byte> write_schema(const schema& game);

class component_mapping {
public:
  /// A saved component, and where its bytes go.
  struct source_info {
    std::string name;
    std::uint32_t size = 0;
    marks mark = marks::none;
    std::optional<std::uint16_t> to; ///< none: dropped
    std::uint32_t to_size = 0;
    struct piece {
      std::uint32_t from = 0;
      std::uint32_t to = 0;
      std::uint32_t bytes = 0;
    };
    std::vector<piece> pieces;
    bool same = false; ///< byte for byte
  };

  /// Saved component number `id`; null when the saved schema has none such.
  const source_info* source(std::size_t id) const {
    return id < components_.size() ? &components_[id] : nullptr;
  }
  /// What becomes the game's cell component `id`; null when it is new.
  const source_info* source_of_cells(std::size_t id) const;

  /// Saved event number `id`; null when the saved schema has none such.
  const source_info* source_of_event(std::size_t id) const {
    return id < events_.size() ? &events_[id] : nullptr;
  }

  /// Converts `rows` values; `to` is zeroed and large enough.
  static void convert(const source_info& how, std::span<const std::byte> from,
                      std::span<std::byte> to, std::size_t rows);

private:
  friend result<component_mapping> map_components(const schema& game,
                                                  std::span<const std::byte> saved);
  std::vector<source_info> components_;
  std::vector<source_info> cells_;
  std::vector<source_info> events_;
};

/// Fails with wrong_code naming component and field when something differs that the game did not declare.
result<component_mapping> map_components(const schema& game, std::span<const std::byte> saved);

} // namespace tessera
