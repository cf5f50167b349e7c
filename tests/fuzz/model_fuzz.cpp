// libFuzzer target for models of bodies: glTF files, whole .glb or JSON alone.
#include "render/models.hpp"
#include "tests/fuzz/must_hold.hpp"
#include "tests/fuzz/valid_first.hpp"
#include "tests/support/glb.hpp"

#include <cmath>

static std::vector<std::byte> valid_input(unsigned seed) {
  using namespace tessera::testing;
  glb_shape shape = seed % 2 == 0 ? glb_ball(4) : glb_box({-1, 0, -2}, {1, 3, 2});
  if (seed % 4 < 2) {
    shape.node = R"("translation":[0,1,0],"children":[1]},{"mesh":0,"scale":[1,-1,1])";
    shape.primitive = R"(,"material":0)";
    shape.rest = R"(,"materials":[{"pbrMetallicRoughness":{"baseColorFactor":[0.5,0.25,0,1]}}])";
  }
  const std::string file = shape.glb();
  const auto bytes = std::as_bytes(std::span(file));
  return {bytes.begin(), bytes.end()};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera;
  // No buffer lies beside it.
  const auto model = read_model({reinterpret_cast<const std::byte*>(data), size}, "/nowhere/m.glb");
  if (!model) {
    fuzz::must_hold(model.error().message.starts_with("/nowhere/m.glb: "),
                    "a model is refused with a reason");
    return 0;
  }
  for (const auto& level : model->levels) {
    fuzz::must_hold(!level.indices.empty() && level.indices.size() % 3 == 0, "there are triangles");
    for (auto index : level.indices)
      fuzz::must_hold(index < level.vertices.size(), "indices are of vertices");
    for (const auto& v : level.vertices)
      for (float number : v.position)
        fuzz::must_hold(std::isfinite(number), "vertices are somewhere");
  }
  return 0;
}
