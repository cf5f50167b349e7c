#include "render/models.hpp"

#include "render/gltf_accessor.hpp"

#include <algorithm>
#include <cmath>
#include <glm/geometric.hpp>
#include <glm/gtc/quaternion.hpp>
#include <glm/mat4x4.hpp>
#include <glm/vec3.hpp>
#include <glm/vec4.hpp>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

namespace tessera {

namespace {

using glm::dmat4;
using glm::dvec3;

/// Bounds the time that a file of many nodes for few bytes can take.
constexpr std::size_t most_triangles = 500'000;
constexpr std::size_t most_parts = 4096;
/// Higher or wider than so many lengths it most likely faces another way.
constexpr float most_reach = 32;

struct corner {
  dvec3 position{0};
  dvec3 normal{0, 1, 0};
  std::array<std::uint8_t, 3> tint{128, 128, 128};
  std::uint8_t fixed = 0; ///< as in mesh_vertex
};

/// What the scene is made of, in metres or whatever the file has, with this engine's axes.
struct gathered {
  std::vector<corner> corners;
  std::vector<std::uint32_t> indices;
  std::size_t parts = 0;
};

/// +z is forward in a file, +x here.
dvec3 turned(const dvec3& v) {
  return {v.z, v.y, -v.x};
}

bool is_finite(const dvec3& v) {
  return std::isfinite(v.x) && std::isfinite(v.y) && std::isfinite(v.z);
}

/// Near enough to reckon with.
bool is_somewhere(const dvec3& v) {
  constexpr double far = 1e30;
  return std::abs(v.x) < far && std::abs(v.y) < far && std::abs(v.z) < far;
}

/// Colours are linear, and half of one is what a fixed tint of 255 is; brighter ones keep their hue.
void paint(corner& to, dvec3 colour) {
  const double brightest = std::max({colour.x, colour.y, colour.z, 0.5});
  for (int i = 0; i < 3; ++i)
    to.tint[static_cast<std::size_t>(i)] =
      static_cast<std::uint8_t>(std::lround(255 * std::clamp(colour[i] / brightest, 0.0, 1.0)));
  to.fixed = 255;
}

/// What a part is painted with: a colour of its own, or nothing.
std::optional<dvec3> colour_of(const tinygltf::Model& file, const tinygltf::Primitive& part) {
  if (part.material < 0)
    return std::nullopt;
  if (static_cast<std::size_t>(part.material) >= file.materials.size())
    throw model_refusal("it needs material " + std::to_string(part.material) +
                        ", which is not there");
  const auto& how = file.materials[static_cast<std::size_t>(part.material)].pbrMetallicRoughness;
  const auto& factor = how.baseColorFactor;
  if (factor.size() != 4)
    throw model_refusal("material " + std::to_string(part.material) + " has a colour of " +
                        std::to_string(factor.size()) + " numbers");
  dvec3 colour{factor[0], factor[1], factor[2]};
  if (!is_finite(colour))
    throw model_refusal("material " + std::to_string(part.material) + " has no colour");
  if (how.baseColorTexture.index >= 0 && colour == dvec3(1))
    return std::nullopt; // all of it is in the texture
  return glm::clamp(colour, 0.0, 1.0);
}

/// One primitive as a node shows it.
class part_reader {
public:
  part_reader(const tinygltf::Model& file, const tinygltf::Primitive& part, const dmat4& to_scene)
    : file_(file), part_(part), to_scene_(to_scene),
      positions_(file, attribute("POSITION"), "POSITION", 3, 3), colour_(colour_of(file, part)) {
    if (part.mode != TINYGLTF_MODE_TRIANGLES)
      throw model_refusal("a part is of mode " + std::to_string(part.mode) +
                          "; triangles (mode 4) are read");
    if (const int normals = attribute("NORMAL"); normals >= 0)
      normals_.emplace(file, normals, "NORMAL", 3, 3);
    if (const int colours = attribute("COLOR_0"); colours >= 0)
      colours_.emplace(file, colours, "COLOR_0", 3, 4);
    if (part.indices >= 0) {
      indices_.emplace(file, part.indices, "indices", 1, 1);
      if (!indices_->holds_indices())
        throw model_refusal("indices are no whole numbers");
    }
    if ((normals_ && normals_->size() != positions_.size()) ||
        (colours_ && colours_->size() != positions_.size()))
      throw model_refusal("NORMAL and COLOR_0 need as many elements as POSITION");
    // Normals go by the matrix of cofactors: it is there for flat parts too.
    const glm::dmat3 turn(to_scene);
    mirrored_ = glm::determinant(turn) < 0;
    normal_turn_ = {glm::cross(turn[1], turn[2]), glm::cross(turn[2], turn[0]),
                    glm::cross(turn[0], turn[1])};
    if (mirrored_)
      normal_turn_ = -normal_turn_;
  }

