// A glTF 2.0 file as tinygltf parses it, made safe to parse first. For render/*.cpp only.
//
// Always true: the bytes are anybody's. Only what a shape needs reaches the library; chunks lie inside the
// file, JSON is not nested deeply, entries and buffers are few enough for memory, and no buffer comes from
// outside the file's folder. Indices inside the model are as the file has them: whoever uses one checks it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream> // the library forgets it where it reads no files itself
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#define TINYGLTF_NO_FS
#define TINYGLTF_NO_STB_IMAGE
#define TINYGLTF_NO_STB_IMAGE_WRITE
#define TINYGLTF_NO_EXTERNAL_IMAGE
#include <tiny_gltf.h>

namespace tessera {

/// Thrown inside the folder: why a model is refused, in words that follow its path.
struct model_refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// No model, nor a buffer beside one, is larger.
inline constexpr std::size_t most_model_bytes = std::size_t{1} << 26;

/// Parses what a .glb or .gltf file holds. Buffers beside it are read from `folder`. Throws model_refusal.
tinygltf::Model parse_gltf(std::span<const std::byte> bytes, const std::filesystem::path& folder);

/// A file that is not larger than most_model_bytes. Throws model_refusal.
std::vector<unsigned char> read_model_bytes(const std::filesystem::path& path);

} // namespace tessera
