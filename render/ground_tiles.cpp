#include "render/ground_tiles.hpp"

#include <algorithm>
#include <cmath>

namespace tessera {

namespace {

constexpr int leaf_units = gpu::node_quads; // a leaf's quad is one unit wide
/// A level begins to slide onto the next one at this share of its reach.
constexpr double morph_begins = 0.72;
constexpr int coarsest_level = 9;

class chooser {
public:
  chooser(const ground_frame& ground, const camera& from, const camera_matrices& view,
          double finest_m, std::vector<gpu::terrain_node>& out)
    : ground_(ground), from_(from), view_(view), finest_m_(finest_m), out_(out),
      unit_east_m_(ground.spacing_east_m / gpu::units_per_sample),
      unit_south_m_(ground.spacing_south_m / gpu::units_per_sample) {}

  /// Takes the square itself, or its quarters where finer ones reach.
  void visit(int x, int z, int level) {
    const int units = leaf_units << level;
    const box where = box_of(x, z, units);
    if (!seen(where))
      return;
    if (level > 0 && distance(where) < reach(level - 1)) {
      const int half = units / 2;
      for (int quarter = 0; quarter < 4; ++quarter)
        visit(x + (quarter & 1) * half, z + (quarter >> 1) * half, level - 1);
      return;
    }
    gpu::terrain_node node{};
    node.first = {x, z};
    node.step = units / gpu::node_quads;
    node.morph_from_m = static_cast<float>(reach(level) * morph_begins);
    node.morph_to_m = static_cast<float>(reach(level));
    out_.push_back(node);
  }

  double reach(int level) const { return finest_m_ * static_cast<double>(1 << level); }

private:
  struct box { // relative to the camera
    glm::dvec3 least;
    glm::dvec3 most;
  };

  box box_of(int x, int z, int units) const {
    const double east = x * unit_east_m_ - from_.east_m;
    const double south = z * unit_south_m_ - from_.south_m;
    return {{east, double{ground_.low_m} - from_.up_m, south},
            {east + units * unit_east_m_, double{ground_.high_m} - from_.up_m,
             south + units * unit_south_m_}};
  }
  static double distance(const box& b) {
    double squared = 0;
    for (int i = 0; i < 3; ++i) {
      const double d = std::max({b.least[i], -b.most[i], 0.0});
      squared += d * d;
    }
    return std::sqrt(squared);
  }
  bool seen(const box& b) const {
    for (const auto& plane : view_.frustum) {
      double most = double{plane.w};
      for (int i = 0; i < 3; ++i)
        most += double{plane[i]} * (plane[i] > 0 ? b.most[i] : b.least[i]);
      if (most < 0)
        return false;
    }
    return true;
  }

  const ground_frame& ground_;
  const camera& from_;
  const camera_matrices& view_;
  double finest_m_;
  std::vector<gpu::terrain_node>& out_;
  double unit_east_m_;
  double unit_south_m_;
};

} // namespace

std::vector<gpu::terrain_node> choose_tiles(const ground_frame& ground, const camera& from,
                                            const camera_matrices& view, double reach_m,
                                            double finest_m) {
  // A square must be narrower than its level reaches, or a neighbour could be two levels finer.
  finest_m =
    std::max(finest_m, 3 * leaf_units * std::max(ground.spacing_east_m, ground.spacing_south_m) /
                         gpu::units_per_sample);
  const auto units = [](double metres, double spacing_m) {
    return static_cast<int>(std::floor(metres / spacing_m * gpu::units_per_sample));
  };
  const int first_x = units(from.east_m - reach_m, ground.spacing_east_m);
  const int end_x = units(from.east_m + reach_m, ground.spacing_east_m);
  const int first_z = units(from.south_m - reach_m, ground.spacing_south_m);
  const int end_z = units(from.south_m + reach_m, ground.spacing_south_m);
  int level = 0;
  while (level < coarsest_level &&
         (leaf_units << level) < std::max(end_x - first_x, end_z - first_z))
    ++level;
  // Roots lie on multiples of their size: squares keep their places as the camera moves.
  const int root = leaf_units << level;
  std::vector<gpu::terrain_node> out;
  chooser choose{ground, from, view, finest_m, out};
  auto first = [&](int least) {
    return static_cast<int>(std::floor(static_cast<double>(least) / root)) * root;
  };
  for (int z = first(first_z); z < end_z; z += root)
    for (int x = first(first_x); x < end_x; x += root)
      choose.visit(x, z, level);
  return out;
}

} // namespace tessera
