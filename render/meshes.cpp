#include "render/meshes.hpp"

#include "core/assert.hpp"
#include "render/models.hpp"
#include "render/shaders/shared.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <glm/geometric.hpp>
#include <glm/vec3.hpp>
#include <tuple>

namespace tessera {

namespace {

using glm::vec3;

struct paint {
  std::array<std::uint8_t, 3> tint{128, 128, 128};
  std::uint8_t fixed = 0; ///< as in mesh_vertex
  std::int8_t limb = 0;
  float pivot_x = 0;
  float pivot_y = 0;
  float paler_below = 0; ///< how much; of a coat
  float darker_above = 0;
};

class builder {
public:
  explicit builder(mesh_set& out) : out_(&out) {}

  void begin() {
    part_ = {};
    part_.first_index = static_cast<std::uint32_t>(out_->indices.size());
    part_.vertex_offset = static_cast<std::int32_t>(out_->vertices.size());
  }
  void end() {
    part_.index_count = static_cast<std::uint32_t>(out_->indices.size()) - part_.first_index;
    out_->parts.push_back(part_);
  }

  /// A round bar from a to b with rounded ends; cross-sections are `flat` times as wide (z) as high.
  void limb(vec3 a, vec3 b, float radius_a, float radius_b, int around, int caps, const paint& how,
            float flat = 1) {
    const vec3 along = glm::normalize(b - a);
    const vec3 side{0, 0, 1};
    const vec3 up = glm::normalize(glm::cross(side, along));
    std::vector<std::uint16_t> before;
    auto ring = [&](vec3 middle, float radius, float lean) {
      std::vector<std::uint16_t> now;
      const float across = std::sqrt(std::max(0.0F, 1 - lean * lean));
      for (int i = 0; i < around; ++i) {
        const float turn = 6.2831853F * static_cast<float>(i) / static_cast<float>(around);
        const vec3 out = up * std::cos(turn) + side * (std::sin(turn) * flat);
        const vec3 normal = glm::normalize(
          (up * std::cos(turn) + side * (std::sin(turn) / flat)) * across + along * lean);
        now.push_back(vertex(middle + out * radius, normal, how));
      }
      if (!before.empty())
        join(before, now);
      before = now;
    };
    for (int i = 0; i < caps; ++i) {
      const float lean = -std::cos(1.5707963F * static_cast<float>(i) / static_cast<float>(caps));
      ring(a + along * (radius_a * lean), std::max(radius_a * std::sqrt(1 - lean * lean), 1e-3F),
           lean);
    }
    ring(a, radius_a, 0);
    ring(b, radius_b, 0);
    for (int i = 1; i <= caps; ++i) {
      const float lean = std::sin(1.5707963F * static_cast<float>(i) / static_cast<float>(caps));
      ring(b + along * (radius_b * lean), std::max(radius_b * std::sqrt(1 - lean * lean), 1e-3F),
           lean);
    }
  }

