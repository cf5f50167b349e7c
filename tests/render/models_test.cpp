// Models of bodies: what becomes of a good file, and that no bad one is taken or does harm.
#include "render/models.hpp"

#include "render/meshes.hpp"
#include "render/shaders/shared.h"
#include "tests/support/glb.hpp"
#include "tests/support/temporary_directory.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <glm/geometric.hpp>
#include <glm/vec3.hpp>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace tessera {
namespace {

using testing::glb_ball;
using testing::glb_box;
using testing::glb_of;
using testing::glb_shape;

result<body_model> read(const std::string& file) {
  return read_model(std::as_bytes(std::span(file)), "models/m.glb");
}

/// Why a file is refused; empty if it is not.
std::string refusal(const std::string& file) {
  const auto model = read(file);
  if (model)
    return "";
  EXPECT_EQ(model.error().code, error_code::bad_bytes);
  EXPECT_EQ(model.error().message.find("models/m.glb: "), 0u) << model.error().message;
  return model.error().message.substr(14);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " is not in " << text;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

/// The box of the tests with its JSON changed.
std::string changed(const std::string& from, const std::string& to) {
  const glb_shape box = glb_box({-1, 0, -2}, {1, 3, 2});
  return glb_of(replaced(box.json(), from, to), box.binary());
}

glm::vec3 place_of(const mesh_vertex& v) {
  return {v.position[0], v.position[1], v.position[2]};
}
glm::vec3 normal_of(const mesh_vertex& v) {
  return glm::vec3(v.normal[0], v.normal[1], v.normal[2]) / 127.0F;
}

struct bounds {
  glm::vec3 low{9e9F};
  glm::vec3 high{-9e9F};
};
bounds bounds_of(const triangle_mesh& mesh) {
  bounds out;
  for (auto index : mesh.indices) {
    out.low = glm::min(out.low, place_of(mesh.vertices[index]));
    out.high = glm::max(out.high, place_of(mesh.vertices[index]));
  }
  return out;
}

/// What is always true of a model, whatever the file was.
void expect_sound(const body_model& model) {
  std::size_t before = std::numeric_limits<std::size_t>::max();
  for (const auto& level : model.levels) {
    ASSERT_FALSE(level.indices.empty());
    ASSERT_EQ(level.indices.size() % 3, 0u);
    ASSERT_LE(level.vertices.size(), most_vertices);
    ASSERT_LE(level.triangles(), before);
    before = level.triangles();
    for (auto index : level.indices)
      ASSERT_LT(index, level.vertices.size());
    for (const auto& v : level.vertices)
      for (float number : v.position)
        ASSERT_TRUE(std::isfinite(number));
  }
  ASSERT_GE(model.reach, 1.0F);
  ASSERT_LE(model.reach, 32.0F);
}

std::size_t facing_inwards(const triangle_mesh& mesh) {
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < mesh.indices.size(); i += 3) {
    const mesh_vertex* v[] = {&mesh.vertices[mesh.indices[i]], &mesh.vertices[mesh.indices[i + 1]],
                              &mesh.vertices[mesh.indices[i + 2]]};
    const glm::vec3 across =
      glm::cross(place_of(*v[1]) - place_of(*v[0]), place_of(*v[2]) - place_of(*v[0]));
    if (glm::dot(across, normal_of(*v[0]) + normal_of(*v[1]) + normal_of(*v[2])) <= 0)
      ++wrong;
  }
  return wrong;
}

TEST(models, a_body_is_one_long_and_stands_on_the_ground) {
  const auto model = read(glb_box({4, -7, -2}, {6, -4, 2}).glb());
  ASSERT_TRUE(model) << model.error().message;
  expect_sound(*model);
  EXPECT_EQ(model->levels[0].triangles(), 12u);
  const auto [low, high] = bounds_of(model->levels[0]);
  EXPECT_FLOAT_EQ(low.x, -0.5F);
  EXPECT_FLOAT_EQ(high.x, 0.5F);
  EXPECT_FLOAT_EQ(low.y, 0);
  EXPECT_FLOAT_EQ(high.y, 0.75F);
  EXPECT_FLOAT_EQ(low.z, -0.25F);
  EXPECT_FLOAT_EQ(high.z, 0.25F);
}

TEST(models, what_is_in_front_and_left_in_the_file_is_so_here) {
  // A nose at +z, an ear at +x, which glTF calls left; here they are at +x and at -z.
  glb_shape shape = glb_box({-1, 0, -2}, {1, 1, 2});
  shape.positions[4][2] = 3; // low left, in front
  shape.positions[1] = {5, 0, -2};
  const auto model = read(shape.glb());
  ASSERT_TRUE(model) << model.error().message;
  const auto& vertices = model->levels[0].vertices;
  const auto nose = std::max_element(vertices.begin(), vertices.end(), [](auto& a, auto& b) {
    return a.position[0] < b.position[0];
  });
  EXPECT_GT(nose->position[2], 0);
  const auto ear = std::min_element(vertices.begin(), vertices.end(),
                                    [](auto& a, auto& b) { return a.position[2] < b.position[2]; });
  EXPECT_FLOAT_EQ(ear->position[0], -0.5F);
}

TEST(models, faces_without_normals_are_flat_and_face_outwards) {
  const auto model = read(glb_box({-1, 0, -2}, {1, 3, 2}).glb());
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->levels[0].vertices.size(), 36u);
  EXPECT_EQ(facing_inwards(model->levels[0]), 0u);
  for (const auto& v : model->levels[0].vertices)
    EXPECT_EQ(std::abs(v.normal[0]) + std::abs(v.normal[1]) + std::abs(v.normal[2]), 127);
}

