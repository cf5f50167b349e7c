// A file that is written in large pieces, and says at its end whether it is whole.
#pragma once

#include "core/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tessera {

class piecewise_file {
public:
  /// Room that claim() may give out at once.
  static constexpr std::size_t most_at_once = std::size_t{64} << 10;

  /// Fails with io_failure.
  static result<piecewise_file> create(const std::filesystem::path& path) {
    piecewise_file made{path};
    made.file_.reset(std::fopen(path.c_str(), "wb"));
    if (!made.file_)
      return tl::unexpected(made.failure("cannot be made"));
    return made;
  }

  /// Where at least most_at_once bytes may be written; advance() takes those that were.
  char* claim() {
    if (piece_.size() - used_ < most_at_once)
      write_out();
    return piece_.data() + used_;
  }
  void advance(const char* end) { used_ = static_cast<std::size_t>(end - piece_.data()); }

  void put(std::string_view text) {
    while (!text.empty()) {
      char* to = claim();
      const std::size_t count = std::min(text.size(), most_at_once);
      std::memcpy(to, text.data(), count);
      advance(to + count);
      text.remove_prefix(count);
    }
  }

  std::uint64_t bytes() const { return written_ + used_; }

  /// Nothing may be put after it. Fails with io_failure.
  result<void> finish() {
    write_out();
    good_ = std::fclose(file_.release()) == 0 && good_;
    if (!good_)
      return tl::unexpected(failure("cannot be written"));
    return {};
  }

private:
  struct closer {
    void operator()(std::FILE* f) const noexcept { std::fclose(f); }
  };

  explicit piecewise_file(std::filesystem::path path)
    : path_(std::move(path)), piece_(std::size_t{1} << 20) {}

  error failure(const char* what) const {
    return {error_code::io_failure, path_.string() + " " + what + ": " + std::strerror(errno)};
  }

  void write_out() {
    good_ = good_ && std::fwrite(piece_.data(), 1, used_, file_.get()) == used_;
    written_ += used_;
    used_ = 0;
  }

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, closer> file_;
  std::vector<char> piece_;
  std::size_t used_ = 0;
  std::uint64_t written_ = 0;
  bool good_ = true;
};

} // namespace tessera
