// What a picture is of: the world's ground, how things look, where the bodies are, the light, the camera.
// Nothing of Vulkan shows.
#pragma once

#include "render/camera.hpp"
#include "render/models.hpp"
#include "render/overlay.hpp"
#include "shards/appearance.hpp"
#include "shards/instances.hpp"
#include "shards/terrain.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace tessera {

/// What stays while a world is shown.
struct shown_world {
  std::shared_ptr<const terrain> ground; ///< null for a flat world
  cell_rect extent;
  float cell_size_m = 64;
  appearance looks;
  /// Of each kind of the looks: in place of its shape, or null. Empty: no kind has one; at most 12 have.
  std::vector<std::shared_ptr<const body_model>> models{};
};

/// Where the sun stands. The default is an afternoon in late summer.
struct sun_position {
  float elevation_deg = 27;
  float bearing_deg = 248; ///< 0 north, 90 east

  bool operator==(const sun_position&) const = default;
};

struct frame_request {
  camera from;
  std::uint32_t width = 1280;
  std::uint32_t height = 720;
  double time_s = 0; ///< of the world: gaits, wind and waves follow it
  float detail = 1;  ///< below 1, coarser levels come nearer
  bool grass = true;
  bool shadows = true;
  bool smooth = true;          ///< four samples a pixel
  bool dust = true;            ///< behind whoever runs
  std::uint32_t raindrops = 0; ///< in the air around the camera; 30,000 are a shower
  bool backdrop = true;        ///< sky, ground and water; without, bodies stand before black
  float scale = 1;    ///< share of width and height that is drawn; the rest is made by enlarging
  bool timed = false; ///< passes, too: frame_figures::passes_ms; slower where the processor draws
  overlay_content over;
};

/// What was drawn of a frame.
struct frame_figures {
  std::uint32_t bodies = 0;
  std::array<std::uint32_t, 4> by_level{}; ///< finest first; the last are dots
  std::uint32_t ground_tiles = 0;
  std::uint32_t particles = 0;    ///< raindrops and motes of dust
  std::uint32_t draw_calls = 0;   ///< that drew something
  std::uint64_t device_bytes = 0; ///< memory that the renderer has on the device
  double milliseconds = 0;        ///< from the first call to the picture
  /// What the device did, in its order, where that was asked for.
  std::vector<std::pair<const char*, double>> passes_ms;
};

} // namespace tessera