TEST(models, normals_of_the_file_are_taken) {
  const auto model = read(glb_ball(12).glb());
  ASSERT_TRUE(model) << model.error().message;
  for (const auto& v : model->levels[0].vertices)
    EXPECT_LT(glm::length(normal_of(v) - (place_of(v) - glm::vec3(0, 0.5F, 0)) * 2.0F), 0.02F);
}

TEST(models, transforms_of_nodes_are_applied_and_mirrors_do_not_turn_it_inside_out) {
  for (const char* node :
       {R"("mesh":0,"translation":[3,4,5],"scale":[2,2,2])", R"("mesh":0,"scale":[-1,1,1])",
        R"("children":[1]},{"mesh":0,"rotation":[0,1,0,0])",
        R"("mesh":0,"matrix":[1,0,0,0, 0,-1,0,0, 0,0,1,0, 7,0,0,1])"}) {
    glb_shape ball = glb_ball(10);
    ball.node = node;
    const auto model = read(ball.glb());
    ASSERT_TRUE(model) << node << ": " << model.error().message;
    for (const auto& level : model->levels)
      EXPECT_EQ(facing_inwards(level), 0u) << node;
    EXPECT_FLOAT_EQ(bounds_of(model->levels[0]).high.y, 1) << node;
  }
  // Turned by a quarter, what was wide is long.
  glb_shape box = glb_box({-3, 0, -1}, {3, 1, 1});
  box.node = R"("mesh":0,"rotation":[0,0.70710678,0,0.70710678])";
  const auto turned = read(box.glb());
  ASSERT_TRUE(turned) << turned.error().message;
  EXPECT_NEAR(bounds_of(turned->levels[0]).high.z, 1 / 6.0F, 1e-4F);
}

TEST(models, parts_have_their_materials_colour_or_their_kinds) {
  auto first_of = [](glb_shape shape) {
    const auto model = read(shape.glb());
    EXPECT_TRUE(model) << model.error().message;
    return model ? model->levels[0].vertices.front() : mesh_vertex{};
  };
  glb_shape box = glb_box({-1, 0, -2}, {1, 3, 2});
  const mesh_vertex plain = first_of(box);
  EXPECT_EQ(plain.fixed, 0);
  EXPECT_EQ(plain.tint[1], 128);
  box.primitive = R"(,"material":0)";
  box.rest = R"(,"materials":[{"pbrMetallicRoughness":{"baseColorFactor":[0.5,0.25,0,1]}}])";
  const mesh_vertex brown = first_of(box);
  EXPECT_EQ(brown.fixed, 255);
  EXPECT_EQ(brown.tint[0], 255);
  EXPECT_EQ(brown.tint[1], 128);
  EXPECT_EQ(brown.tint[2], 0);
  box.rest = R"(,"materials":[{"pbrMetallicRoughness":{"baseColorTexture":{"index":0}}}])";
  EXPECT_EQ(first_of(box).fixed, 0) << "all of its colour is in a texture, which is not read";
}

