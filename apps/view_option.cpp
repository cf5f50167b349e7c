#include "apps/view_option.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <unordered_map>
#include <vector>

namespace tessera {

namespace {

/// All of the text as numbers with `separator` between, or nothing.
std::optional<std::vector<double>> numbers_in(std::string_view text, char separator) {
  std::vector<double> out;
  for (;;) {
    const std::size_t end = std::min(text.find(separator), text.size());
    double value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + end, value);
    if (error != std::errc{} || stop != text.data() + end || !std::isfinite(value))
      return std::nullopt;
    out.push_back(value);
    if (end == text.size())
      return out;
    text.remove_prefix(end + 1);
  }
}

double east_of(const instance_place& p, float cell_size_m) {
  return double{cell_size_m} * (p.cell_x + p.x / 65536.0);
}
double south_of(const instance_place& p, float cell_size_m) {
  return double{cell_size_m} * (p.cell_z + p.z / 65536.0);
}

/// Bodies are counted in squares of this side.
constexpr double square_m = 24;

struct crowd {
  double east_m = 0;
  double south_m = 0;
  double score = -1;
};

crowd densest(const instance_columns& bodies, const shown_world& world) {
  struct square {
    double east = 0, south = 0;
    std::uint32_t count = 0;
    std::uint32_t kinds = 0; ///< bit k: a body of kind k
  };
  std::unordered_map<std::uint64_t, square> squares;
  for (std::size_t i = 0; i < bodies.places.size(); ++i) {
    const double east = east_of(bodies.places[i], world.cell_size_m);
    const double south = south_of(bodies.places[i], world.cell_size_m);
    auto& s = squares[static_cast<std::uint64_t>(east / square_m) << 32 |
                      static_cast<std::uint64_t>(south / square_m)];
    s.east += east;
    s.south += south;
    ++s.count;
    s.kinds |= 1u << std::min(bodies.materials[i], 31u);
  }
  crowd best;
  std::uint64_t best_key = 0;
  for (const auto& [key, s] : squares) {
    // Different kinds together are worth more than many of one.
    const double score = s.count * (1.0 + 1.5 * (std::popcount(s.kinds) - 1));
    if (score < best.score || (score == best.score && key > best_key))
      continue;
    best = {s.east / s.count, s.south / s.count, score};
    best_key = key;
  }
  return best;
}

} // namespace

std::optional<std::pair<std::uint32_t, std::uint32_t>> parse_picture_size(std::string_view text) {
  const auto n = numbers_in(text, 'x');
  if (!n || n->size() != 2)
    return std::nullopt;
  for (double side : *n)
    if (side < 16 || side > 8192 || side != std::floor(side))
      return std::nullopt;
  return std::pair(static_cast<std::uint32_t>((*n)[0]), static_cast<std::uint32_t>((*n)[1]));
}

std::optional<camera_place> parse_camera_place(std::string_view text) {
  const auto n = numbers_in(text, ',');
  if (!n || n->size() != 5 || std::abs((*n)[4]) > 90)
    return std::nullopt;
  return camera_place{(*n)[0], (*n)[1], (*n)[2], static_cast<float>((*n)[3]),
                      static_cast<float>((*n)[4])};
}

std::optional<sun_position> parse_sun(std::string_view text) {
  const auto n = numbers_in(text, ',');
  if (!n || n->size() != 2 || (*n)[0] < 1 || (*n)[0] > 90)
    return std::nullopt;
  return sun_position{static_cast<float>((*n)[0]), static_cast<float>((*n)[1])};
}

double surface_m(const shown_world& world, double east_m, double south_m) {
  const double ground = world.ground ? double{world.ground->height_m(east_m, south_m)} : 0.0;
  return std::max(ground, double{world.looks.water_level_m.value_or(-1e9F)});
}

camera camera_at(const camera_place& place, const shown_world& world) {
  camera out;
  out.east_m = place.east_m;
  out.south_m = place.south_m;
  out.up_m = surface_m(world, place.east_m, place.south_m) + place.above_m;
  out.bearing_deg = place.bearing_deg;
  out.pitch_deg = place.pitch_deg;
  return out;
}

camera_place find_view(const instance_columns& bodies, const shown_world& world,
                       const sun_position& light) {
  const crowd found = densest(bodies, world);
  if (found.score < 0) {
    const double size = double{world.cell_size_m};
    return {size * (world.extent.x0 + world.extent.x1) / 2,
            size * (world.extent.z0 + world.extent.z1) / 2, 300, 0, -25};
  }
  // The sun from the side; of the directions in which it is so, where the eye is highest above the crowd.
  constexpr double away_m = 24;
  const double crowd_m = surface_m(world, found.east_m, found.south_m);
  camera_place best;
  double best_score = -1e9;
  for (double aside_deg : {-125.0, -100.0, -75.0, 75.0, 100.0, 125.0}) {
    const double bearing = double{light.bearing_deg} + aside_deg;
    const double turn = bearing * 3.14159265358979 / 180;
    const double east = found.east_m - std::sin(turn) * away_m;
    const double south = found.south_m + std::cos(turn) * away_m;
    const double rise = surface_m(world, east, south) - crowd_m;
    const double horizon =
      surface_m(world, found.east_m + std::sin(turn) * 900, found.south_m - std::cos(turn) * 900) -
      crowd_m;
    const double score = std::min(rise, 4.0) - std::max(0.0, rise - 6) - std::abs(horizon) / 40;
    if (score <= best_score)
      continue;
    best_score = score;
    const double above = std::max(3.2, 3.6 - rise);
    const double down = std::atan2(rise + above - 1.5, away_m) * 180 / 3.14159265358979;
    best = {east, south, above, static_cast<float>(std::fmod(bearing + 360, 360)),
            static_cast<float>(std::clamp(-down * 0.62, -30.0, 10.0))};
  }
  return best;
}

std::string text_of(const camera_place& place) {
  char text[128];
  std::snprintf(text, sizeof text, "%.1f,%.1f,%.1f,%.1f,%.1f", place.east_m, place.south_m,
                place.above_m, double{place.bearing_deg}, double{place.pitch_deg});
  return text;
}

} // namespace tessera
