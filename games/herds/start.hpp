// Where all animals are at the start: herds around centres on good pasture, a predator or two near
// them, nobody in the water.
//
// Always true: a function of seed, extent, land and settings alone. The whole list is made when the
// world opens and is sorted by cell, so that each cell can be filled alone, in any order.
#pragma once

#include "games/herds/components.hpp"
#include "games/herds/constants.hpp"

#include <span>
#include <vector>

namespace herds {

struct first_grazer {
  tessera::position place;
  velocity speed;
  body own;
  grazer state;
};

struct first_predator {
  tessera::position place;
  body own;
};

class start {
public:
  start(const tessera::world_facts& world, const constants& fixed);

  std::span<const first_grazer> grazers_of(tessera::cell c) const;
  std::span<const first_predator> predators_of(tessera::cell c) const;

private:
  struct scatter;

  std::vector<first_grazer> grazers_;
  std::vector<first_predator> predators_;
};

} // namespace herds
