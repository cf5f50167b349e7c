// Options that say how a picture is taken: its size, the camera, the sun.
#pragma once

#include "render/scene.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tessera {

/// "1280x720": each side 16 to 8192.
std::optional<std::pair<std::uint32_t, std::uint32_t>> parse_picture_size(std::string_view text);

/// "EAST,SOUTH,HEIGHT,BEARING,PITCH": metres from the north-west corner, metres above the ground or water,
/// degrees.
struct camera_place {
  double east_m = 0;
  double south_m = 0;
  double above_m = 0;
  float bearing_deg = 0;
  float pitch_deg = 0;
};
std::optional<camera_place> parse_camera_place(std::string_view text);

/// "ELEVATION,BEARING" in degrees, the first 1 to 90.
std::optional<sun_position> parse_sun(std::string_view text);

/// Height of ground or water, whichever is higher.
double surface_m(const shown_world& world, double east_m, double south_m);

camera camera_at(const camera_place& place, const shown_world& world);

/// Where most is to be seen: beside the place where bodies stand densest, the sun on them. `bodies`: ordered by id, so
/// that the choice is the same under any layout. Of an empty world, its middle from above.
camera_place find_view(const instance_columns& bodies, const shown_world& world,
                       const sun_position& light);

/// As parse_camera_place reads it.
std::string text_of(const camera_place& place);

} // namespace tessera
