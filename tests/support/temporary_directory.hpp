// A directory of its own for one test, removed with it.
#pragma once

#include <filesystem>
#include <string>
#include <unistd.h>

namespace tessera::testing {

struct temporary_directory {
  temporary_directory() {
    std::string name = std::filesystem::temp_directory_path() / "tessera-test-XXXXXX";
    path = mkdtemp(name.data());
  }
  ~temporary_directory() { std::filesystem::remove_all(path); }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  std::string path;
};

} // namespace tessera::testing
