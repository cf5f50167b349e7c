// Must be refused: compiled for a later API.
#include "sdk/module.hpp"

namespace {

const tessera::game_definition definition{"refused", "its code must not run",
                                          [](tessera::game_builder&) { __builtin_abort(); }};

const tessera_module self{tessera::module_magic, tessera::module_api_version + 1,
                          TESSERA_MODULE_ABI, tessera::sdk_shape(), &definition};

} // namespace

extern "C" [[gnu::visibility("default")]] const tessera_module* tessera_game_module() {
  return &self;
}
