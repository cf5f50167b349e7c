// A finished image, and PNG files of it.
#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace tessera {

/// sRGB, four bytes a pixel (the fourth is 255), rows from the top.
struct picture {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::uint8_t> rgba;

  bool operator==(const picture&) const = default;
};

/// Errors of io_failure: the file cannot be written.
result<void> write_png(const std::filesystem::path& path, const picture& what);

/// Errors of not_there and bad_bytes.
result<picture> read_png(const std::filesystem::path& path);

} // namespace tessera
