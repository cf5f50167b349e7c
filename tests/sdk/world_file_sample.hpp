// A world file to damage, and what its reader says. Damage keeps every other line where it is, so
// tests know the line that a message must name.
#pragma once

#include "sdk/world_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace tessera::testing {

namespace fs = std::filesystem;

inline fs::path source_root() {
#ifdef TESSERA_SOURCE_DIR
  return TESSERA_SOURCE_DIR;
#else
  return fs::absolute(fs::path(__FILE__)).parent_path().parent_path().parent_path();
#endif
}

inline std::string read_text(const fs::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Every key but shard, none at its default.
inline const std::string whole = R"(name = "valley"
game = "herds"
seed = 42
tick_rate_hz = 30
cell_size_m = 32
extent = [20, 10]
terrain = "ground/hills.toml"
shards = "2x4"
workers = 3
[parameters]
grazers = 600
rain = 0.5
winter = true
[persistence]
durability = "interval"
flush_interval_ms = 250
recovery_target_s = 7.5
retention = 72000
border_log = false
directory = "kept/valley"
[models]
grazer = "models/deer.glb"
)";

/// The text with its first `from` replaced.
inline std::string with(const std::string& from, const std::string& to) {
  std::string text = whole;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

/// Why a file is refused; empty if it is not.
inline std::string refusal(const std::string& text) {
  const auto parsed = parse_world_file(text, "worlds/v.toml");
  if (parsed)
    return "";
  EXPECT_EQ(parsed.error().code, error_code::bad_world_file);
  return parsed.error().message;
}

/// How a message ends for a key.
inline std::string allowed(std::string_view key) {
  for (const auto& k : world_file_keys())
    if (k.key == key)
      return "; allowed: " + std::string(k.allowed);
  ADD_FAILURE() << key;
  return "";
}

inline std::string table(int x, int z, int width, int depth) {
  return "[[shard]]\nx = " + std::to_string(x) + "\nz = " + std::to_string(z) +
         "\nwidth = " + std::to_string(width) + "\ndepth = " + std::to_string(depth) + "\n";
}

} // namespace tessera::testing
