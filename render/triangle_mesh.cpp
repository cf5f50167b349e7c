#include "render/triangle_mesh.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

namespace tessera {

namespace {

using place_key = std::uint64_t;

place_key cell_of(const mesh_vertex& v, int cells) {
  place_key out = 0;
  for (float at : v.position) // 21 bits each hold more than a model may reach
    out =
      out << 21 | static_cast<place_key>(std::lround(at * static_cast<float>(cells)) & 0x1FFFFF);
  return out;
}

/// Which of six ways it mostly faces.
int side_of(const mesh_vertex& v) {
  const int a[] = {std::abs(v.normal[0]), std::abs(v.normal[1]), std::abs(v.normal[2])};
  const int axis = a[0] >= a[1] && a[0] >= a[2] ? 0 : a[1] >= a[2] ? 1 : 2;
  return axis * 2 + (v.normal[axis] < 0 ? 1 : 0);
}

/// What becomes one vertex.
using vertex_key = std::tuple<place_key, int, std::uint32_t>;

vertex_key key_of(const mesh_vertex& v, int cells) {
  const std::uint32_t tint = std::uint32_t{v.tint[0]} << 24 | std::uint32_t{v.tint[1]} << 16 |
                             std::uint32_t{v.tint[2]} << 8 | v.fixed;
  return {cell_of(v, cells), side_of(v), tint};
}

struct sum {
  std::array<double, 3> position{};
  std::array<double, 3> normal{};
  double count = 0;

  void add(const mesh_vertex& v) {
    for (std::size_t i = 0; i < 3; ++i) {
      position[i] += double{v.position[i]};
      normal[i] += v.normal[i];
    }
    ++count;
  }
};

void set_normal(mesh_vertex& v, const std::array<double, 3>& n) {
  const double length = std::hypot(n[0], n[1], n[2]);
  if (length < 1)
    return; // opposite ones cancel: it keeps its own
  for (std::size_t i = 0; i < 3; ++i)
    v.normal[i] = static_cast<std::int8_t>(std::lround(n[i] / length * 127));
}

/// Whether a triangle still faces the side that it faced.
bool faces_alike(const std::array<const mesh_vertex*, 3>& now,
                 const std::array<const mesh_vertex*, 3>& before) {
  auto across = [](const std::array<const mesh_vertex*, 3>& of) {
    std::array<double, 3> a{};
    std::array<double, 3> b{};
    for (std::size_t i = 0; i < 3; ++i) {
      a[i] = double{of[1]->position[i]} - double{of[0]->position[i]};
      b[i] = double{of[2]->position[i]} - double{of[0]->position[i]};
    }
    return std::array<double, 3>{a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2],
                                 a[0] * b[1] - a[1] * b[0]};
  };
  const auto l = across(now);
  const auto r = across(before);
  constexpr double least_cosine = 0.05; // slivers face anywhere
  constexpr double least_area = 1e-7;
  const double area = std::hypot(l[0], l[1], l[2]);
  return area > least_area && l[0] * r[0] + l[1] * r[1] + l[2] * r[2] >
                                least_cosine * area * std::hypot(r[0], r[1], r[2]);
}

/// The mesh on a grid of so many cells to its length.
triangle_mesh clustered(const triangle_mesh& fine, int cells) {
  triangle_mesh out;
  std::unordered_map<place_key, sum> places;
  std::map<vertex_key, std::uint16_t> numbers;
  std::vector<place_key> place_of; // of each vertex that is made
  std::vector<sum> sums;
  std::vector<std::uint16_t> made; // of each vertex that was
  made.reserve(fine.vertices.size());
  for (const auto& v : fine.vertices) {
    const auto key = key_of(v, cells);
    places[std::get<0>(key)].add(v);
    const auto [at, is_new] =
      numbers.try_emplace(key, static_cast<std::uint16_t>(out.vertices.size()));
    if (is_new) {
      out.vertices.push_back(v);
      place_of.push_back(std::get<0>(key));
      sums.emplace_back();
    }
    sums[at->second].add(v);
    made.push_back(at->second);
  }
  for (std::size_t i = 0; i < out.vertices.size(); ++i) {
    const sum& place = places[place_of[i]];
    for (std::size_t c = 0; c < 3; ++c)
      out.vertices[i].position[c] = static_cast<float>(place.position[c] / place.count);
    set_normal(out.vertices[i], sums[i].normal);
  }
  std::set<std::array<place_key, 3>> seen;
  for (std::size_t i = 0; i < fine.indices.size(); i += 3) {
    const std::array<std::uint16_t, 3> corners{made[fine.indices[i]], made[fine.indices[i + 1]],
                                               made[fine.indices[i + 2]]};
    std::array<place_key, 3> where{place_of[corners[0]], place_of[corners[1]],
                                   place_of[corners[2]]};
    if (where[0] == where[1] || where[1] == where[2] || where[2] == where[0])
      continue; // it has become a line
    if (!faces_alike(
          {&out.vertices[corners[0]], &out.vertices[corners[1]], &out.vertices[corners[2]]},
          {&fine.vertices[fine.indices[i]], &fine.vertices[fine.indices[i + 1]],
           &fine.vertices[fine.indices[i + 2]]}))
      continue; // it has folded over, and would not be seen
    std::rotate(where.begin(), std::min_element(where.begin(), where.end()), where.end());
    if (seen.insert(where).second)
      out.indices.insert(out.indices.end(), corners.begin(), corners.end());
  }
  return out;
}

} // namespace

triangle_mesh coarser(const triangle_mesh& fine, std::size_t most) {
  triangle_mesh best = fine;
  for (double cells = 96; cells >= 2 && best.triangles() > most; cells *= 0.84) {
    triangle_mesh next = clustered(fine, static_cast<int>(cells));
    if (next.triangles() >= 4 && next.triangles() < best.triangles())
      best = std::move(next);
  }
  return best;
}

} // namespace tessera
