// What an agent of the flock carries, beside its position.
#pragma once

#include "sdk/game.hpp"

namespace flock {

/// Of an agent, in metres per second, east and south.
struct velocity {
  float x = 0;
  float z = 0;
};
constexpr auto describe(tessera::of<velocity>) {
  return tessera::describe_as("velocity", tessera::marks::shared | tessera::marks::replicated,
                              tessera::field<&velocity::x>("x", "m/s"),
                              tessera::field<&velocity::z>("z", "m/s"));
}

/// Constants of one flock. The square is side_m wide, its corner at the world's north-west corner.
struct constants {
  double side_m = 0;
  std::uint16_t last_cell = 0; ///< first cell that the far edge touches, on both axes
};

} // namespace flock