  void add_to(gathered& out) {
    const std::size_t count = indices_ ? indices_->size() : positions_.size();
    if (count % 3 != 0)
      throw model_refusal("its triangles have " + std::to_string(count) + " corners");
    if (out.indices.size() + count > most_triangles * 3)
      throw model_refusal("it has more than " + std::to_string(most_triangles) + " triangles");
    for (std::size_t i = 0; i < count; i += 3) {
      std::array<std::uint32_t, 3> at{index(i), index(i + 1), index(i + 2)};
      if (mirrored_)
        std::swap(at[1], at[2]);
      if (normals_)
        for (auto from : at)
          out.indices.push_back(shared(out, from));
      else
        add_flat(out, at);
    }
  }

private:
  /// -1: it has none.
  int attribute(const char* name) const {
    const auto found = part_.attributes.find(name);
    return found == part_.attributes.end() ? -1 : found->second;
  }

  std::uint32_t index(std::size_t i) const {
    const std::uint32_t at = indices_ ? indices_->index(i) : static_cast<std::uint32_t>(i);
    if (at >= positions_.size())
      throw model_refusal("an index is " + std::to_string(at) + " of " +
                          std::to_string(positions_.size()) + " vertices");
    return at;
  }

  corner corner_at(std::uint32_t i) const {
    corner out;
    const glm::dvec4 place{positions_.number(i, 0), positions_.number(i, 1),
                           positions_.number(i, 2), 1};
    out.position = turned(dvec3(to_scene_ * place));
    if (!is_somewhere(out.position))
      throw model_refusal("vertex " + std::to_string(i) + " of a part is nowhere");
    dvec3 colour = colour_.value_or(dvec3(1));
    if (colours_)
      colour *= glm::clamp(
        dvec3(colours_->number(i, 0), colours_->number(i, 1), colours_->number(i, 2)), 0.0, 1.0);
    if ((colour_ || colours_) && is_finite(colour))
      paint(out, colour);
    return out;
  }

  static dvec3 unit(const dvec3& v) {
    const double length = glm::length(v);
    return is_finite(v) && length > 1e-300 && std::isfinite(length) ? v / length : dvec3(0, 1, 0);
  }

  /// The corner of a vertex that several triangles use.
  std::uint32_t shared(gathered& out, std::uint32_t from) {
    const auto [at, is_new] =
      places_.try_emplace(from, static_cast<std::uint32_t>(out.corners.size()));
    if (is_new) {
      corner c = corner_at(from);
      c.normal =
        turned(unit(normal_turn_ * dvec3(normals_->number(from, 0), normals_->number(from, 1),
                                         normals_->number(from, 2))));
      out.corners.push_back(c);
    }
    return at->second;
  }

