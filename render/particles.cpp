#include "render/particles.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace tessera {

namespace {

using namespace gpu;

/// As in common.glsl.
std::uint32_t mixed(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7FEB352Du;
  x ^= x >> 15;
  x *= 0x846CA68Bu;
  x ^= x >> 16;
  return x;
}

/// 0 to 1, from 24 bits.
float share_of(std::uint32_t bits) {
  return static_cast<float>(static_cast<std::int32_t>(bits >> 8)) * (1.0F / 16777216.0F);
}

float fraction(float x) {
  return x - std::floor(x);
}

/// Of what is not negative; compilers make vectors of this one.
float rest_of(float x) {
  return x - static_cast<float>(static_cast<std::int32_t>(x));
}

/// Roots of colours, and opacity.
std::uint32_t packed(float red, float green, float blue, float opacity) {
  auto byte = [](float x) { return static_cast<std::uint32_t>(x * 255.0F + 0.5F); };
  return byte(red) | byte(green) << 8 | byte(blue) << 16 | byte(opacity) << 24;
}

// Particles are worked out block by block in plain loops, which compilers turn into vectors.
constexpr std::uint32_t block_size = 256;
using floats = std::array<float, block_size>;

struct places {
  alignas(32) floats x, y, z; ///< from the camera
};

/// In pixels; depth as the device has it.
struct seen_places {
  alignas(32) floats x, y, depth, w;
  alignas(32) floats later_y; ///< after moving by `by`
};

void project(const frame_data& frame, const places& from, const glm::vec3& by, seen_places& to) {
  const glm::mat4 m = frame.view_projection;
  const glm::vec4 moved = m * glm::vec4(by, 0.0F);
  const float half_width = frame.viewport.x * 0.5F;
  const float half_height = frame.viewport.y * 0.5F;
  for (std::uint32_t i = 0; i < block_size; ++i) {
    const float x = from.x[i];
    const float y = from.y[i];
    const float z = from.z[i];
    const float w = m[0][3] * x + m[1][3] * y + m[2][3] * z + m[3][3];
    const float up = m[0][1] * x + m[1][1] * y + m[2][1] * z + m[3][1];
    const float over = 1.0F / w;
    to.x[i] = (m[0][0] * x + m[1][0] * y + m[2][0] * z + m[3][0]) * over * half_width + half_width;
    to.y[i] = up * over * half_height + half_height;
    to.depth[i] = (m[0][2] * x + m[1][2] * y + m[2][2] * z + m[3][2]) * over;
    to.w[i] = w;
    to.later_y[i] = (up + moved.y) / (w + moved.w) * half_height + half_height;
  }
}

class splatter {
public:
  explicit splatter(const particle_picture& to)
    : to_(to), tiles_across_((to.width + splat_tile - 1) / splat_tile),
      width_(static_cast<std::int32_t>(to.width)), height_(static_cast<std::int32_t>(to.height)) {}

  /// What is put next, there in time.
  void fetch(std::int32_t x, std::int32_t y) const {
    __builtin_prefetch(
      &to_.words[word_of(std::clamp(x, 0, width_ - 1), std::clamp(y, 0, height_ - 1))], 1);
  }

  /// Pixels [x, x + across) x [y, y + down).
  void put(std::int32_t x, std::int32_t y, std::int32_t across, std::int32_t down, float depth,
           std::uint32_t colour) const {
    const std::uint64_t word = std::uint64_t{std::bit_cast<std::uint32_t>(depth)} << 32 | colour;
    const std::int32_t top = std::max(y, 0);
    const std::int32_t bottom = std::min(y + down, height_);
    for (std::int32_t column = std::max(x, 0); column < std::min(x + across, width_); ++column)
      for (std::int32_t row = top; row < bottom; ++row) {
        auto& there = to_.words[word_of(column, row)];
        there = std::max(there, word);
        to_.tiles[static_cast<std::size_t>(row / splat_tile) * tiles_across_ +
                  static_cast<std::size_t>(column / splat_tile)] = 1;
      }
  }
  /// May be seen at all: of a place that is not a number, nothing is.
  bool holds(float x, float y, float w) const {
    return w > 0.2F && x > -1.0F && y > -64.0F && x < static_cast<float>(width_) + 1.0F &&
           y < static_cast<float>(height_) + 64.0F;
  }

private:
  std::size_t word_of(std::int32_t x, std::int32_t y) const {
    return (static_cast<std::size_t>(y / 8) * to_.width + static_cast<std::size_t>(x)) * 8 +
           static_cast<std::size_t>(y % 8);
  }

