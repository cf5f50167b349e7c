// Must be refused: compiled by an old compiler.
#include "sdk/module.hpp"

namespace {

const tessera::game_definition definition{"refused", "its code must not run",
                                          [](tessera::game_builder&) { __builtin_abort(); }};

const tessera_module self{tessera::module_magic, tessera::module_api_version, "gcc 2.95, x86-64",
                          tessera::sdk_shape(), &definition};

} // namespace

extern "C" [[gnu::visibility("default")]] const tessera_module* tessera_game_module() {
  return &self;
}