TEST(models, coarser_levels_have_fewer_triangles_of_the_same_outline) {
  const auto model = read(glb_ball(40).glb());
  ASSERT_TRUE(model) << model.error().message;
  expect_sound(*model);
  EXPECT_LE(model->levels[1].triangles(), 800u);
  EXPECT_LE(model->levels[2].triangles(), 120u);
  for (const auto& level : model->levels) {
    EXPECT_GE(level.triangles(), 40u);
    EXPECT_EQ(facing_inwards(level), 0u) << "of " << level.triangles();
    const auto [low, high] = bounds_of(level);
    EXPECT_NEAR(high.x - low.x, 1, 0.15F);
    EXPECT_NEAR(low.y, 0, 0.08F);
    EXPECT_NEAR(high.y, 1, 0.08F);
  }
}

TEST(models, lie_behind_the_made_shapes) {
  const auto ball = read(glb_ball(20).glb());
  const auto box = read(glb_box({-1, 0, -2}, {1, 3, 2}).glb());
  const body_model* models[] = {&*ball, &*box};
  const mesh_set all = make_meshes(models);
  ASSERT_EQ(all.parts.size(), static_cast<std::size_t>(gpu::mesh_buckets));
  const auto& last = all.parts[(gpu::made_shapes + 1) * gpu::detail_levels];
  EXPECT_EQ(last.index_count, 36u);
  for (std::size_t i = (gpu::made_shapes + 2) * gpu::detail_levels; i < all.parts.size(); ++i)
    EXPECT_EQ(all.parts[i].index_count, 0u);
  for (const auto& part : all.parts)
    for (std::uint32_t i = 0; i < part.index_count; ++i)
      ASSERT_LT(static_cast<std::size_t>(part.vertex_offset) + all.indices[part.first_index + i],
                all.vertices.size());
}

TEST(models, buffers_may_be_data_or_lie_beside_the_file) {
  const testing::temporary_directory folder;
  const std::filesystem::path path = std::filesystem::path(folder.path) / "deer.gltf";
  glb_shape one;
  one.positions = {{0, 0, 0}, {1, 0, 0}, {0, 0, 1}};
  std::ofstream(path) << one.json(R"(,"uri":"deer%20bytes.bin")");
  auto missing = load_model(path);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("its buffer deer bytes.bin: there is no such file"),
            std::string::npos)
    << missing.error().message;
  std::ofstream(path.parent_path() / "deer bytes.bin", std::ios::binary) << one.binary();
  const auto beside = load_model(path);
  ASSERT_TRUE(beside) << beside.error().message;
  std::ofstream(path) << one.json(
    R"(,"uri":"data:application/octet-stream;base64,AAAAAAAAAAAAAAAAAACAPwAAAAAAAAAAAAAAAAAAAAAAAIA/")");
  const auto inside = load_model(path);
  ASSERT_TRUE(inside) << inside.error().message;
  EXPECT_EQ(inside->levels[0].indices, beside->levels[0].indices);
  for (const char* outside :
       {"../deer.bin", "/etc/passwd", "file:///etc/passwd", "a/../../b.bin", "%2E%2E/deer.bin"}) {
    std::ofstream(path) << one.json(R"(,"uri":")" + std::string(outside) + "\"");
    const auto model = load_model(path);
    ASSERT_FALSE(model) << outside;
    EXPECT_NE(model.error().message.find("outside the model's folder"), std::string::npos)
      << model.error().message;
  }
}

TEST(models, a_file_that_is_not_there_is_named) {
  const auto model = load_model("/nowhere/deer.glb");
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, error_code::not_there);
  EXPECT_EQ(model.error().message, "/nowhere/deer.glb: there is no such file");
}

