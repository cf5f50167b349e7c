// libFuzzer's way into the manifest's reader; see checkpoint_target.hpp for what is checked.
#include "tests/fuzz/checkpoint_target.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tessera::fuzz::check_manifest(std::as_bytes(std::span(data, size)));
  return 0;
}