  particle_picture to_;
  std::uint32_t tiles_across_;
  std::int32_t width_;
  std::int32_t height_;
};

/// A drop's trace: pixels one below the other.
struct trace {
  std::int32_t x = 0;
  std::int32_t y = 0;
  std::int32_t length = 0;
  float depth = 0;
};

void put_rain(const frame_data& frame, const splatter& to) {
  const float east =
    fraction((wind_east_m_s * frame.time_s - frame.noise_origin_m.x) / rain_across_m);
  const float south =
    fraction((wind_south_m_s * frame.time_s - frame.noise_origin_m.y) / rain_across_m);
  const float up = fraction(-(rain_speed_m_s * frame.time_s + frame.camera_y_m) / rain_high_m);
  const glm::vec3 moved = glm::vec3(wind_east_m_s, -rain_speed_m_s, wind_south_m_s) * rain_seen_s;
  const std::uint32_t colour = packed(0.80F, 0.84F, 0.90F, 0.32F);
  places at;
  seen_places seen;
  std::array<trace, block_size> traces;
  for (std::uint32_t first = 0; first < frame.raindrops; first += block_size) {
    for (std::uint32_t i = 0; i < block_size; ++i) {
      const std::uint32_t a = mixed(first + i);
      const std::uint32_t b = mixed(a + 0x9E3779B9u);
      const std::uint32_t c = mixed(b + 0x9E3779B9u);
      at.x[i] = (rest_of(share_of(a) + east) - 0.5F) * rain_across_m;
      at.y[i] = (rest_of(share_of(b) + up) - 0.5F) * rain_high_m;
      at.z[i] = (rest_of(share_of(c) + south) - 0.5F) * rain_across_m;
    }
    project(frame, at, moved, seen);
    const std::uint32_t rows = std::min(block_size, frame.raindrops - first);
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < rows; ++i) {
      if (!to.holds(seen.x[i], seen.y[i], seen.w[i]) || !(seen.later_y[i] > -64.0F) ||
          !(seen.later_y[i] < frame.viewport.y + 64.0F))
        continue;
      trace& t = traces[count++];
      t.x = static_cast<std::int32_t>(std::floor(seen.x[i]));
      t.y = static_cast<std::int32_t>(std::floor(std::min(seen.y[i], seen.later_y[i])));
      t.length = static_cast<std::int32_t>(std::min(std::abs(seen.later_y[i] - seen.y[i]) + 1.0F,
                                                    static_cast<float>(rain_pixels_most)));
      t.depth = seen.depth[i];
      to.fetch(t.x, t.y);
    }
    for (std::uint32_t i = 0; i < count; ++i)
      to.put(traces[i].x, traces[i].y, 1, traces[i].length, traces[i].depth, colour);
  }
}

