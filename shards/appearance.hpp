// How a game's world looks: which entities appear as which shape, in which colour, how large, which way
// they face; where water stands; what covers the ground of a cell.
//
// Always true: it is declared once, with the rest of the game, and never changes; it is no part of the
// schema's fingerprint and nothing of it can reach a world's state, so two builds that differ in it run,
// store and replay the same world.
#pragma once

#include "shards/component.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera {

struct schema;

/// Shapes that a renderer makes by itself.
enum class body_shape : std::uint8_t {
  hidden, ///< has no body: it is never drawn
  cube,
  arrow, ///< points where it goes
  grazer,
  predator,
};
inline constexpr std::size_t body_shapes = 5;

/// sRGB, each 0 to 1.
using srgb_colour = std::array<float, 3>;

/// An f32 field of a dense component.
struct field_place {
  component_id component = 0;
  std::uint32_t offset = 0;
};

/// How one kind of entity looks.
struct kind_appearance {
  std::string name;
  component_mask needed = 0; ///< dense components that it has; others may come on top
  body_shape shape = body_shape::cube;
  srgb_colour colour{0.6F, 0.6F, 0.6F};
  float colour_spread = 0; ///< how much brighter or darker than that a single one may be, 0 to 1
  float length_m = 1;      ///< from nose to tail; of a cube, its edge
  /// It faces where it goes; east and south, in m/s. Without them it faces where its id says.
  std::optional<field_place> velocity_east;
  std::optional<field_place> velocity_south;
  /// The young are smaller: newborn_scale at age 0, 1 from grown_at on.
  std::optional<field_place> age;
  float newborn_scale = 1;
  float grown_at = 1;
};

/// What covers the ground: an f32 field of a cell component, 0 for bare ground.
struct ground_cover {
  std::uint16_t cell_component = 0;
  std::uint32_t offset = 0;
  float full = 1; ///< value at which nothing of the ground is seen
};

struct appearance {
  std::vector<kind_appearance> kinds; ///< the first that fits counts; whom none fits is not drawn
  std::optional<float> water_level_m; ///< ground below is under water
  std::optional<ground_cover> cover;
};

/// What the game says, or where it says nothing of its kinds: everybody is drawn, as an arrow if a dense
/// component has f32 fields x and z in m/s, else as a cube.
appearance appearance_of(const schema& game);

/// Index of the first kind that fits, of `kinds.size()` if there is none.
std::size_t kind_of(const appearance& looks, component_mask dense);

} // namespace tessera
