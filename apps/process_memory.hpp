#pragma once

#include <cstdint>

namespace tessera {

/// Memory of this process that is in RAM, as the kernel counts it. From any thread.
std::uint64_t resident_bytes();

} // namespace tessera
