#include "render/relief.hpp"

#include <algorithm>
#include <cmath>
#include <glm/geometric.hpp>

namespace tessera {

namespace {

class lighter {
public:
  lighter(const ground_frame& ground, std::span<const float> heights_m)
    : ground_(ground), heights_(heights_m) {}

  glm::vec3 normal(int x, int z) const {
    const double dx = double{at(x + 1, z)} - double{at(x - 1, z)};
    const double dz = double{at(x, z + 1)} - double{at(x, z - 1)};
    const glm::dvec3 n{-dx / (2 * ground_.spacing_east_m), 1, -dz / (2 * ground_.spacing_south_m)};
    return glm::normalize(n);
  }

  /// Highest tangent of what stands in the way from a sample, less the light's own.
  float blocked(int x, int z, double east, double south, double tangent, double reach_m) const {
    const double step_m = std::min(ground_.spacing_east_m, ground_.spacing_south_m);
    const double own = double{at(x, z)};
    double most = -1e9;
    double far_m = step_m;
    while (far_m <= reach_m) {
      const double height = between(x + east * far_m / ground_.spacing_east_m,
                                    z + south * far_m / ground_.spacing_south_m);
      most = std::max(most, (height - own) / far_m - tangent);
      if (own + tangent * far_m > double{ground_.high_m})
        break;
      far_m += step_m * (1 + far_m / (12 * step_m)); // coarser as it goes
    }
    return static_cast<float>(most);
  }

private:
  float at(int x, int z) const {
    x = std::clamp(x, 0, ground_.columns - 1);
    z = std::clamp(z, 0, ground_.rows - 1);
    return heights_[static_cast<std::size_t>(z) * static_cast<std::size_t>(ground_.columns) +
                    static_cast<std::size_t>(x)];
  }
  double between(double x, double z) const {
    const int i = static_cast<int>(std::floor(x));
    const int j = static_cast<int>(std::floor(z));
    const double u = x - i;
    const double v = z - j;
    const double north = double{at(i, j)} * (1 - u) + double{at(i + 1, j)} * u;
    const double south = double{at(i, j + 1)} * (1 - u) + double{at(i + 1, j + 1)} * u;
    return north * (1 - v) + south * v;
  }

  const ground_frame& ground_;
  std::span<const float> heights_;
};

std::uint8_t to_byte(float share) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(share, 0.0F, 1.0F) * 255.0F));
}

} // namespace

std::vector<std::uint8_t> light_relief(const ground_frame& ground, std::span<const float> heights_m,
                                       const glm::vec3& sun) {
  const lighter light{ground, heights_m};
  const double level = std::sqrt(double{sun.x} * double{sun.x} + double{sun.z} * double{sun.z});
  const double tangent = double{sun.y} / std::max(level, 1e-6);
  constexpr int directions = 8;
  constexpr double sky_reach_m = 1500;
  constexpr double sun_reach_m = 6000;
  std::vector<std::uint8_t> out;
  out.reserve(heights_m.size() * 4);
  for (int z = 0; z < ground.rows; ++z)
    for (int x = 0; x < ground.columns; ++x) {
      const glm::vec3 n = light.normal(x, z);
      float open = 0;
      for (int d = 0; d < directions; ++d) {
        const double turn = 2 * 3.14159265358979 * d / directions;
        const float up =
          std::max(0.0F, light.blocked(x, z, std::cos(turn), std::sin(turn), 0, sky_reach_m));
        open += 1 - up / std::sqrt(1 + up * up); // 1 less the sine of the horizon
      }
      float sunny = 1;
      if (level > 1e-6)
        // The sun is a disk, and the samples are coarse: its edge is soft.
        sunny = 0.5F - light.blocked(x, z, double{sun.x} / level, double{sun.z} / level, tangent,
                                     sun_reach_m) /
                         0.05F;
      out.push_back(to_byte(n.x * 0.5F + 0.5F));
      out.push_back(to_byte(n.z * 0.5F + 0.5F));
      out.push_back(to_byte(open / directions));
      out.push_back(to_byte(sunny));
    }
  return out;
}

} // namespace tessera
