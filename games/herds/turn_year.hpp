// The sky turns the year and changes the weather; every cell learns of it through the world value
// `season`.
#pragma once

#include "games/herds/components.hpp"
#include "games/herds/constants.hpp"

namespace herds {

struct turn_year {
  static constexpr const char* name = "turn_year";
  using access = tessera::access<tessera::writes<sky>>;

  static void run(const tessera::entity<access>& self);
};

/// Growth of grass in thousandths, `at_s` seconds after the first day of spring.
std::int32_t growth_permille(const settings& set, double at_s, float rain);

} // namespace herds
