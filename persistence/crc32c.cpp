#include "persistence/crc32c.hpp"

#include <algorithm>
#include <isa-l/crc.h>

namespace tessera {

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t seed) {
  // ISA-L takes an int for the length and neither of the two inversions.
  constexpr std::size_t most = 1u << 30;
  std::uint32_t state = ~seed;
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), most));
    auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(part.data()));
    state = crc32_iscsi(data, static_cast<int>(part.size()), state);
    bytes = bytes.subspan(part.size());
  }
  return ~state;
}

} // namespace tessera
