#include "render/picture.hpp"

#include <fstream>
#include <iterator>
#include <memory>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

namespace tessera {

result<void> write_png(const std::filesystem::path& path, const picture& what) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  auto write = [](void* to, void* bytes, int size) {
    static_cast<std::ofstream*>(to)->write(static_cast<const char*>(bytes), size);
  };
  const int stride = static_cast<int>(what.width) * 4;
  const bool made =
    file && stbi_write_png_to_func(write, &file, static_cast<int>(what.width),
                                   static_cast<int>(what.height), 4, what.rgba.data(), stride) != 0;
  file.close();
  if (!made || !file)
    return fail(error_code::io_failure, path.string() + ": the image could not be written");
  return {};
}

result<picture> read_png(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return fail(error_code::not_there, path.string() + ": there is no such image");
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  int width = 0;
  int height = 0;
  int channels = 0;
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
    stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(bytes.data()),
                          static_cast<int>(bytes.size()), &width, &height, &channels, 4),
    stbi_image_free);
  if (!pixels)
    return fail(error_code::bad_bytes, path.string() + ": this is no PNG that can be read");
  picture out;
  out.width = static_cast<std::uint32_t>(width);
  out.height = static_cast<std::uint32_t>(height);
  out.rgba.assign(pixels.get(), pixels.get() + std::size_t{out.width} * out.height * 4);
  return out;
}

} // namespace tessera
