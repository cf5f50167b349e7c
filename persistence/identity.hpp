// Whose bytes these are. Every file of a data directory states it, so that the file of another
// world, or of a game whose data would be read wrongly, is refused and not taken for damage.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tessera {

struct log_identity {
  std::array<std::byte, 16> world{}; ///< random, drawn when the data directory is made
  std::uint64_t schema = 0;          ///< fingerprint of the components and their fields
  std::uint64_t code = 0;            ///< fingerprint of the game's code
  bool operator==(const log_identity&) const = default;
};

} // namespace tessera
