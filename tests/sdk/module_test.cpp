#include "sdk/module.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace tessera {
namespace {

namespace fs = std::filesystem;

fs::path module(const std::string& name) {
  return fs::path(TESSERA_MODULE_DIR) / (name + ".so");
}

std::string refusal(const fs::path& path) {
  auto loaded = load_module(path);
  if (loaded)
    return "";
  EXPECT_EQ(loaded.error().code, error_code::bad_game);
  EXPECT_NE(loaded.error().message.find(path.filename().string()), std::string::npos)
    << loaded.error().message;
  return loaded.error().message;
}

// A sanitizer's runtime would have to be the same in both, which the build sees to.
TEST(module, a_game_is_loaded_once) {
  auto first = load_module(module("ten_minutes"));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_STREQ((*first)->name, "fireflies");
  auto second = load_module(module("ten_minutes"));
  ASSERT_TRUE(second);
  EXPECT_EQ(*first, *second);
}

TEST(module, another_api_version_is_refused) {
  EXPECT_NE(refusal(module("wrong_api_version"))
              .find("found module API version " + std::to_string(module_api_version + 1) +
                    ", expected " + std::to_string(module_api_version) + "; rebuild the module"),
            std::string::npos);
}

TEST(module, another_compiler_abi_is_refused) {
  EXPECT_NE(refusal(module("wrong_abi"))
              .find("found compiler ABI \"gcc 2.95, x86-64\", expected \"" TESSERA_MODULE_ABI "\""),
            std::string::npos);
}

TEST(module, other_headers_are_refused) {
  EXPECT_NE(refusal(module("wrong_shape")).find("other headers"), std::string::npos);
}

TEST(module, what_is_no_game_is_refused) {
  EXPECT_NE(refusal(module("wrong_magic")).find("does not describe a game"), std::string::npos);
  EXPECT_NE(refusal(module("no_entry")).find("TESSERA_GAME_MODULE"), std::string::npos);
  EXPECT_NE(refusal(module("none")).find("no such file"), std::string::npos);
  const fs::path text = fs::path(::testing::TempDir()) / "text.so";
  std::ofstream(text) << "not a shared object";
  EXPECT_NE(refusal(text).find("cannot be loaded"), std::string::npos);
  fs::remove(text);
}

} // namespace
} // namespace tessera
