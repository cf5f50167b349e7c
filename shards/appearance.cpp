#include "shards/appearance.hpp"

#include "shards/schema.hpp"

namespace tessera {

namespace {

std::optional<field_place> speed_field(const component_info& info, component_id id,
                                       const char* name) {
  for (const auto& field : info.fields)
    if (field.name == name && field.type == field_type::f32 && field.unit == "m/s")
      return field_place{id, field.offset};
  return std::nullopt;
}

kind_appearance kind_of_a_silent_game(const schema& game) {
  kind_appearance kind;
  kind.name = "entity";
  kind.colour = {0.80F, 0.55F, 0.25F};
  kind.colour_spread = 0.25F;
  for (std::size_t c = 0; c < game.components.size(); ++c) {
    const auto id = static_cast<component_id>(c);
    if (!contains(game.dense_mask(), id))
      continue;
    const auto east = speed_field(game.components[c], id, "x");
    const auto south = speed_field(game.components[c], id, "z");
    if (!east || !south)
      continue;
    kind.shape = body_shape::arrow;
    kind.velocity_east = east;
    kind.velocity_south = south;
    break;
  }
  return kind;
}

} // namespace

appearance appearance_of(const schema& game) {
  appearance looks = game.looks;
  if (looks.kinds.empty())
    looks.kinds.push_back(kind_of_a_silent_game(game));
  return looks;
}

std::size_t kind_of(const appearance& looks, component_mask dense) {
  std::size_t kind = 0;
  while (kind < looks.kinds.size() && (looks.kinds[kind].needed & ~dense) != 0)
    ++kind;
  return kind;
}

} // namespace tessera