  /// Flat faces: a corner per face.
  void face(std::array<vec3, 3> at, const paint& how) {
    const vec3 normal = glm::normalize(glm::cross(at[1] - at[0], at[2] - at[0]));
    for (const vec3& p : at)
      out_->indices.push_back(vertex(p, normal, how));
  }
  void quad(vec3 a, vec3 b, vec3 c, vec3 d, const paint& how) {
    const vec3 normal = glm::normalize(glm::cross(b - a, c - a));
    std::array<std::uint16_t, 4> corners{};
    std::size_t next = 0;
    for (const vec3& p : {a, b, c, d})
      corners[next++] = vertex(p, normal, how);
    for (std::size_t i : {0, 1, 2, 0, 2, 3})
      out_->indices.push_back(corners[i]);
  }

private:
  std::uint16_t vertex(vec3 p, vec3 n, const paint& how) {
    mesh_vertex v{};
    for (int i = 0; i < 3; ++i) {
      v.position[i] = p[i];
      v.normal[i] = static_cast<std::int8_t>(std::lround(n[i] * 127.0F));
      const float shade = 1 + how.paler_below * std::max(0.0F, -n.y) * std::max(0.0F, -n.y) -
                          how.darker_above * std::max(0.0F, n.y);
      v.tint[i] = static_cast<std::uint8_t>(std::min(
        255L, std::lround(static_cast<float>(how.tint[static_cast<std::size_t>(i)]) * shade)));
    }
    v.limb = how.limb;
    v.fixed = how.fixed;
    v.pivot[0] = how.pivot_x;
    v.pivot[1] = how.pivot_y;
    out_->vertices.push_back(v);
    return static_cast<std::uint16_t>(static_cast<std::int32_t>(out_->vertices.size()) - 1 -
                                      part_.vertex_offset);
  }
  void join(const std::vector<std::uint16_t>& a, const std::vector<std::uint16_t>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      const std::size_t next = (i + 1) % a.size();
      for (std::uint16_t index : {a[i], a[next], b[i], a[next], b[next], b[i]})
        out_->indices.push_back(index);
    }
  }

