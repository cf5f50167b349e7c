// libFuzzer's way into the checkpoint reader; see checkpoint_target.hpp for what is checked.
#include "tests/fuzz/checkpoint_target.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tessera::fuzz::check_checkpoint(std::as_bytes(std::span(data, size)));
  return 0;
}
