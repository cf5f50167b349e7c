// A game that throws while it registers.
#include "sdk/game.hpp"
#include "sdk/module.hpp"

#include <stdexcept>

namespace {

void define(tessera::game_builder&) {
  throw std::runtime_error("no idea what to register");
}

const tessera::game_definition definition{"confused", "throws at once", &define};

} // namespace

TESSERA_GAME_MODULE(definition)
