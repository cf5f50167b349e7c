// The world's figures as /metrics shows them; their names are in docs/manual/inspector-api.md.
#pragma once

#include "net/inspected_world.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace tessera {

/// `requests`: by the hundreds of their status.
answer<std::string> world_metrics(inspected_world& world,
                                  const std::array<std::uint64_t, 6>& requests);

} // namespace tessera
