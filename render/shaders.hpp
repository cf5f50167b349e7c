// The shaders of render/shaders, compiled into the program.
#pragma once

#include <cstdint>
#include <span>

namespace tessera::shaders {

using code = std::span<const std::uint32_t>;

extern const code terrain_vert, terrain_frag, far_ground_vert;
extern const code sky_vert, sky_frag;
extern const code water_vert, water_frag;
extern const code body_vert, grass_vert, light_frag;
extern const code dot_vert, dot_frag;
extern const code shadow_vert, shadow_frag;
extern const code splat_vert, splat_frag;
extern const code overlay_vert, overlay_frag;
extern const code enlarge_vert, enlarge_frag;
extern const code cull_count_comp, cull_place_comp, cull_list_comp;
extern const code stand_comp;
extern const code splat_clear_comp, splat_comp;
extern const code lay_ground_comp;
extern const code particles_clear_comp, particles_comp, particles_vert, particles_frag;

} // namespace tessera::shaders
