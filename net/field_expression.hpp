// Conditions on entities, as people write them: `hunger > 0.8 and not has asleep`. The grammar is in
// docs/manual/inspector-api.md.
//
// Always true: parsing ends for any text, with a filter or an error that says where and what is allowed;
// depth and length are bounded, so that evaluating needs no more than a 64-bit stack.
#pragma once

#include "core/error.hpp"
#include "shards/look.hpp"
#include "shards/schema.hpp"

#include <string_view>

namespace tessera {

struct field_expression {
  entity_filter filter;
  component_mask shown = 0; ///< components that it names and that have fields
  /// Fields that it compares, as pairs of component and field, in the order of their first mention.
  std::vector<std::pair<component_id, std::uint16_t>> fields;
};

namespace expression_limits {
inline constexpr std::size_t characters = 500;
inline constexpr std::size_t comparisons = 32;
inline constexpr std::size_t depth = 16; ///< of parentheses and `not`
} // namespace expression_limits

/// Errors: bad_command.
result<field_expression> parse_field_expression(std::string_view text, const schema& game);

} // namespace tessera
