// Where places of the world fall in a picture.
#pragma once

#include "render/camera.hpp"
#include "render/overlay.hpp"
#include "shards/instances.hpp"

#include <array>
#include <optional>

namespace tessera {

inline double east_of(const instance_place& p, float cell_size_m) {
  return double{cell_size_m} * (p.cell_x + p.x / 65536.0);
}
inline double south_of(const instance_place& p, float cell_size_m) {
  return double{cell_size_m} * (p.cell_z + p.z / 65536.0);
}

struct pixel {
  float x = 0;
  float y = 0;
  float away_m = 0;
};

class projection {
public:
  projection(const camera& from, float width, float height)
    : from_(from), view_(matrices_of(from, width / height)), width_(width), height_(height) {}

  /// Nothing for what lies behind the camera.
  std::optional<pixel> operator()(double east_m, double up_m, double south_m) const {
    const glm::vec4 at = clip(east_m, up_m, south_m);
    return at.w <= near_m ? std::nullopt : std::optional(pixel_of(at));
  }

  glm::vec4 clip(double east_m, double up_m, double south_m) const {
    return view_.view_projection *
           glm::vec4(east_m - from_.east_m, up_m - from_.up_m, south_m - from_.south_m, 1);
  }

  /// The part of a quadrangle that is before the camera, if any of it is in the picture. Its colour is the caller's.
  std::optional<overlay_area> area(const std::array<glm::vec4, 4>& corners) const {
    overlay_area out;
    out.count = 0;
    auto add = [&](const glm::vec4& at) {
      const pixel p = pixel_of(at);
      out.corners[out.count++] = {p.x, p.y};
    };
    for (std::size_t i = 0; i < 4; ++i) {
      const glm::vec4& from = corners[i];
      const glm::vec4& to = corners[(i + 1) % 4];
      if (from.w > near_m)
        add(from);
      if ((from.w > near_m) != (to.w > near_m) && out.count < out.corners.size())
        add(from + (to - from) * ((near_m * 1.01F - from.w) / (to.w - from.w)));
    }
    return out.count >= 3 && is_seen(out) ? std::optional(out) : std::nullopt;
  }

private:
  pixel pixel_of(const glm::vec4& at) const {
    return {(at.x / at.w + 1) / 2 * width_, (at.y / at.w + 1) / 2 * height_, at.w};
  }

  bool is_seen(const overlay_area& area) const {
    bool left = true;
    bool right = true;
    bool above = true;
    bool below = true;
    for (std::size_t i = 0; i < area.count; ++i) {
      left = left && area.corners[i][0] < 0;
      right = right && area.corners[i][0] > width_;
      above = above && area.corners[i][1] < 0;
      below = below && area.corners[i][1] > height_;
    }
    return !left && !right && !above && !below;
  }

  camera from_;
  camera_matrices view_;
  float width_;
  float height_;
};

} // namespace tessera
