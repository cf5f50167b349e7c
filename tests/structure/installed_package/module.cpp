// Shows that tessera_add_game_module comes with the package.
#include "core/ids.hpp"

extern "C" unsigned long long first_entity() {
  return tessera::entity_id::make(0, 0, 1).value;
}