  mesh_set* out_;
  mesh_part part_;
};

void cube(builder& to) {
  const paint plain;
  const float h = 0.5F;
  auto at = [&](float x, float y, float z) { return vec3(x * h, (y + 1) * h, z * h); };
  to.quad(at(1, -1, -1), at(1, 1, -1), at(1, 1, 1), at(1, -1, 1), plain);
  to.quad(at(-1, -1, 1), at(-1, 1, 1), at(-1, 1, -1), at(-1, -1, -1), plain);
  to.quad(at(-1, 1, -1), at(-1, 1, 1), at(1, 1, 1), at(1, 1, -1), plain);
  to.quad(at(-1, -1, 1), at(-1, -1, -1), at(1, -1, -1), at(1, -1, 1), plain);
  to.quad(at(-1, -1, 1), at(1, -1, 1), at(1, 1, 1), at(-1, 1, 1), plain);
  to.quad(at(1, -1, -1), at(-1, -1, -1), at(-1, 1, -1), at(1, 1, -1), plain);
}

void arrow(builder& to, int level) {
  const paint plain;
  const vec3 nose{0.5F, 0.16F, 0};
  if (level == gpu::detail_levels - 1) {
    const vec3 left{-0.5F, 0.05F, -0.3F};
    const vec3 right{-0.5F, 0.05F, 0.3F};
    const vec3 top{-0.3F, 0.34F, 0};
    to.face({nose, top, left}, plain);
    to.face({nose, right, top}, plain);
    to.face({left, top, right}, plain);
    to.face({nose, left, right}, plain);
    return;
  }
  const vec3 notch{-0.28F, 0.16F, 0};
  const vec3 left{-0.5F, 0.10F, -0.34F};
  const vec3 right{-0.5F, 0.10F, 0.34F};
  const vec3 top{-0.24F, 0.36F, 0};
  const vec3 below{-0.24F, 0.02F, 0};
  paint dark;
  dark.tint = {84, 84, 92};
  to.face({nose, top, left}, plain);
  to.face({nose, right, top}, plain);
  to.face({nose, left, below}, dark);
  to.face({nose, below, right}, dark);
  to.face({left, top, notch}, dark);
  to.face({notch, top, right}, dark);
  to.face({left, notch, below}, dark);
  to.face({notch, right, below}, dark);
}

paint of_limb(int limb, float x, float y, std::array<std::uint8_t, 3> tint,
              std::uint8_t fixed = 0) {
  return {tint, fixed, static_cast<std::int8_t>(limb), x, y};
}

/// Segments around a bar and rings of its ends, by level.
struct fineness {
  int around;
  int caps;
};
fineness of_level(int level) {
  constexpr fineness all[] = {{9, 3}, {6, 2}, {4, 1}};
  return all[level];
}

struct leg_place {
  int limb;
  float x;
  float z;
};

void legs(builder& to, int level, std::span<const leg_place> places, float hip_y, float thick,
          float knee_back, std::array<std::uint8_t, 3> upper, std::array<std::uint8_t, 3> lower) {
  const fineness f = of_level(level);
  const int around = std::max(3, f.around - 3);
  for (const auto& leg : places) {
    const paint high = of_limb(leg.limb, leg.x, hip_y, upper);
    const paint low = of_limb(leg.limb, leg.x, hip_y, lower);
    const float knee_x = leg.x - (leg.limb > 2 ? knee_back : -knee_back * 0.4F);
    const vec3 hip{leg.x, hip_y, leg.z};
    const vec3 knee{knee_x, hip_y * 0.52F, leg.z};
    const vec3 foot{leg.x, thick * 0.4F, leg.z};
    if (level == gpu::detail_levels - 1) {
      to.limb(hip, foot, thick, thick * 0.6F, 3, 1, high);
      continue;
    }
    to.limb(hip, knee, thick * 1.5F, thick * 0.75F, around, 1, high, 0.7F);
    to.limb(knee, foot, thick * 0.72F, thick * 0.5F, around, 1, low);
  }
}

void grazer(builder& to, int level) {
  const fineness f = of_level(level);
  const bool fine = level == 0;
  const float hip = 0.40F;
  const float neck_x = 0.20F;
  const float neck_y = 0.50F;
  paint trunk;
  trunk.paler_below = 0.9F;
  trunk.darker_above = 0.16F;
  paint tail;
  tail.tint = {196, 190, 176};
  const paint neck = of_limb(5, neck_x, neck_y, {128, 128, 128});
  const paint face = of_limb(5, neck_x, neck_y, {108, 104, 100});
  const paint dark = of_limb(5, neck_x, neck_y, {44, 38, 34}, 255);
  // Rump, barrel and chest, one into the other.
  to.limb({-0.25F, 0.485F, 0}, {-0.06F, 0.465F, 0}, 0.122F, 0.128F, f.around, f.caps, trunk, 0.80F);
  to.limb({-0.06F, 0.465F, 0}, {0.16F, 0.485F, 0}, 0.128F, 0.140F, f.around, f.caps, trunk, 0.76F);
  to.limb({neck_x, neck_y + 0.03F, 0}, {0.345F, 0.70F, 0}, 0.092F, 0.052F,
          std::max(4, f.around - 2), f.caps, neck, 0.75F);
  to.limb({0.345F, 0.725F, 0}, {0.47F, 0.665F, 0}, 0.055F, 0.03F, std::max(4, f.around - 2), f.caps,
          face, 0.8F);
  if (fine)
    to.limb({0.478F, 0.661F, 0}, {0.492F, 0.653F, 0}, 0.026F, 0.02F, 6, 1, dark);
  if (level < 2) {
    for (float side : {-1.0F, 1.0F}) {
      to.limb({0.325F, 0.775F, 0.028F * side}, {0.285F, 0.80F, 0.105F * side}, 0.022F, 0.006F, 4, 1,
              neck);
      // Horns lean back in a bow.
      to.limb({0.35F, 0.775F, 0.022F * side}, {0.325F, 0.88F, 0.045F * side}, 0.015F, 0.011F, 4, 1,
              dark);
      to.limb({0.325F, 0.88F, 0.045F * side}, {0.27F, 0.955F, 0.05F * side}, 0.011F, 0.003F, 4, 1,
              dark);
    }
    to.limb({-0.35F, 0.52F, 0}, {-0.41F, 0.40F, 0}, 0.03F, 0.018F, 4, 1, tail);
  }
  constexpr leg_place places[] = {
    {1, 0.15F, -0.075F}, {2, 0.15F, 0.075F}, {3, -0.25F, -0.075F}, {4, -0.25F, 0.075F}};
  legs(to, level, places, hip, 0.036F, 0.035F, {120, 120, 120}, {78, 72, 68});
}

void predator(builder& to, int level) {
  const fineness f = of_level(level);
  const float hip = 0.34F;
  const float neck_x = 0.20F;
  const float neck_y = 0.42F;
  paint trunk;
  trunk.paler_below = 0.7F;
  trunk.darker_above = 0.30F;
  const paint neck = of_limb(6, neck_x, neck_y, {138, 136, 134});
  const paint muzzle = of_limb(6, neck_x, neck_y, {112, 108, 106});
  const paint dark = of_limb(6, neck_x, neck_y, {30, 28, 28}, 255);
  to.limb({-0.23F, 0.39F, 0}, {-0.06F, 0.39F, 0}, 0.086F, 0.082F, f.around, f.caps, trunk, 0.74F);
  to.limb({-0.06F, 0.39F, 0}, {0.14F, 0.395F, 0}, 0.082F, 0.112F, f.around, f.caps, trunk, 0.72F);
  to.limb({neck_x - 0.02F, neck_y + 0.02F, 0}, {0.31F, 0.52F, 0}, 0.092F, 0.066F,
          std::max(4, f.around - 2), f.caps, neck, 0.85F);
  to.limb({0.32F, 0.535F, 0}, {0.36F, 0.525F, 0}, 0.066F, 0.05F, std::max(4, f.around - 2), f.caps,
          neck, 0.9F);
  to.limb({0.38F, 0.515F, 0}, {0.455F, 0.495F, 0}, 0.036F, 0.022F, std::max(4, f.around - 3),
          f.caps, muzzle, 0.85F);
  if (level == 0)
    to.limb({0.472F, 0.497F, 0}, {0.48F, 0.495F, 0}, 0.014F, 0.012F, 5, 1, dark);
  if (level < 2) {
    for (float side : {-1.0F, 1.0F})
      to.limb({0.30F, 0.575F, 0.04F * side}, {0.29F, 0.635F, 0.05F * side}, 0.026F, 0.005F, 4, 1,
              neck);
  }
  to.limb({-0.30F, 0.41F, 0}, {-0.46F, 0.25F, 0}, 0.034F, 0.028F, std::max(3, f.around - 4), f.caps,
          trunk);
  constexpr leg_place places[] = {
    {1, 0.14F, -0.06F}, {2, 0.14F, 0.06F}, {3, -0.22F, -0.06F}, {4, -0.22F, 0.06F}};
  legs(to, level, places, hip, 0.034F, 0.05F, {122, 120, 118}, {142, 140, 136});
}

/// Every level behind what is there already.
void append(mesh_set& out, const body_model& model) {
  static_assert(std::tuple_size_v<decltype(model.levels)> == gpu::detail_levels);
  for (const triangle_mesh& level : model.levels) {
    out.parts.push_back({static_cast<std::uint32_t>(level.indices.size()),
                         static_cast<std::uint32_t>(out.indices.size()),
                         static_cast<std::int32_t>(out.vertices.size())});
    out.vertices.insert(out.vertices.end(), level.vertices.begin(), level.vertices.end());
    out.indices.insert(out.indices.end(), level.indices.begin(), level.indices.end());
  }
}

} // namespace

mesh_set make_meshes(std::span<const body_model* const> models) {
  using namespace gpu;
  TESSERA_ASSERT(models.size() <= model_shapes, "a world file names at most so many models");
  mesh_set out;
  builder to{out};
  for (int shape = 0; shape < made_shapes; ++shape)
    for (int level = 0; level < detail_levels; ++level) {
      to.begin();
      switch (shape) {
        case 0: cube(to); break;
        case 1: arrow(to, level); break;
        case 2: grazer(to, level); break;
        default: predator(to, level); break;
      }
      to.end();
    }
  for (const body_model* model : models)
    append(out, *model);
  out.parts.resize(mesh_buckets);
  return out;
}

} // namespace tessera