  /// Without normals glTF asks for flat faces.
  void add_flat(gathered& out, const std::array<std::uint32_t, 3>& at) {
    std::array<corner, 3> c{corner_at(at[0]), corner_at(at[1]), corner_at(at[2])};
    const dvec3 normal = glm::cross(c[1].position - c[0].position, c[2].position - c[0].position);
    if (!(glm::length(normal) > 0))
      return;
    for (auto& one : c) {
      one.normal = unit(normal);
      out.indices.push_back(static_cast<std::uint32_t>(out.corners.size()));
      out.corners.push_back(one);
    }
  }

  const tinygltf::Model& file_;
  const tinygltf::Primitive& part_;
  dmat4 to_scene_;
  glm::dmat3 normal_turn_{1};
  bool mirrored_ = false;
  gltf_accessor positions_;
  std::optional<gltf_accessor> normals_, colours_, indices_;
  std::optional<dvec3> colour_;
  std::unordered_map<std::uint32_t, std::uint32_t> places_; ///< of vertices that were taken
};

dmat4 transform_of(const tinygltf::Node& node, std::size_t number) {
  auto check = [&](const std::vector<double>& numbers, std::size_t size) {
    if (!numbers.empty() && numbers.size() != size)
      throw model_refusal("node " + std::to_string(number) + " has a transform of " +
                          std::to_string(numbers.size()) + " numbers");
    return !numbers.empty();
  };
  dmat4 out(1);
  if (check(node.matrix, 16)) {
    for (int c = 0; c < 4; ++c)
      for (int r = 0; r < 4; ++r)
        out[c][r] = node.matrix[static_cast<std::size_t>(c * 4 + r)];
    return out;
  }
  if (check(node.rotation, 4))
    out = glm::mat4_cast(
      glm::dquat(node.rotation[3], node.rotation[0], node.rotation[1], node.rotation[2]));
  if (check(node.scale, 3))
    for (int i = 0; i < 3; ++i)
      out[i] *= node.scale[static_cast<std::size_t>(i)];
  if (check(node.translation, 3))
    out[3] = {node.translation[0], node.translation[1], node.translation[2], 1};
  return out;
}

/// Where the scene begins. Files without scenes show every node that is no child.
std::vector<int> roots_of(const tinygltf::Model& file) {
  if (!file.scenes.empty()) {
    const int scene = std::max(file.defaultScene, 0);
    if (static_cast<std::size_t>(scene) >= file.scenes.size())
      throw model_refusal("it needs scene " + std::to_string(scene) + ", which is not there");
    return file.scenes[static_cast<std::size_t>(scene)].nodes;
  }
  std::vector<bool> child(file.nodes.size());
  for (const auto& node : file.nodes)
    for (int c : node.children)
      if (c >= 0 && static_cast<std::size_t>(c) < child.size())
        child[static_cast<std::size_t>(c)] = true;
  std::vector<int> out;
  for (std::size_t n = 0; n < child.size(); ++n)
    if (!child[n])
      out.push_back(static_cast<int>(n));
  return out;
}

void add_mesh(const tinygltf::Model& file, int number, const dmat4& to_scene, gathered& out) {
  if (static_cast<std::size_t>(number) >= file.meshes.size())
    throw model_refusal("it needs mesh " + std::to_string(number) + ", which is not there");
  for (const auto& part : file.meshes[static_cast<std::size_t>(number)].primitives) {
    if (++out.parts > most_parts)
      throw model_refusal("it has more than " + std::to_string(most_parts) + " parts");
    part_reader(file, part, to_scene).add_to(out);
  }
}

gathered gather(const tinygltf::Model& file) {
  gathered out;
  std::vector<bool> seen(file.nodes.size());
  std::vector<std::pair<int, dmat4>> open;
  for (int root : roots_of(file))
    open.emplace_back(root, dmat4(1));
  while (!open.empty()) {
    const auto [number, above] = open.back();
    open.pop_back();
    if (number < 0 || static_cast<std::size_t>(number) >= file.nodes.size())
      throw model_refusal("it needs node " + std::to_string(number) + ", which is not there");
    const auto n = static_cast<std::size_t>(number);
    if (seen[n])
      throw model_refusal("node " + std::to_string(number) + " has two parents");
    seen[n] = true;
    const auto& node = file.nodes[n];
    const dmat4 here = above * transform_of(node, n);
    if (node.mesh >= 0)
      add_mesh(file, node.mesh, here, out);
    for (int child : node.children)
      open.emplace_back(child, here);
  }
  return out;
}

std::int8_t in_127ths(double part) {
  return static_cast<std::int8_t>(std::lround(std::clamp(part, -1.0, 1.0) * 127));
}

/// Of length 1, standing around the origin.
triangle_mesh placed(const gathered& from) {
  if (from.indices.empty())
    throw model_refusal("it has no mesh in its scene");
  if (from.corners.size() > most_vertices)
    throw model_refusal("it has " + std::to_string(from.corners.size()) + " vertices; " +
                        std::to_string(most_vertices) + " are the most");
  dvec3 low(std::numeric_limits<double>::max());
  dvec3 high(std::numeric_limits<double>::lowest());
  for (const auto& c : from.corners) {
    low = glm::min(low, c.position);
    high = glm::max(high, c.position);
  }
  const double length = high.x - low.x;
  const double largest = std::max(high.y - low.y, high.z - low.z);
  if (!std::isfinite(length) || !(length > 1e-6 * largest) || !(length > 1e-12))
    throw model_refusal("it has no length along z, where glTF has front and back");
  const dvec3 stand{(low.x + high.x) / 2, low.y, (low.z + high.z) / 2};
  triangle_mesh out;
  out.vertices.reserve(from.corners.size());
  for (const auto& c : from.corners) {
    mesh_vertex v{};
    const dvec3 at = (c.position - stand) / length;
    for (int i = 0; i < 3; ++i) {
      v.position[i] = static_cast<float>(at[i]);
      v.normal[i] = in_127ths(c.normal[i]);
      v.tint[i] = c.tint[static_cast<std::size_t>(i)];
    }
    v.fixed = c.fixed;
    out.vertices.push_back(v);
  }
  out.indices.assign(from.indices.begin(), from.indices.end());
  return out;
}

float reach_of(const triangle_mesh& mesh) {
  float out = 1;
  for (const auto& v : mesh.vertices)
    out = std::max(out, std::hypot(v.position[0], v.position[1] - 0.4F, v.position[2]));
  if (out > most_reach)
    throw model_refusal("it reaches " + std::to_string(std::lround(out)) +
                        " lengths far; its length is along z, where glTF has front and back");
  return out;
}

body_model model_of(std::span<const std::byte> bytes, const std::filesystem::path& folder) {
  body_model out;
  out.levels[0] = placed(gather(parse_gltf(bytes, folder)));
  out.reach = reach_of(out.levels[0]);
  // From 46 pixels down, and from 13: more could not be told apart.
  const std::size_t all = out.levels[0].triangles();
  out.levels[1] =
    coarser(out.levels[0], std::min<std::size_t>(std::max<std::size_t>(all * 2 / 5, 24), 800));
  out.levels[2] =
    coarser(out.levels[1], std::min<std::size_t>(std::max<std::size_t>(all / 8, 12), 120));
  return out;
}

} // namespace

result<body_model> read_model(std::span<const std::byte> bytes, const std::filesystem::path& path) {
  try {
    return model_of(bytes, path.parent_path());
  } catch (const model_refusal& e) {
    return fail(error_code::bad_bytes, path.string() + ": " + e.what());
  }
}

result<body_model> load_model(const std::filesystem::path& path) {
  try {
    const auto bytes = read_model_bytes(path);
    return read_model(std::as_bytes(std::span(bytes)), path);
  } catch (const model_refusal& e) {
    return fail(error_code::not_there, path.string() + ": " + e.what());
  }
}

} // namespace tessera
