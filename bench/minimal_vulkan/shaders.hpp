// The shaders of this folder, compiled into the program.
#pragma once

#include <cstdint>
#include <span>

namespace tessera::bench::shaders {

using code = std::span<const std::uint32_t>;

extern const code cubes_vert, cubes_frag;

} // namespace tessera::bench::shaders
