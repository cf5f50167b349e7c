#include "render/gltf_accessor.hpp"

#include <algorithm>
#include <cstring>

namespace tessera {

namespace {

/// Bytes of a component; 0 for what no mesh has.
std::size_t size_of(int component_type) {
  switch (component_type) {
    case TINYGLTF_COMPONENT_TYPE_BYTE:
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE: return 1;
    case TINYGLTF_COMPONENT_TYPE_SHORT:
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT: return 2;
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT:
    case TINYGLTF_COMPONENT_TYPE_FLOAT: return 4;
    default: return 0;
  }
}

/// Of a scalar or vector; 0 for a matrix.
int components_of(int type) {
  switch (type) {
    case TINYGLTF_TYPE_SCALAR: return 1;
    case TINYGLTF_TYPE_VEC2: return 2;
    case TINYGLTF_TYPE_VEC3: return 3;
    case TINYGLTF_TYPE_VEC4: return 4;
    default: return 0;
  }
}

template <class T>
T read(const unsigned char* at) {
  T out;
  std::memcpy(&out, at, sizeof out);
  return out;
}

} // namespace

gltf_accessor::gltf_accessor(const tinygltf::Model& in, int index, const std::string& what,
                             int least, int most) {
  const std::string name = what + " (accessor " + std::to_string(index) + ")";
  auto at = [&](const auto& list, int i, const char* kind) -> const auto& {
    if (i < 0 || static_cast<std::size_t>(i) >= list.size())
      throw model_refusal(name + " needs " + kind + " " + std::to_string(i) +
                          ", which is not there");
    return list[static_cast<std::size_t>(i)];
  };
  const auto& accessor = at(in.accessors, index, "accessor");
  if (accessor.sparse.isSparse)
    throw model_refusal(name + " is sparse, which is not read; export it without sparse accessors");
  const auto& view = at(in.bufferViews, accessor.bufferView, "buffer view");
  const auto& data = at(in.buffers, view.buffer, "buffer").data;
  type_ = accessor.componentType;
  components_ = components_of(accessor.type);
  component_size_ = size_of(type_);
  normalized_ = accessor.normalized;
  if (components_ < least || components_ > most || component_size_ == 0)
    throw model_refusal(name + " is of the wrong type");
  const std::size_t element = component_size_ * static_cast<std::size_t>(components_);
  stride_ = view.byteStride == 0 ? element : view.byteStride;
  count_ = accessor.count;
  // Sizes come from the file, so nothing is added up before it is known to be small.
  const bool view_inside =
    view.byteOffset <= data.size() && view.byteLength <= data.size() - view.byteOffset;
  const bool inside =
    view_inside && stride_ >= element && count_ <= data.size() &&
    accessor.byteOffset <= view.byteLength &&
    (count_ == 0 || (count_ - 1) * stride_ + element <= view.byteLength - accessor.byteOffset);
  if (!inside)
    throw model_refusal(name + " lies outside its buffer");
  first_ = data.data() + view.byteOffset + accessor.byteOffset;
}

float gltf_accessor::number(std::size_t element, int component) const {
  const unsigned char* at =
    first_ + element * stride_ + static_cast<std::size_t>(component) * component_size_;
  auto whole = [&](auto value, float largest) {
    const auto real = static_cast<float>(value);
    return normalized_ ? std::max(real / largest, -1.0F) : real;
  };
  switch (type_) {
    case TINYGLTF_COMPONENT_TYPE_BYTE: return whole(read<std::int8_t>(at), 127.0F);
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE: return whole(read<std::uint8_t>(at), 255.0F);
    case TINYGLTF_COMPONENT_TYPE_SHORT: return whole(read<std::int16_t>(at), 32767.0F);
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT: return whole(read<std::uint16_t>(at), 65535.0F);
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT: return static_cast<float>(read<std::uint32_t>(at));
    default: return read<float>(at);
  }
}

bool gltf_accessor::holds_indices() const {
  return type_ == TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE ||
         type_ == TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT ||
         type_ == TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT;
}

std::uint32_t gltf_accessor::index(std::size_t element) const {
  const unsigned char* at = first_ + element * stride_;
  switch (type_) {
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE: return *at;
    case TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT: return read<std::uint16_t>(at);
    default: return read<std::uint32_t>(at);
  }
}

} // namespace tessera
