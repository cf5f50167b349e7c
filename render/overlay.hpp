// Text, lines, areas and curves over a picture: what is to be there, as plain data.
//
// Always true: it lies over a finished picture and changes no pixel beside it; the same content gives the same
// pixels. Pixels are counted from the upper left corner.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tessera {

/// sRGB and how much of it, 255 all.
using overlay_colour = std::array<std::uint8_t, 4>;

struct overlay_line {
  float from_x = 0, from_y = 0, to_x = 0, to_y = 0;
  overlay_colour colour{255, 255, 255, 255};
  float width_px = 1.5F;

  bool operator==(const overlay_line&) const = default;
};

/// Filled, and convex. Lines lie over areas, what comes later over what came before.
struct overlay_area {
  std::array<std::array<float, 2>, 5> corners{}; ///< x, y
  std::size_t count = 4;                         ///< of corners, 3 to 5
  overlay_colour colour{255, 255, 255, 128};

  bool operator==(const overlay_area&) const = default;
};

enum class overlay_corner { upper_left, upper_right, lower_left, lower_right };

/// A box of text, and a curve below it where there is one.
struct overlay_panel {
  std::string title; ///< each panel's own
  overlay_corner corner = overlay_corner::upper_left;
  std::vector<std::string> lines;
  std::vector<float> curve; ///< oldest first
  float curve_top = 0;      ///< value at the box's upper edge
  float curve_mark = 0;     ///< a line across at this value; 0: none

  bool operator==(const overlay_panel&) const = default;
};

struct overlay_content {
  std::vector<overlay_area> areas;
  std::vector<overlay_line> lines;
  std::vector<overlay_panel> panels;

  bool operator==(const overlay_content&) const = default;
  bool empty() const { return areas.empty() && lines.empty() && panels.empty(); }
};

} // namespace tessera
