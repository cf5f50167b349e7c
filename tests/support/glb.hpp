// Small glTF files for tests: made here, whole or wrong in one place.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

namespace tessera::testing {

/// A .glb of this JSON and this binary chunk; without the chunk where there are no bytes.
inline std::string glb_of(std::string json, std::string binary) {
  json.resize((json.size() + 3) / 4 * 4, ' ');
  binary.resize((binary.size() + 3) / 4 * 4, '\0');
  auto word = [](std::size_t value) {
    const auto narrow = static_cast<std::uint32_t>(value);
    std::string out(4, '\0');
    std::memcpy(out.data(), &narrow, 4);
    return out;
  };
  const std::size_t chunk = binary.empty() ? 0 : 8 + binary.size();
  std::string out =
    "glTF" + word(2) + word(20 + json.size() + chunk) + word(json.size()) + "JSON" + json;
  if (!binary.empty())
    out += word(binary.size()) + std::string("BIN\0", 4) + binary;
  return out;
}

/// One mesh of one part in one node, with glTF's axes.
struct glb_shape {
  std::vector<std::array<float, 3>> positions;
  std::vector<std::array<float, 3>> normals; ///< empty: the file has none
  std::vector<std::uint16_t> indices;        ///< empty: the file has none
  std::string primitive;                     ///< more of it: ,"material":0
  std::string node = R"("mesh":0)";
  std::string rest; ///< of the file: ,"materials":[...]

  std::string binary() const {
    std::string out;
    auto append = [&out](const auto& rows) {
      using row = typename std::decay_t<decltype(rows)>::value_type;
      if (rows.empty())
        return;
      const std::size_t at = out.size();
      out.resize(at + (rows.size() * sizeof(row) + 3) / 4 * 4);
      std::memcpy(out.data() + at, rows.data(), rows.size() * sizeof(row));
    };
    append(positions);
    append(normals);
    append(indices);
    return out;
  }

  /// `buffer`: what the file says of where its bytes are: ,"uri":"..."
  std::string json(const std::string& buffer = "") const {
    const auto text = [](std::size_t n) { return std::to_string(n); };
    const std::size_t vectors = positions.size() * 12;
    const std::size_t vector_end = vectors + normals.size() * 12;
    std::string views = R"({"buffer":0,"byteLength":)" + text(vectors) + "}";
    std::string accessors = R"({"bufferView":0,"componentType":5126,"type":"VEC3","count":)" +
                            text(positions.size()) + "}";
    std::string attributes = R"("POSITION":0)";
    std::string part;
    if (!normals.empty()) {
      views += R"(,{"buffer":0,"byteOffset":)" + text(vectors) + R"(,"byteLength":)" +
               text(normals.size() * 12) + "}";
      accessors += R"(,{"bufferView":1,"componentType":5126,"type":"VEC3","count":)" +
                   text(normals.size()) + "}";
      attributes += R"(,"NORMAL":1)";
    }
    if (!indices.empty()) {
      const std::string number = normals.empty() ? "1" : "2";
      views += R"(,{"buffer":0,"byteOffset":)" + text(vector_end) + R"(,"byteLength":)" +
               text(indices.size() * 2) + "}";
      accessors += R"(,{"bufferView":)" + number +
                   R"(,"componentType":5123,"type":"SCALAR","count":)" + text(indices.size()) + "}";
      part = R"(,"indices":)" + number;
    }
    return R"({"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[0]}],"nodes":[{)" + node +
           R"(}],"meshes":[{"primitives":[{"attributes":{)" + attributes + "}" + part + primitive +
           R"(}]}],"accessors":[)" + accessors + R"(],"bufferViews":[)" + views +
           R"(],"buffers":[{"byteLength":)" + text(binary().size()) + buffer + "}]" + rest + "}";
  }

  std::string glb() const { return glb_of(json(), binary()); }
};

/// A box from one corner to the other, without normals: 8 vertices, 12 triangles.
inline glb_shape glb_box(std::array<float, 3> low, std::array<float, 3> high) {
  glb_shape out;
  for (unsigned i = 0; i < 8; ++i)
    out.positions.push_back({(i & 1) != 0 ? high[0] : low[0], (i & 2) != 0 ? high[1] : low[1],
                             (i & 4) != 0 ? high[2] : low[2]});
  out.indices = {0, 2, 3, 0, 3, 1, 4, 5, 7, 4, 7, 6, 0, 1, 5, 0, 5, 4,
                 2, 6, 7, 2, 7, 3, 0, 4, 6, 0, 6, 2, 1, 3, 7, 1, 7, 5};
  return out;
}

/// A ball of so many rings, with normals.
inline glb_shape glb_ball(int rings) {
  glb_shape out;
  const int around = rings * 2;
  for (int r = 0; r <= rings; ++r)
    for (int a = 0; a <= around; ++a) {
      const float lean = 3.14159265F * static_cast<float>(r) / static_cast<float>(rings);
      const float turn = 6.2831853F * static_cast<float>(a) / static_cast<float>(around);
      out.positions.push_back(
        {std::sin(lean) * std::cos(turn), std::cos(lean), -std::sin(lean) * std::sin(turn)});
    }
  out.normals = out.positions;
  auto at = [&](int r, int a) { return static_cast<std::uint16_t>(r * (around + 1) + a); };
  for (int r = 0; r < rings; ++r)
    for (int a = 0; a < around; ++a) {
      if (r != 0)
        out.indices.insert(out.indices.end(), {at(r, a), at(r + 1, a + 1), at(r, a + 1)});
      if (r != rings - 1)
        out.indices.insert(out.indices.end(), {at(r, a), at(r + 1, a), at(r + 1, a + 1)});
    }
  return out;
}

} // namespace tessera::testing