TEST(models, bad_files_are_refused_with_the_reason) {
  const glb_shape box = glb_box({-1, 0, -2}, {1, 3, 2});
  const std::string good = box.glb();
  ASSERT_EQ(refusal(good), "");
  const std::string deep(40, '[');
  const std::vector<std::pair<std::string, std::string>> files = {
    {"", "it is no glTF: its JSON ends or breaks at byte 1"},
    {"solid cube\nfacet normal 0 0 1\n", "it is no glTF: its JSON ends or breaks at byte 1"},
    {"{}", "it is no glTF: it has no asset.version"},
    {"[]", "it is no glTF: its JSON is no object"},
    {R"({"asset":{"version":"1.0"}})", "it is of glTF version 1.0; 2.0 is read"},
    {replaced(good, std::string("glTF\2", 5), std::string("glTF\1", 5)),
     "it is of glTF version 1; 2 is read"},
    {good.substr(0, 14), "it ends inside its header"},
    {good.substr(0, good.size() - 1), "it is cut off: "},
    {R"({"asset":{"version":"2.0"},"extras":)" + deep, "its JSON is nested more than 32 deep"},
    {R"({"asset":{"version":"2.0"}})", "it has no mesh in its scene"},
    {changed(R"("mesh":0)", R"("mesh":7)"), "it needs mesh 7, which is not there"},
    {changed(R"("nodes":[0])", R"("nodes":[])"), "it has no mesh in its scene"},
    {changed(R"("nodes":[0])", R"("nodes":[3])"), "it needs node 3, which is not there"},
    {changed(R"("scene":0)", R"("scene":5)"), "it needs scene 5, which is not there"},
    {changed(R"("mesh":0)", R"("mesh":0,"children":[0])"), "node 0 has two parents"},
    {changed(R"("mesh":0)", R"("mesh":0,"scale":[1])"), "node 0 has a transform of 1 numbers"},
    {changed(R"("mesh":0)", R"("mesh":0,"translation":[1e999,0,0])"), ""},
    {changed(R"("mesh":0)", R"("mesh":0,"scale":[1e300,1e300,1e300])"),
     "vertex 0 of a part is nowhere"},
    {changed(R"("mesh":0)", R"("mesh":0,"scale":[1,1,0])"),
     "it has no length along z, where glTF has front and back"},
    {changed(R"("mesh":0)", R"("mesh":0,"scale":[1,100,1])"), "it reaches 75 lengths far; "},
    {changed(R"("attributes":{"POSITION":0})", R"("attributes":{})"),
     "POSITION (accessor -1) needs"},
    {changed(R"("POSITION":0)", R"("POSITION":9)"),
     "POSITION (accessor 9) needs accessor 9, which"},
    {changed(R"("POSITION":0)", R"("POSITION":1)"), "POSITION (accessor 1) is of the wrong type"},
    {changed(R"("POSITION":0)", R"("POSITION":0,"NORMAL":1)"),
     "NORMAL (accessor 1) is of the wrong"},
    {changed(R"("indices":1)", R"("indices":1,"mode":1)"), "a part is of mode 1; triangles"},
    {changed(R"("indices":1)", R"("indices":0)"), "indices (accessor 0) is of the wrong type"},
    {changed(R"("indices":1)", R"("indices":1,"material":2)"), "it needs material 2, which is not"},
    {changed(R"("count":36)", R"("count":35)"), "its triangles have 35 corners"},
    {changed(R"("count":36)", R"("count":39)"), "indices (accessor 1) lies outside its buffer"},
    {changed(R"("count":36)", R"("count":18446744073709551615)"),
     "indices (accessor 1) lies outside"},
    {changed(R"("count":8)", R"("count":4)"), "an index is "},
    {changed(R"("bufferView":0)", R"("bufferView":4)"),
     "POSITION (accessor 0) needs buffer view 4"},
    {changed(R"("bufferView":0,)", ""), "POSITION (accessor 0) needs buffer view -1"},
    {changed(R"("byteLength":96})", R"("byteLength":96,"byteStride":8})"), ""},
    {changed(R"("bufferView":0)", R"("bufferView":0,"byteOffset":18446744073709551615)"),
     "POSITION (accessor 0) lies outside"},
    {changed(R"({"buffer":0,"byteLength":96})",
             R"({"buffer":0,"byteOffset":18446744073709551600,"byteLength":96})"),
     "POSITION (accessor 0) lies outside"},
    {changed(R"({"buffer":0,)", R"({"buffer":1,)"), "POSITION (accessor 0) needs buffer 1"},
    {changed(
       R"("type":"VEC3")",
       R"("type":"VEC3","sparse":{"count":1,"indices":{"bufferView":0,"componentType":5123},"values":{"bufferView":0}})"),
     "POSITION (accessor 0) is sparse"},
    {changed(R"("asset")", R"("extensionsRequired":["KHR_draco_mesh_compression"],"asset")"),
     "it needs the extension \"KHR_draco_mesh_compression\", which is not read"},
    {changed(R"("buffers":[)", R"("buffers":[{"byteLength":999999},)"), "it is damaged: "},
  };
  for (const auto& [file, why] : files) {
    const std::string found = refusal(file);
    EXPECT_NE(found, "") << why;
    EXPECT_EQ(found.find(why), 0u) << found << "\nexpected: " << why;
  }
}