void put_dust(const frame_data& frame, const dust_source& from, const splatter& to) {
  static_assert(dust_motes <= static_cast<int>(block_size));
  places at;
  floats opacity;
  seen_places seen;
  for (std::uint32_t k = 0; k < dust_motes; ++k) {
    const std::uint32_t own = mixed(from.seed + k * 0x9E3779B9u);
    const float turns = frame.time_s / dust_life_s + share_of(own);
    const float age = fraction(turns);
    // Each time round it begins elsewhere.
    const std::uint32_t a =
      mixed(own + static_cast<std::uint32_t>(static_cast<std::int32_t>(std::floor(turns))));
    const std::uint32_t b = mixed(a + 0x9E3779B9u);
    const std::uint32_t c = mixed(b + 0x9E3779B9u);
    const float seconds = age * dust_life_s;
    const float spread = from.scale_m * (0.25F + 0.7F * age);
    at.x[k] = from.from_camera.x - from.velocity_m_s.x * seconds * 0.85F +
              (share_of(a) - 0.5F) * spread + wind_east_m_s * seconds * 0.2F;
    at.y[k] = from.from_camera.y + share_of(b) * (0.08F + 0.45F * age) * from.scale_m;
    at.z[k] = from.from_camera.z - from.velocity_m_s.y * seconds * 0.85F +
              (share_of(c) - 0.5F) * spread + wind_south_m_s * seconds * 0.2F;
    opacity[k] = 0.30F * (1.0F - age);
  }
  for (std::uint32_t k = dust_motes; k < block_size; ++k)
    at.x[k] = at.y[k] = at.z[k] = 0;
  project(frame, at, glm::vec3(0.0F), seen);
  for (std::uint32_t k = 0; k < dust_motes; ++k) {
    if (!to.holds(seen.x[k], seen.y[k], seen.w[k]))
      continue;
    const float pixels = 0.035F * from.scale_m * frame.pixels_per_unit / seen.w[k];
    const auto side = static_cast<std::int32_t>(
      std::clamp(pixels + 0.5F, 1.0F, static_cast<float>(dust_pixels_most)));
    const float half = static_cast<float>(side - 1) * 0.5F;
    to.put(static_cast<std::int32_t>(std::floor(seen.x[k] - half)),
           static_cast<std::int32_t>(std::floor(seen.y[k] - half)), side, side, seen.depth[k],
           packed(0.70F, 0.62F, 0.50F, opacity[k]));
  }
}

} // namespace

void find_runners(const instance_columns& bodies, std::vector<runner>& out) {
  for (std::size_t i = 0; i < bodies.places.size(); ++i)
    if (bodies.turns[i].speed_cm_s >= static_cast<std::uint16_t>(dust_speed_m_s * 100))
      out.push_back({bodies.places[i], bodies.turns[i]});
}

void find_dust(const frame_data& frame, std::span<const runner> runners,
               std::vector<dust_source>& out) {
  out.clear();
  const float unit_m = frame.cell_size_m / 65536.0F;
  for (const auto& [place, turn] : runners) {
    const glm::vec3 at{static_cast<float>(place.cell_x - frame.camera_cell.x) * frame.cell_size_m +
                         (static_cast<float>(place.x) * unit_m - frame.camera_in_cell_m.x),
                       place.y_m - frame.camera_y_m,
                       static_cast<float>(place.cell_z - frame.camera_cell.y) * frame.cell_size_m +
                         (static_cast<float>(place.z) * unit_m - frame.camera_in_cell_m.y)};
    if (at.x * at.x + at.y * at.y + at.z * at.z > dust_reach_m * dust_reach_m)
      continue;
    if (out.size() == static_cast<std::size_t>(dust_sources_most))
      return;
    const float speed = static_cast<float>(turn.speed_cm_s) * (0.01F / 32767.0F);
    out.push_back({at,
                   mixed(turn.variety),
                   {static_cast<float>(turn.east) * speed, static_cast<float>(turn.south) * speed},
                   place.scale_m});
  }
}

void clear_particles(const particle_picture& to) {
  static_assert(splat_tile % 8 == 0);
  take_squares(
    to, [&](std::uint32_t left, std::uint32_t upper, std::uint32_t right, std::uint32_t lower) {
      for (std::uint32_t y = upper; y < lower; y += 8)
        std::fill_n(to.words.begin() +
                      static_cast<std::ptrdiff_t>((std::size_t{y} / 8 * to.width + left) * 8),
                    std::size_t{right - left} * 8, 0);
    });
}

void put_particles(const frame_data& frame, std::span<const dust_source> dust,
                   const particle_picture& to) {
  const splatter into{to};
  put_rain(frame, into);
  for (const auto& source : dust)
    put_dust(frame, source, into);
}

} // namespace tessera
