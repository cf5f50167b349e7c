#define TINYGLTF_IMPLEMENTATION
#include "render/gltf_file.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

namespace tessera {

namespace {

using nlohmann::json;

constexpr std::uint32_t glb_magic = 0x46546C67;    // "glTF"
constexpr std::uint32_t json_chunk = 0x4E4F534A;   // "JSON"
constexpr std::uint32_t binary_chunk = 0x004E4942; // "BIN"
constexpr int most_depth = 32;
constexpr std::size_t most_entries = 1 << 16;
constexpr std::size_t most_buffers = 16;

std::uint32_t word_at(std::span<const std::byte> bytes, std::size_t at) {
  std::uint32_t out;
  std::memcpy(&out, bytes.data() + at, sizeof out);
  return out;
}

/// Text of others, for a message: one short line.
std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 32 || c == 127)
      c = ' ';
  if (text.size() > 160)
    text = text.substr(0, 160) + "...";
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

struct parts {
  std::string_view text; ///< JSON
  std::span<const std::byte> binary;
};

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A .glb file is a header and chunks; any other is JSON alone.
parts parts_of(std::span<const std::byte> bytes) {
  constexpr std::size_t header = 12;
  constexpr std::size_t chunk_header = 8;
  if (bytes.size() < 4 || word_at(bytes, 0) != glb_magic)
    return {as_text(bytes), {}};
  if (bytes.size() < header + chunk_header)
    throw model_refusal("it ends inside its header");
  if (const auto version = word_at(bytes, 4); version != 2)
    throw model_refusal("it is of glTF version " + std::to_string(version) + "; 2 is read");
  const std::size_t length = word_at(bytes, 8);
  if (length > bytes.size())
    throw model_refusal("it is cut off: " + std::to_string(bytes.size()) + " bytes of " +
                        std::to_string(length));
  parts out;
  for (std::size_t at = header; at + chunk_header <= length;) {
    const std::size_t size = word_at(bytes, at);
    const std::uint32_t type = word_at(bytes, at + 4);
    const bool first = at == header;
    at += chunk_header;
    if (size > length - at)
      throw model_refusal("a chunk ends outside the file");
    if (first != (type == json_chunk))
      throw model_refusal("its first chunk, and no other, must be JSON");
    if (first)
      out.text = as_text(bytes.subspan(at, size));
    else if (type == binary_chunk && out.binary.empty())
      out.binary = bytes.subspan(at, size);
    at += size;
  }
  return out;
}

/// Nothing of these is drawn; images alone would be read from anywhere.
bool is_left_out(const std::string& key) {
  constexpr std::array<std::string_view, 9> keys = {"images",     "textures",   "samplers",
                                                    "animations", "skins",      "cameras",
                                                    "extras",     "extensions", "targets"};
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

json shape_of(std::string_view text) {
  try {
    return json::parse(text, [](int depth, json::parse_event_t event, json& value) {
      if (depth > most_depth)
        throw model_refusal("its JSON is nested more than " + std::to_string(most_depth) + " deep");
      return event != json::parse_event_t::key || !is_left_out(value.get_ref<const std::string&>());
    });
  } catch (const json::parse_error& e) {
    throw model_refusal("it is no glTF: its JSON ends or breaks at byte " + std::to_string(e.byte));
  } catch (const json::exception&) {
    throw model_refusal("its JSON has a number that is too large");
  }
}

/// Extensions without which the shape is another one. Those of materials say nothing that is drawn.
bool is_known_extension(const std::string& name) {
  return name.starts_with("KHR_materials_") || name.starts_with("KHR_texture_") ||
         name.starts_with("EXT_texture_") || name == "KHR_mesh_quantization" ||
         name == "KHR_lights_punctual";
}

void check_asset(const json& file) {
  const auto asset = file.find("asset");
  if (asset == file.end() || !asset->is_object() || !asset->contains("version") ||
      !(*asset)["version"].is_string())
    throw model_refusal("it is no glTF: it has no asset.version");
  const auto& version = (*asset)["version"].get_ref<const std::string&>();
  if (!version.starts_with("2."))
    throw model_refusal("it is of glTF version " + one_line(version) + "; 2.0 is read");
  if (const auto needed = file.find("extensionsRequired");
      needed != file.end() && needed->is_array())
    for (const auto& name : *needed)
      if (!name.is_string() || !is_known_extension(name.get_ref<const std::string&>()))
        throw model_refusal("it needs the extension " + one_line(name.dump()) +
                            ", which is not read; export it without compression");
}

/// What the library makes of an entry is larger than the entry.
void check_amounts(const json& file) {
  auto count = [&](const char* key, std::size_t most) {
    const auto list = file.find(key);
    if (list != file.end() && list->is_array() && list->size() > most)
      throw model_refusal("it has " + std::to_string(list->size()) + " " + key + "; " +
                          std::to_string(most) + " are the most");
  };
  for (const char* key : {"accessors", "bufferViews", "materials", "meshes", "nodes", "scenes"})
    count(key, most_entries);
  count("buffers", most_buffers);
  std::size_t primitives = 0;
  if (const auto meshes = file.find("meshes"); meshes != file.end() && meshes->is_array())
    for (const auto& mesh : *meshes)
      if (const auto list = mesh.find("primitives"); list != mesh.end() && list->is_array())
        primitives += list->size();
  if (primitives > most_entries)
    throw model_refusal("it has " + std::to_string(primitives) + " primitives; " +
                        std::to_string(most_entries) + " are the most");
}

/// The buffers beside a file, as the library asks for them.
struct nearby {
  std::filesystem::path folder;
  std::string why; ///< the first that was not read
};

bool stays_in_folder(const std::string& name) {
  const std::filesystem::path path(name);
  return !name.empty() && name.find('\0') == std::string::npos && !path.is_absolute() &&
         name.find(':') == std::string::npos && name.find('\\') == std::string::npos &&
         std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
}

bool read_nearby(std::vector<unsigned char>* out, std::string*, const std::string& name,
                 void* user) {
  auto& from = *static_cast<nearby*>(user);
  try {
    if (!stays_in_folder(name))
      throw model_refusal("it lies outside the model's folder");
    *out = read_model_bytes(from.folder / name);
    return true;
  } catch (const model_refusal& e) {
    from.why = "its buffer " + one_line(name) + ": " + e.what();
    return false;
  }
}

/// A .glb of what is left of the JSON, as the library reads it.
std::vector<unsigned char> container_of(std::string text, std::span<const std::byte> binary) {
  text.resize((text.size() + 3) / 4 * 4, ' ');
  const std::size_t padded = (binary.size() + 3) / 4 * 4;
  std::vector<unsigned char> out;
  auto append = [&](const void* from, std::size_t size) {
    const auto* first = static_cast<const unsigned char*>(from);
    out.insert(out.end(), first, first + size);
  };
  auto word = [&](std::size_t value) {
    const auto narrow = static_cast<std::uint32_t>(value);
    append(&narrow, sizeof narrow);
  };
  word(glb_magic);
  word(2);
  word(12 + 8 + text.size() + 8 + padded);
  word(text.size());
  word(json_chunk);
  append(text.data(), text.size());
  word(padded);
  word(binary_chunk);
  append(binary.data(), binary.size());
  out.resize(out.size() + padded - binary.size());
  return out;
}

} // namespace

std::vector<unsigned char> read_model_bytes(const std::filesystem::path& path) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed))
    throw model_refusal("there is no such file");
  const auto size = std::filesystem::file_size(path, failed);
  if (failed || size == 0 || size > most_model_bytes)
    throw model_refusal("it is of " + std::to_string(failed ? 0 : size) + " bytes; 1 to " +
                        std::to_string(most_model_bytes) + " are read");
  std::vector<unsigned char> out(size);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(size)))
    throw model_refusal("it cannot be read");
  return out;
}