TEST(models, places_that_are_no_numbers_are_refused) {
  for (float wrong :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    glb_shape box = glb_box({-1, 0, -2}, {1, 3, 2});
    box.positions[5][1] = wrong;
    EXPECT_EQ(refusal(box.glb()), "vertex 5 of a part is nowhere");
  }
}

TEST(models, more_vertices_than_indices_reach_are_refused) {
  EXPECT_EQ(refusal(glb_ball(150).glb()), "");
  // Without normals every triangle has three of its own.
  glb_shape rough = glb_ball(150);
  rough.normals.clear();
  const std::string why = refusal(rough.glb());
  EXPECT_NE(why.find(" vertices; 65536 are the most"), std::string::npos) << why;
}

TEST(models, many_nodes_of_one_mesh_end_at_a_limit) {
  glb_shape box = glb_box({-1, 0, -2}, {1, 3, 2});
  std::string children;
  for (int i = 1; i <= 5000; ++i) {
    box.node += R"(},{"mesh":0)";
    children += (i == 1 ? "" : ",") + std::to_string(i);
  }
  const std::string file =
    glb_of(replaced(box.json(), R"("nodes":[0])", R"("nodes":[)" + children + "]"), box.binary());
  EXPECT_EQ(refusal(file), "it has more than 4096 parts");
}

/// However a file is damaged, it is refused or gives a model that is sound. With the sanitizers this finds a
/// read outside.
TEST(models, a_damaged_file_is_refused_or_sound) {
  glb_shape ball = glb_ball(6);
  ball.node = R"("translation":[0,1,0],"rotation":[0,0,0,1],"children":[1]},{"mesh":0)";
  ball.primitive = R"(,"material":0)";
  ball.rest = R"(,"materials":[{"pbrMetallicRoughness":{"baseColorFactor":[0.5,0.25,0,1]}}])";
  const std::string good = ball.glb();
  const std::size_t text_end = 20 + ball.json().size();
  std::mt19937 random(20261129);
  std::size_t taken = 0;
  constexpr int tries = 20'000;
  for (int i = 0; i < tries; ++i) {
    std::string file = good;
    if (i % 8 == 0)
      file.resize(random() % file.size());
    // Most of a file is numbers of vertices; what is worth damaging is before them.
    for (unsigned left = 1 + random() % 4; left > 0 && !file.empty(); --left) {
      const std::size_t at =
        random() % (random() % 4 == 0 ? file.size() : std::min(file.size(), text_end));
      const auto one = static_cast<char>(random() % 3 == 0 ? '0' + random() % 10 : random() % 256);
      file[at] = random() % 2 == 0 ? one : static_cast<char>(file[at] ^ (1 << random() % 8));
    }
    const auto model = read(file);
    if (!model)
      continue;
    ++taken;
    expect_sound(*model);
    if (HasFatalFailure())
      FAIL() << "try " << i;
  }
  EXPECT_GT(taken, 100u);
  EXPECT_LT(taken, static_cast<std::size_t>(tries));
}

} // namespace
} // namespace tessera
