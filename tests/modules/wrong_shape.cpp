// Must be refused: compiled against other headers.
#include "sdk/module.hpp"

namespace {

const tessera::game_definition definition{"refused", "its code must not run",
                                          [](tessera::game_builder&) { __builtin_abort(); }};

const tessera_module self{tessera::module_magic, tessera::module_api_version, TESSERA_MODULE_ABI,
                          tessera::sdk_shape() + 1, &definition};

} // namespace

extern "C" [[gnu::visibility("default")]] const tessera_module* tessera_game_module() {
  return &self;
}