tinygltf::Model parse_gltf(std::span<const std::byte> bytes, const std::filesystem::path& folder) {
  const parts in = parts_of(bytes);
  const json file = shape_of(in.text);
  if (!file.is_object())
    throw model_refusal("it is no glTF: its JSON is no object");
  check_asset(file);
  check_amounts(file);

  nearby beside{folder, {}};
  tinygltf::TinyGLTF reader;
  reader.SetFsCallbacks({[](const std::string&, void*) { return true; },
                         [](const std::string& name, void*) { return name; }, &read_nearby, nullptr,
                         &beside});
  tinygltf::Model out;
  std::string wrong;
  std::string odd;
  bool fine = false;
  try {
    const std::string text = file.dump();
    if (in.binary.empty()) {
      fine = reader.LoadASCIIFromString(&out, &wrong, &odd, text.data(),
                                        static_cast<unsigned>(text.size()), "");
    } else {
      const auto all = container_of(text, in.binary);
      fine = reader.LoadBinaryFromMemory(&out, &wrong, &odd, all.data(),
                                         static_cast<unsigned>(all.size()), "");
    }
  } catch (const std::exception& e) {
    wrong = e.what();
  }
  if (!beside.why.empty())
    throw model_refusal(beside.why);
  if (!fine)
    throw model_refusal("it is damaged: " + one_line(wrong));
  return out;
}

} // namespace tessera
