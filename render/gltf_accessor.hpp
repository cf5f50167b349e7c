// Numbers of a glTF file, element by element. For render/*.cpp only.
//
// Always true: an accessor that could be made lies wholly inside its buffer, so that reading cannot fail.
#pragma once

#include "render/gltf_file.hpp"

#include <cstdint>

namespace tessera {

class gltf_accessor {
public:
  /// `what` names it in messages; `least` and `most` are the components that an element may have. Throws
  /// model_refusal: no such accessor, none of these components, sparse, or not inside its buffer.
  gltf_accessor(const tinygltf::Model& in, int index, const std::string& what, int least, int most);

  std::size_t size() const { return count_; }
  int components() const { return components_; }
  /// Whole numbers that are no indices are normalised where the file says so.
  float number(std::size_t element, int component) const;
  /// Of an accessor of whole numbers without a sign.
  std::uint32_t index(std::size_t element) const;
  bool holds_indices() const;

private:
  const unsigned char* first_ = nullptr;
  std::size_t count_ = 0;
  std::size_t stride_ = 0;
  std::size_t component_size_ = 0;
  int components_ = 0;
  int type_ = 0; ///< of a component, as glTF numbers them
  bool normalized_ = false;
};

} // namespace tessera
