// Must be refused: something else with the same name.
#include "sdk/module.hpp"

namespace {

const tessera::game_definition definition{"refused", "its code must not run",
                                          [](tessera::game_builder&) { __builtin_abort(); }};

const tessera_module self{tessera::module_magic + 1, tessera::module_api_version,
                          TESSERA_MODULE_ABI, tessera::sdk_shape(), &definition};

} // namespace

extern "C" [[gnu::visibility("default")]] const tessera_module* tessera_game_module() {
  return &self;
}
